"""Addresses: which recipients exist, which senders may send, and what reserved numbers do.

Twilio's magic numbers (its page "Test Credentials") hold for every account, in `From` and in `To`. Numbers of the
exchange 999 (`+1 NPA 999 LLLL`, never assigned) are this simulator's own: their last four digits name a code.
"""

from __future__ import annotations

import re
import zlib

from .answers import RefusedError

MAGIC_FROM = {"+15005550001": 21212, "+15005550007": 21606, "+15005550008": 21611}
MAGIC_TO = {
    "+15005550001": 21211,
    "+15005550002": 21612,
    "+15005550003": 21408,
    "+15005550004": 21610,
    "+15005550009": 21614,
}
RESERVED_REFUSALS = {f"9990{code % 1000}": code for code in (21211, 21408, 21610, 21612, 21614)}
_FATES = (30001, 30003, 30004, 30005, 30006, 30007, 30008, 30032, 30034)
RESERVED_FATES = {"9993000": -1} | {f"999{code - 27_000}": code for code in _FATES}

_PHONE = re.compile(r"\+[1-9]\d{6,14}", re.ASCII)
_AMERICAN = re.compile(r"\+1[2-9]\d{9}", re.ASCII)
_SHORT_CODE = re.compile(r"\d{5,6}", re.ASCII)
_ALPHANUMERIC = re.compile(r"(?=.*[A-Za-z])[A-Za-z0-9 +\-_&]{1,11}", re.ASCII)
_CHANNEL = re.compile(r"(whatsapp|rcs|messenger):(.+)", re.ASCII)
_CHANNEL_USER = re.compile(r"[A-Za-z0-9._\-]{1,128}", re.ASCII)
SERVICE = re.compile(r"MG[0-9a-fA-F]{32}", re.ASCII)


def is_phone(text: str) -> bool:
    """Whether `text` is a phone number in E.164, of ten digits after `+1`."""
    return bool((_AMERICAN if text.startswith("+1") else _PHONE).fullmatch(text))


def is_alphanumeric(text: str) -> bool:
    """Whether `text` is an alphanumeric sender, to which nobody can write."""
    return bool(_ALPHANUMERIC.fullmatch(text))


def channel_of(address: str) -> str:
    """`whatsapp`, `rcs` or `messenger`; empty for SMS."""
    match = _CHANNEL.fullmatch(address)
    return match[1] if match else ""


def _is_channel_address(address: str) -> bool:
    match = _CHANNEL.fullmatch(address)
    if match is None:
        return False
    if match[1] == "whatsapp":
        return is_phone(match[2])
    return is_phone(match[2]) or bool(_CHANNEL_USER.fullmatch(match[2]))


def check_recipient(to: str) -> None:
    """Refuses what is no address (21211, 21265), and the numbers reserved for refusals."""
    if _SHORT_CODE.fullmatch(to):
        raise RefusedError(21265, to)
    if not is_phone(to) and not _is_channel_address(to):
        raise RefusedError(21211, to)
    code = MAGIC_TO.get(to) or (RESERVED_REFUSALS.get(to[-7:]) if is_phone(to) else None)
    if code:
        raise RefusedError(code, to)


def check_sender(sender: str, to: str, numbers: tuple[str, ...]) -> None:
    """Refuses a sender that is malformed, not the account's, of another channel, or reserved."""
    if sender in MAGIC_FROM:
        raise RefusedError(MAGIC_FROM[sender], sender)
    if channel_of(sender) != channel_of(to):
        raise RefusedError(21910)
    if is_phone(sender):
        if sender not in numbers:
            raise RefusedError(21606, sender)
    elif not _may_send_unowned(sender):
        raise RefusedError(21212, sender)
    if sender == to:
        raise RefusedError(21266, to)


def _may_send_unowned(sender: str) -> bool:
    return bool(
        _SHORT_CODE.fullmatch(sender)
        or _ALPHANUMERIC.fullmatch(sender)
        or _is_channel_address(sender)
    )


def choose_sender(to: str, numbers: tuple[str, ...]) -> str:
    """The number a messaging service sends from: always the same one for the same recipient."""
    sender = numbers[zlib.crc32(to.encode()) % len(numbers)]
    channel = channel_of(to)
    return f"{channel}:{sender}" if channel else sender


def fate_of(to: str) -> int:
    """What becomes of a message to this number: 0 is delivery (see `StoredMessage.fate`)."""
    return RESERVED_FATES.get(to[-7:], 0) if is_phone(to) else 0
