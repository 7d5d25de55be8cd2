"""Reading Twilio's list of messages to certain numbers, complete back to a moment.

By number, or unfiltered where there are many numbers; never by date sent, which messages that wait
don't have.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

import msgspec

from ..codec.dates import parse_date
from ..codec.numbers import is_address
from ..models import Message
from ..operation import Page, with_raw_response
from ..resources.messages import Messages

__all__ = ["MARGIN", "Scan", "all_before", "read_list", "skew_of"]

_PAGE = 1_000
_CONTROL = 50
_FEW_NUMBERS = 20
MARGIN = 4.0
"""Seconds beyond clock skew: whole-second dates on both sides."""

_UNKNOWN_SKEW = 5.0


class Scan(msgspec.Struct, frozen=True):
    """What one reading of the list gave.

    Attributes:
        messages: those to the numbers in question.
        skew: by how many seconds Twilio's clock and ours differ.
        hides: numbers are hidden, so absence says nothing.
    """

    messages: list[Message]
    skew: float
    hides: bool


async def read_list(messages: Messages, numbers: Collection[str], since: float, now: float) -> Scan:
    """Read the list, complete back to a moment.

    Args:
        messages: reads it.
        numbers: to whom.
        since: the moment, by our clock.
        now: our clock's time.

    Raises:
        MessagingError: a page can't be read.
    """
    if len(numbers) > _FEW_NUMBERS:
        return await _read_pages(messages, None, numbers, since, now)
    control = await messages.list(page_size=_CONTROL).page()
    scans = [await _read_pages(messages, to, numbers, since, now) for to in sorted(numbers)]
    return Scan(
        [message for scan in scans for message in scan.messages],
        max((scan.skew for scan in scans), default=_UNKNOWN_SKEW),
        any(_hides_number(message) for message in control.items),
    )


async def _read_pages(
    messages: Messages, to: str | None, numbers: Collection[str], since: float, now: float
) -> Scan:
    answer = await with_raw_response(messages.list(to=to, page_size=_PAGE).page())
    skew = skew_of(answer.headers.get("date", ""), now)
    kept: list[Message] = []
    hides = False
    page: Page[Message] | None = answer.value
    while page is not None:
        kept += (message for message in page.items if message.to in numbers)
        hides = hides or any(map(_hides_number, page.items))
        if all_before(page.items, since - skew - MARGIN):
            break
        page = await page.next()
    return Scan(kept, skew, hides)


def _hides_number(message: Message) -> bool:
    if message.direction != "outbound-api":
        return False
    return message.to is None or not is_address(message.to)


def all_before(messages: Sequence[Message], moment: float) -> bool:
    """Whether a page of the list has messages, and all were created before the moment."""
    created = [message.date_created for message in messages]
    return bool(created) and all(date is not None and date.timestamp() < moment for date in created)


def skew_of(date: str, now: float) -> float:
    """Seconds between the answer's date and ours; 5 where it has none."""
    try:
        return abs(parse_date(date).timestamp() - now) if date else _UNKNOWN_SKEW
    except ValueError:
        return _UNKNOWN_SKEW
