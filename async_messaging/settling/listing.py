"""Reading Twilio's list of messages to certain numbers, to its end.

Twilio sorts by `DateSent`, which queued messages don't have, so a list that is left at an old message
may lack a young one: every list is read **to its end**. The next page is the one that Twilio names;
a page that comes twice spoils the list.

The unfiltered list comes first, for as many pages as lists by number would take: where it ends by
then, it is all that is needed. Else its pages are given up, but for what the first shows: whether
numbers are masked, and messages of ours (witnesses, canaries).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence

from ..codec.dates import parse_date
from ..errors import MessagingError, NotFound
from ..models import Message
from ..operation import Page, with_raw_response
from ..resources.messages import Messages
from .attempts import Canary, Reading
from .candidates import is_masked

UNDATED = float("-inf")
"""The date of a reading whose answers carry none."""

_PAGE = 1_000
_CONTROL = 50
_FEW = 20
_ENDLESS = 1_000
_ASKED = 5
"""Canaries that are looked for one by one, at most."""


class _List:
    """One list as it is read.

    Attributes:
        by_number: messages by their recipient, of the numbers that are looked for.
        masked: messages whose number is hidden.
        others: what else the first page shows.
        date: Twilio's time at its first answer.
        whole: it came to its end.
    """

    def __init__(self, date: float) -> None:
        self.by_number: dict[str, list[Message]] = defaultdict(list)
        self.masked: list[Message] = []
        self.others: list[Message] = []
        self.date = date
        self.whole = False
        self.pages = 0


class Lists:
    """Reads the list for one look. *error* is why it stopped early; the unfiltered list has more pages than *too_long*."""

    def __init__(self, messages: Messages, canaries: Iterable[Canary] = ()) -> None:
        self._messages = messages
        self._unseen = {canary.sid: canary for canary in canaries}
        self._whole: _List | None = None
        self._by_number: dict[str, _List] = {}
        self._beside: list[Message] = []
        self._hides = False
        self._missing = 0
        self.error: MessagingError | None = None
        self.too_long: int = 0

    async def read(self, numbers: Collection[str], *, too_long: int = 0) -> None:
        """Read what there is to these numbers; `error` is set where a page could not be had."""
        wanted = frozenset(numbers)
        try:
            await self._read_everything(wanted, too_long)
            if self._whole is None:
                for number in sorted(wanted):
                    self._by_number[number] = await self._list(number, wanted)
        except MessagingError as error:
            self.error = error
        try:
            await self._look_for_canaries()
        except MessagingError as error:
            self.error, self._whole = error, None
            self._by_number.clear()

    def readings(self, to: Collection[str]) -> list[tuple[frozenset[str], Reading]]:
        """What was read of these numbers: each reading with the numbers that it is about."""
        numbers = frozenset(to)
        whole = self._whole
        if whole is not None:
            own = [message for number in numbers for message in whole.by_number.get(number, ())]
            return [(numbers, self._reading(whole, own))]
        return [
            (frozenset((number,)), self._reading(found, found.by_number[number]))
            for number in sorted(numbers)
            if (found := self._by_number.get(number)) is not None
        ]

    def _reading(self, found: _List, own: Iterable[Message]) -> Reading:
        messages = {one.sid: one for one in (*self._beside, *found.masked, *own)}
        return Reading(
            messages=tuple(messages.values()),
            date=found.date,
            complete=found.whole,
            hides=self._hides,
            canaries_missing=self._missing,
        )

    async def _read_everything(self, wanted: Collection[str], too_long: int) -> None:
        few = len(wanted) <= _FEW
        most = 1 if few or len(wanted) <= too_long else len(wanted)
        found = await self._list(None, wanted, _CONTROL if few else _PAGE, most)
        self._beside = found.others + found.masked
        if found.whole:
            self._whole = found
            return
        self._beside += (one for same in found.by_number.values() for one in same)
        if not few:
            self.too_long = max(too_long, found.pages)

    async def _list(
        self, to: str | None, wanted: Collection[str], size: int = _PAGE, most: int = _ENDLESS
    ) -> _List:
        """Read a list to its end, or for so many pages."""
        answer = await with_raw_response(self._messages.list(to=to, page_size=size).page())
        found = _List(_date(answer.headers.get("date", "")))
        page: Page[Message] | None = answer.value
        seen: set[str] = set()
        while page is not None:
            found.pages += 1
            self._keep(found, page.items, wanted)
            if page.following is None:
                found.whole = True
                break
            marks = {f"{page.following.path}?{page.following.query}"}
            marks |= {message.sid for message in page.items[:1]}
            if found.pages >= most or not seen.isdisjoint(marks):
                break
            seen |= marks
            page = await page.next()
        return found

    def _keep(self, found: _List, items: Sequence[Message], wanted: Collection[str]) -> None:
        """Keep what is to these numbers, or may be, and all of a first page."""
        for message in items:
            self._unseen.pop(message.sid, None)
            to = message.to
            if to is not None and to in wanted:
                found.by_number[to].append(message)
            elif is_masked(to):
                found.masked.append(message)
                self._hides = self._hides or message.direction == "outbound-api"
            elif found.pages == 1:
                found.others.append(message)

    async def _look_for_canaries(self) -> None:
        """Count those that exist and stand in no list where they should."""
        latest = sorted(self._unseen.values(), key=lambda canary: -canary.created)
        for canary in latest[:_ASKED]:
            try:
                to = (await self._messages.fetch(canary.sid)).to
            except NotFound:
                continue  # deleted
            if to is None or is_masked(to):
                continue
            if self._whole is None and to not in self._by_number:
                await self._list(to, ())
            self._missing += canary.sid in self._unseen


def _date(text: str) -> float:
    try:
        return parse_date(text).timestamp() if text else UNDATED
    except (ValueError, OverflowError):
        return UNDATED
