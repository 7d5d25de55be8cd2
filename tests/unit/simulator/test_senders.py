from __future__ import annotations

import pytest

from async_messaging.simulator import senders
from async_messaging.simulator.answers import RefusedError

OWNED = ("+14155550111", "+15005550006")


def recipient_code(to: str) -> int:
    try:
        senders.check_recipient(to)
    except RefusedError as refusal:
        return refusal.code
    return 0


def sender_code(sender: str, to: str = "+14155550100") -> int:
    try:
        senders.check_sender(sender, to, OWNED)
    except RefusedError as refusal:
        return refusal.code
    return 0


@pytest.mark.parametrize(
    ("to", "code"),
    [
        ("+14155550100", 0),
        ("+4915112345678", 0),
        ("whatsapp:+14155550100", 0),
        ("messenger:1234567", 0),
        ("rcs:+14155550100", 0),
        ("4155550100", 21211),
        ("+1415555010", 21211),
        ("+141555501000", 21211),
        ("+11155550100", 21211),
        ("+0123456789", 21211),
        ("+1234567890123456", 21211),
        ("+1 415 555 0100", 21211),
        ("+1415555010x", 21211),
        ("1.41556E+10", 21211),
        ("whatsapp:4155550100", 21211),
        ("pigeon:+14155550100", 21211),
        ("12345", 21265),
        ("+15005550001", 21211),
        ("+15005550002", 21612),
        ("+15005550003", 21408),
        ("+15005550004", 21610),
        ("+15005550009", 21614),
        ("+12029990614", 21614),
        ("+12029990610", 21610),
        ("+12029990612", 21612),
        ("+12029990408", 21408),
        ("+12029990211", 21211),
        ("+12029993003", 0),
    ],
)
def test_recipients(to: str, code: int) -> None:
    assert recipient_code(to) == code


@pytest.mark.parametrize(
    ("sender", "code"),
    [
        ("+15005550006", 0),
        ("+14155550111", 0),
        ("12345", 0),
        ("123456", 0),
        ("ACME Shop", 0),
        ("+15005550001", 21212),
        ("+15005550007", 21606),
        ("+15005550008", 21611),
        ("+14155550199", 21606),
        ("+15017122661", 21606),
        ("1234", 21212),
        ("ACME Shop Ltd", 21212),
        ("ACME!", 21212),
        ("+1415", 21212),
        ("whatsapp:+14155550111", 21910),
    ],
)
def test_senders(sender: str, code: int) -> None:
    assert sender_code(sender) == code


def test_channels_match() -> None:
    assert sender_code("whatsapp:+14155550199", "whatsapp:+14155550100") == 0
    assert sender_code("+14155550111", "whatsapp:+14155550100") == 21910


def test_a_number_does_not_text_itself() -> None:
    assert sender_code("+14155550111", "+14155550111") == 21266


def test_a_service_sticks_to_a_sender_and_uses_its_pool() -> None:
    recipients = [f"+1415555{number:04d}" for number in range(100)]
    chosen = [senders.choose_sender(to, OWNED) for to in recipients]
    assert chosen == [senders.choose_sender(to, OWNED) for to in recipients]
    assert set(chosen) == set(OWNED)
    assert senders.choose_sender("whatsapp:+14155550100", OWNED[:1]) == "whatsapp:+14155550111"


@pytest.mark.parametrize(
    ("to", "fate"),
    [("+12029993003", 30003), ("+12029993000", -1), ("+12029993001", 30001), ("+12025550100", 0)],
)
def test_fates(to: str, fate: int) -> None:
    assert senders.fate_of(to) == fate
