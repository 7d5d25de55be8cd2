"""What counts as a plain head; `test_parsers_agree.py` holds it against aiohttp's parser."""

from __future__ import annotations

import random

import pytest

from async_messaging.transport.wire_parser import Head, PlainHeads, plain_head
from tests.unit.transport.parsers import mutated

HEAD = b"HTTP/1.1 201 Created\r\nX-A: 1\r\nx-a:  2 \r\nEmpty:\r\nContent-Length: 2\r\n\r\n"


def test_a_plain_head_is_read() -> None:
    head = plain_head(HEAD + b"{}")
    assert head is not None
    assert (head.status, head.start, head.end, head.kept) == (201, len(HEAD), len(HEAD) + 2, True)
    assert head.headers == {"x-a": "1, 2", "empty": "", "content-length": "2"}


@pytest.mark.parametrize("said", [b"close", b"Close", b"keep-alive"])
def test_the_connection_header_is_heeded(said: bytes) -> None:
    head = plain_head(HEAD[:-2] + b"Connection: " + said + b"\r\n\r\n")
    assert head is not None
    assert head.kept == (said == b"keep-alive")


@pytest.mark.parametrize("status", [b"204 No Content", b"304 Not Modified"])
def test_some_statuses_have_no_body(status: bytes) -> None:
    head = plain_head(b"HTTP/1.1 " + status + b"\r\nX-A: 1\r\n\r\n")
    assert head is not None
    assert head.start == head.end


@pytest.mark.parametrize(
    "odd",
    [
        b"",
        HEAD[:-1],
        HEAD.replace(b"1.1", b"1.0"),
        HEAD.replace(b"201", b"102"),
        HEAD.replace(b"201", b"2010"),
        HEAD.replace(b"201 Created", b"201"),
        HEAD.replace(b"\r\n", b"\n"),
        HEAD.replace(b"X-A: 1", b"X-A : 1"),
        HEAD.replace(b"X-A: 1", b"X-A: 1\r\n folded"),
        HEAD.replace(b"X-A: 1", b"X-A: \xc3\xa9"),
        HEAD.replace(b"X-A: 1", b"X-A: a\x00b"),
        HEAD.replace(b"X-A: 1", b"no colon"),
        HEAD.replace(b"X-A: 1", b"X-A: a\tb"),
        HEAD.replace(b"X-A: 1", b"Transfer-Encoding: chunked"),
        HEAD.replace(b"X-A: 1", b"Content-Encoding: gzip"),
        HEAD.replace(b"X-A: 1", b"Content-Length: 2"),
        HEAD.replace(b"X-A: 1", b"Connection: upgrade"),
        HEAD.replace(b"X-A: 1", b"TE: trailers"),
        HEAD.replace(b"X-A: 1", b"Connection: close\r\nConnection: close"),
        HEAD.replace(b"X-A: 1", b": nameless"),
        HEAD.replace(b"X-A: 1", b"X-A: " + b"a" * (1 << 16)),
        HEAD.replace(b"X-A: 1\r\n", b"X-A: 1\r\n" * 100),
        HEAD.replace(b"Content-Length: 2", b"Content-Length: -2"),
        HEAD.replace(b"Content-Length: 2", b"Content-Length: " + b"1" * 10),
        HEAD.replace(b"Content-Length: 2\r\n", b""),
    ],
)
def test_what_can_be_read_in_two_ways_is_odd(odd: bytes) -> None:
    assert plain_head(odd) is None


def test_as_many_lines_as_aiohttp_takes_are_read() -> None:
    head = plain_head(HEAD.replace(b"X-A: 1\r\n", b"X-A: 1\r\n" * 96))
    assert head is not None
    assert head.headers["x-a"] == ", ".join(["1"] * 96 + ["2"])


def test_headers_are_a_mapping_that_shows_no_values() -> None:
    head = plain_head(HEAD + b"{}")
    assert head is not None
    assert list(head.headers) == ["x-a", "empty", "content-length"]
    assert head.headers.get("X-A") is None
    assert len(head.headers) == 3
    assert repr(head.headers) == "<Headers x-a, empty, content-length>"


def test_a_hostile_head_takes_linear_time() -> None:
    lines = [b"Con", b"Content-Lengt", b"t", b"tra", b"Connection: close " + b" " * 7000]
    for line in lines:
        said = b"HTTP/1.1 200 OK\r\n" + b"\r\n".join([line] * (7000 // len(line)))
        assert plain_head(said) is None


def told(head: Head | None) -> tuple[object, ...] | None:
    if head is None:
        return None
    return head.status, dict(head.headers), head.start, head.end, head.kept


@pytest.mark.parametrize("seed", range(40))
def test_known_lines_change_nothing_of_what_is_read(seed: int) -> None:
    luck, learned, plain = random.Random(seed), PlainHeads(), 0
    for _ in range(60):
        said = mutated(luck)
        known = told(learned.read(said))
        assert known == told(PlainHeads().read(said)), said
        plain += known is not None
        for odd in {said[:place] + b"\r\n" + said[place:] for place in luck.sample(range(40), 3)}:
            assert told(learned.read(odd)) == told(PlainHeads().read(odd)), odd
    assert plain


@pytest.mark.parametrize(
    ("line", "other"),
    [
        (b"Content-Length: 2", b"content-length: 2"),
        (b"Content-Length: 2", b"Content-Length: 2x"),
        (b"Content-Length: 2", b"Content-Length: 2\r\nContent-Length: 3"),
        (b"X-A: 1", b"X-A: a\tb"),
        (b"X-A: 1", b"X-A: a\r\nConnection: close"),
        (b"X-A: 1", b"X-B: 1"),
        (b"X-A: 1", b"Transfer-Encoding: chunked"),
        (b"201 Created", b"204 Created"),
        (b"Empty:\r\n", b""),
    ],
)
def test_after_many_alike_another_head_is_read_as_if_it_were_the_first(
    line: bytes, other: bytes
) -> None:
    learned = PlainHeads()
    assert told(learned.read(HEAD)) == told(learned.read(HEAD)) == told(PlainHeads().read(HEAD))
    changed = HEAD.replace(line, other, 1)
    assert told(learned.read(changed)) == told(PlainHeads().read(changed))


def test_a_server_that_never_repeats_its_lines_is_read_and_not_remembered() -> None:
    learned = PlainHeads()
    for number in range(50):
        head = learned.read(HEAD.replace(b"X-A", b"X-%d" % number))
        assert head is not None
        assert head.headers[f"x-{number}"] == "1"
    assert repr(learned) == "<PlainHeads: 8 known>"
