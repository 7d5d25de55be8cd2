"""A ledger as settling sees it: its open attempts, and what becomes of them.

The rules are in `settling.rules`, their driver in `settling.driver`. Here an attempt of a row is told
in their terms (what it sent is made again from the row), and a verdict is written down as a change of
the row, under the folder's one lock: of several ledgers and outboxes no two give one message away.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Protocol

from ..clock import Clock
from ..settling.attempts import Canary, Change, OpenAttempt, Sent, Standing, open_attempt
from ..settling.sent import sent_by
from ..settling.server_clock import ServerClock
from .changes import AttemptKey
from .content import Content
from .ledger import Attempted, Ledger, LedgerReader
from .rows import Facts, Row

_MOST_WITNESSES = 200
_UNTOLD = "what it sent can't be told any more"


class Others(Protocol):
    """The other ledgers and outboxes, opened: `settling.neighbours.Neighbours`."""

    attempts: list[OpenAttempt]

    @property
    def readable(self) -> bool:
        """Whether all could be read."""
        ...

    def claimed(self, sids: Collection[str]) -> set[str]:
        """Which of these sids theirs are."""
        ...


class LedgerAttempts:
    """Settling's `Attempts`: those of one ledger.

    Args:
        others: the folder's other stores, opened while its one lock is held: from reading how
            things stand to writing. Told of the numbers and of where they are sent.
    """

    def __init__(
        self,
        ledger: Ledger,
        facts: Facts,
        content: Content,
        server: ServerClock,
        clock: Clock,
        others: Callable[[Collection[str], str], AbstractAsyncContextManager[Others]],
        total: float,
    ) -> None:
        self._ledger = ledger
        self._facts = facts
        self._content = content
        self._server = server
        self._clock = clock
        self._others = others
        self._total = total
        self._near = 0

    @property
    def realm(self) -> str:
        """Where its messages are sent."""
        return self._facts.realm

    async def due(self, *, held: bool = False) -> list[OpenAttempt]:
        """Attempts whose outcome is wanted."""
        await self._ledger.drain()
        if (now := self._server.now_high()) is not None:
            await self._ledger.date(now, self._total)
        with self._ledger.reader() as reader:
            found = await self._told(reader.unsettled(held=held))
        self._near = found[-1].row.row if found else 0
        return [self._open(one) for one in found]

    async def _told(self, found: Sequence[Attempted]) -> list[Attempted]:
        """Those of which it can be told what was sent; others are held: nobody can look for them."""
        untold = [one for one in found if self._sent(one.row) is None]
        held = [
            Change(attempt=self._open(one), state="HELD", why=_UNTOLD)
            for one in untold
            if one.row.state == "UNKNOWN" and not one.former
        ]
        if held:
            await self._ledger.conclude(held, self._clock.time())
        return [one for one in found if one not in untold] if untold else list(found)

    async def canaries(self, since: float, until: float, limit: int) -> list[Canary]:
        """Messages that were accepted about when the attempts were made."""
        with self._ledger.reader() as reader:
            found = reader.canaries(self._near, since, until - self._total, limit)
        return [Canary(sid, at, to) for sid, at, to in found]

    async def conclude(
        self, to: Collection[str], decide: Callable[[Standing], Sequence[Change]]
    ) -> list[Change]:
        """Decide and write, while nobody else in the folder does."""
        async with self._others(to, self.realm) as others:
            with self._ledger.reader() as reader:
                standing = Standing(
                    attempts=[*map(self._open, reader.open_to(to)), *others.attempts],
                    claimed=lambda sids: {*reader.claimed(sids), *others.claimed(sids)},
                    witnesses=lambda sids: self._witnesses(reader, sids),
                    readable=others.readable,
                )
                changes = decide(standing)
            written = await self._ledger.conclude(changes, self._clock.time())
        return [one for one, fits in zip(changes, written, strict=True) if fits]

    def _open(self, one: Attempted) -> OpenAttempt:
        row = one.row
        sent = self._sent(row) or Sent(to=row.to, media=None)
        live = row.state == "INTENT" and not one.former
        return open_attempt(
            sent,
            AttemptKey(self._facts.campaign, row.row, one.attempt, one.former),
            one.earliest,
            None if live else one.latest,
            wall=row.epoch <= self._facts.wall_epoch and not one.former,
            exclusive=self._facts.exclusive,
            live=live,
            held=one.former or row.state == "HELD",
            hint=one.hint,
            negatives=one.negatives,
            looks=one.looks,
            looked_at=one.looked_at,
        )

    def _sent(self, row: Row) -> Sent | None:
        """What the row sends; None if it makes no message any more: its person was forgotten."""
        try:
            return sent_by(self._content.draft(row))
        except ValueError:
            return None

    def _witnesses(self, reader: LedgerReader, sids: Collection[str]) -> dict[str, Sent]:
        latest = sorted(reader.owned(sids).items(), key=lambda one: -one[1].row)[:_MOST_WITNESSES]
        return {sid: sent for sid, row in latest if (sent := self._sent(row)) is not None}
