from __future__ import annotations

import base64
from datetime import UTC, datetime

import pytest

from async_messaging.simulator.resources.pem import read_chain
from tests.unit.simulator.certificates import EXPIRES, chain

KEY = "-----BEGIN PRIVATE KEY-----\nMAA=\n-----END PRIVATE KEY-----\n"


def certificate(body: bytes) -> str:
    text = base64.b64encode(body).decode()
    return f"{KEY}-----BEGIN CERTIFICATE-----\n{text}\n-----END CERTIFICATE-----\n"


@pytest.mark.parametrize(
    "expires",
    [EXPIRES, datetime(2049, 12, 31, tzinfo=UTC), datetime(2051, 1, 1, tzinfo=UTC)],
)
def test_the_end_of_a_certificate(expires: datetime) -> None:
    assert read_chain(chain(expires)) == expires.timestamp()


def test_the_order_of_key_and_certificate_does_not_matter() -> None:
    key, _, rest = chain().partition("-----BEGIN CERTIFICATE")
    assert read_chain(f"-----BEGIN CERTIFICATE{rest}{key}") == EXPIRES.timestamp()


def test_other_blocks_do_not_matter() -> None:
    parameters = "-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n"
    assert read_chain(parameters + chain()) == EXPIRES.timestamp()


def test_a_key_that_is_none_is_refused() -> None:
    _, _, rest = chain().partition("-----BEGIN CERTIFICATE")
    with pytest.raises(ValueError, match="can't be read"):
        read_chain(f"{KEY.replace('MAA=', 'AAA=')}-----BEGIN CERTIFICATE{rest}")


def test_the_first_certificate_of_a_chain_counts() -> None:
    later = chain(datetime(2040, 1, 1, tzinfo=UTC))
    assert read_chain(chain() + later) == EXPIRES.timestamp()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "no certificate"),
        ("-----BEGIN CERTIFICATE-----", "no certificate"),
        (KEY, "no certificate"),
        (chain()[chain().index("-----BEGIN CERT") :], "no private key"),
        (certificate(b""), "can't be read"),
        (certificate(b"\x30\x03abc"), "can't be read"),
        (certificate(b"\x30\x82\xff\xffabc"), "can't be read"),
        (certificate(b"\x31\x00"), "can't be read"),
        (certificate(b"\x30\x00"), "can't be read"),
        (certificate(b"\x30\x00\x00"), "can't be read"),
        (f"{KEY}-----BEGIN CERTIFICATE-----\nA\n-----END CERTIFICATE-----\n", "can't be read"),
    ],
)
def test_what_is_no_certificate(text: str, told: str) -> None:
    with pytest.raises(ValueError, match=told) as caught:
        read_chain(text)
    assert "abc" not in str(caught.value)


def test_a_certificate_that_is_cut_anywhere_is_none() -> None:
    lines = chain().partition("-----BEGIN CERTIFICATE-----\n")[2].partition("-----END")[0]
    content = base64.b64decode(lines)
    for length in range(1, len(content), 7):
        with pytest.raises(ValueError, match="can't be read"):
            read_chain(certificate(content[:length]))


def test_hostile_text_is_read_at_once() -> None:
    for text in ("-----BEGIN A-----" + " " * 90_000, "-----BEGIN " + "A " * 45_000):
        with pytest.raises(ValueError, match="no certificate"):
            read_chain(text * 2)
