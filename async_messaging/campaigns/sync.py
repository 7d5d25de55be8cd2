"""What Twilio's list says of a campaign's messages, for who has no public URL for callbacks.

The list is read by date, newest first, in pages of 1,000, back to the campaign's first attempt. It
can be filtered by ``DateSent`` only, which messages that were never sent don't have: a filter would
hide those that failed. So it is read whole; where all rows have one number as their sender, the list
of this sender.

Each message is joined by its sid, and what it tells beyond the ledger goes into the spool: a run
takes it in, or the next command. Statuses are merged by rank, as those of callbacks are, so both may
be used together and in any order.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path

from ..client import ClientView
from ..codec.numbers import is_address
from ..codec.statuses import outranks
from ..models import Message
from ..models.shown import Shown
from ..settling.neighbours import Neighbours
from .reading import Known, LedgerView
from .rows import Note, Plan
from .spool import Spool
from .workers import OPTED_OUT, Suppressions

_PAGE = 1_000
_MARGIN = 5.0
"""Seconds beyond the campaign's own times: Twilio's dates are whole seconds, and of two clocks."""


class SyncResult(Shown, frozen=True, kw_only=True):
    """What a reading of Twilio's list gave.

    Attributes:
        read: messages that were read.
        matched: those of them that rows have.
        changed: those of them of which something new was learnt.
        unclaimed: sids of messages of this sender, made while the campaign ran, that no campaign or
            outbox of the folder has: sent by others, tests, or those of rows that are unknown.
    """

    read: int = 0
    matched: int = 0
    changed: int = 0
    unclaimed: tuple[str, ...] = ()


class _Reading:
    """One reading of the list."""

    def __init__(self, path: Path, client: ClientView, tell: Callable[[int], None]) -> None:
        self._path = path
        self._client = client
        self._tell = tell
        with LedgerView(path) as view:
            self._plan = view.facts().plan
            self._window = view.window()
        self._read = self._matched = self._changed = 0
        self._others: list[str] = []
        self.opted_out: list[tuple[str, str]] = []

    async def run(self) -> SyncResult:
        if self._window is not None:
            await self._pages(*self._window)
        return await asyncio.to_thread(self._result)

    async def _pages(self, begun: float, ended: float) -> None:
        since, until = begun - _MARGIN, ended + _MARGIN
        listing = self._client.messages.list(from_=_only_sender(self._plan), page_size=_PAGE)
        page = await listing.page()
        while True:
            await asyncio.to_thread(self._take, page.items, since, until)
            self._tell(self._read)
            if _all_before(page.items, since):
                return
            if (following := await page.next()) is None:
                return
            page = following

    def _take(self, messages: Sequence[Message], begun: float, ended: float) -> None:
        """Leave what is new in the spool; note what is nobody's."""
        self._read += len(messages)
        with LedgerView(self._path) as view:
            known = view.known([message.sid for message in messages])
        self._matched += len(known)
        now = self._client.clock.time()
        new = [m for m in messages if m.sid in known and _tells_more(m, known[m.sid])]
        if new:
            with Spool(self._path) as spool:
                spool.post(_note(message, now) for message in new)
        self._changed += len(new)
        self.opted_out += [
            (m.to, m.messaging_service_sid or m.from_ or "")
            for m in new
            if m.error_code == OPTED_OUT and m.to
        ]
        self._others += [
            m.sid for m in messages if m.sid not in known and self._is_ours(m, begun, ended)
        ]

    def _is_ours(self, message: Message, begun: float, ended: float) -> bool:
        """Whether it is of this sender, and of the time in which the campaign ran."""
        created = message.date_created
        if message.direction != "outbound-api" or created is None:
            return False
        if not begun <= created.timestamp() <= ended:
            return False
        return self._plan.sender in {None, message.from_, message.messaging_service_sid}

    def _result(self) -> SyncResult:
        with LedgerView(self._path) as view:  # a call that was under way may have its sid by now
            claimed = view.claimed(self._others)
            realm = view.facts().realm
        with Neighbours(self._path, (), realm) as others:
            claimed |= others.claimed(self._others)
        return SyncResult(
            read=self._read,
            matched=self._matched,
            changed=self._changed,
            unclaimed=tuple(sid for sid in self._others if sid not in claimed),
        )


def _all_before(messages: Sequence[Message], moment: float) -> bool:
    """Whether a page of the list has messages, and all were created before the moment."""
    created = [message.date_created for message in messages]
    return bool(created) and all(date is not None and date.timestamp() < moment for date in created)


def _only_sender(plan: Plan) -> str | None:
    """The one number that all rows are sent by; None where rows may name others."""
    sender = plan.sender
    return sender if plan.template is not None and sender and is_address(sender) else None


def _tells_more(message: Message, known: Known) -> bool:
    price = None if message.price is None else str(message.price)
    return (
        outranks(message.status, known.status or None)
        or (message.error_code is not None and known.code is None)
        or (message.from_ or known.sender) != known.sender
        or (message.num_segments or known.segments) != known.segments
        or (price is not None and price != known.price)
    )


def _note(message: Message, now: float) -> Note:
    return Note(
        kind="listed",
        at=now,
        sid=message.sid,
        status=message.status,
        code=message.error_code,
        sender=message.from_ or "",
        segments=message.num_segments or 0,
        price=None if message.price is None else str(message.price),
        price_unit=message.price_unit or "",
    )


async def read_list(
    path: Path,
    client: ClientView,
    *,
    suppressions: Suppressions | None = None,
    tell: Callable[[int], None] = lambda _: None,
) -> SyncResult:
    """Read Twilio's list and leave what is new in the ledger's spool."""
    reading = _Reading(path, client, tell)
    result = await reading.run()
    if suppressions is not None and reading.opted_out:
        await asyncio.to_thread(suppressions.refused, reading.opted_out)
    return result
