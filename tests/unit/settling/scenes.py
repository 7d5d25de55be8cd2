"""Open attempts, listed messages and what the rules say of them. Times count from a day in 2026."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Collection, Hashable, Mapping, Sequence
from typing import Any

from msgspec.structs import replace

from async_messaging.models import Message
from async_messaging.settling.attempts import OpenAttempt, Reading, SendOptions, Sent, Verdict
from async_messaging.settling.likeness import PrintOf
from async_messaging.settling.rules import verdicts

DAY = dt.datetime(2026, 3, 2, 12, tzinfo=dt.UTC).timestamp()
"""Moment 0 of every scene."""

ANN = "+14155550100"
BEN = "+14155550101"
SENDER = "+15005550006"
SERVICE = "MG" + "5" * 32
TEXT = "Your order 4711 is ready to be collected."
OTHER = "Your appointment is on Tuesday at noon."
SETTLE = 120.0
DUE = 300.0
"""A moment at which every attempt of a scene is due."""

_numbers = itertools.count(1)


def sid_of(number: int) -> str:
    return f"SM{number:032x}"


def attempt(
    key: Hashable = "a",
    text: str | None = TEXT,
    *,
    begun: float = 0.0,
    ended: float = 10.0,
    secret: bytes = b"",
    options: SendOptions = SendOptions.NONE,
    **changes: Any,
) -> OpenAttempt:
    """An attempt of the usual sender to Ann, from *begun* to *ended*."""
    made = OpenAttempt(
        key=key,
        to=ANN,
        sender=SENDER,
        options=options,
        print=PrintOf(secret).text(text, options),
        secret=secret,
        earliest=DAY + begun,
        latest=DAY + ended,
    )
    return replace(made, **changes)


def live(key: Hashable = "live", text: str | None = TEXT, **changes: Any) -> OpenAttempt:
    """An attempt whose call is under way."""
    return attempt(key, text, ended=float("inf"), live=True, **changes)


def message(body: str = TEXT, *, created: float | None = 5.0, **changes: Any) -> Message:
    """A message of the usual sender to Ann, as Twilio lists it."""
    date = None if created is None else dt.datetime.fromtimestamp(DAY + int(created), dt.UTC)
    made = Message(
        sid=sid_of(next(_numbers)),
        direction="outbound-api",
        to=ANN,
        from_=SENDER,
        body=body,
        num_media=0,
        date_created_text=None if date is None else f"{date:%a, %d %b %Y %H:%M:%S} +0000",
    )
    return replace(made, **changes)


def reading(*messages: Message, at: float = DUE, **changes: Any) -> Reading:
    return replace(Reading(messages=messages, date=DAY + at), **changes)


def judge(
    attempts: Sequence[OpenAttempt],
    read: Reading,
    claimed: Collection[str] = (),
    witnesses: Mapping[str, Sent] | None = None,
    allowance: float = 2.0,
) -> dict[Any, Verdict]:
    return dict(
        verdicts(attempts, read, claimed, witnesses or {}, settle=SETTLE, allowance=allowance)
    )


def one(
    sent: OpenAttempt, *messages: Message, at: float = DUE, claimed: Collection[str] = ()
) -> Verdict:
    """The verdict on one attempt alone."""
    return judge([sent], reading(*messages, at=at), claimed)[sent.key]
