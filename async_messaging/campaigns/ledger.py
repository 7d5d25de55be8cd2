r"""The ledger of a campaign: what makes a million messages go out once each, whatever crashes.

Twilio's `POST /Messages` has no idempotency key. If a process dies between writing a request and
writing down its answer, nobody can tell from inside whether the message went out. So a row's
attempt is announced in a durable place *before* its first byte leaves, and its outcome is written
down after. Whatever a crash leaves announced without an outcome is *unknown*, neither sent nor
unsent, and only evidence from outside (Twilio's list, a status callback) settles it.

The states of a row and the ways between them are drawn in `settling.states`.

* I1: no byte of a row's attempt leaves before its INTENT is durable.
* I2: only the live run writes. A run that opens a ledger gets the next *epoch*; every transaction
  checks it (the fence), and every update names the epoch, attempt and state that it saw.
* I3: an ACCEPTED row has a sid, and no two rows have the same.
* I4: ACCEPTED, REJECTED and SKIPPED never change but by T11. What contradicts them is kept as an event.
* I5: READY is entered again by T4, T8, T10 and T11 only.
* I6: the states add up to the row count that was sealed when the import ended.

**Group commit.** Up to 512 new intents and every finished outcome go into one transaction (see
`storage.commits`). An outcome needs no haste, since losing it only makes its row unknown: it rides
along with the next intents, or goes alone after 50 ms.

**Where this is stricter than need be.** A message that was announced may still wait for a
connection, or for up to five seconds after a "too fast"; a crash then makes a row unknown of which
nothing was sent, and reconciliation finds that out. (It has passed the breaker, the rates and the
limit on calls in flight before: see `workers`.) **Where it is weaker.** Durable means what the disk
says is durable: a drive that lies about flushing, or ``durability="process"``, which leaves the
flush to the system, loses commits with the power.

**When the ledger fails** (disk full, I/O error, fence), it fails once and for good: no intent is
granted any more, calls in flight may finish, and their outcomes go to a rescue file beside the
ledger. A failed flush is never repeated: after one, the system may have dropped the very pages.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from contextlib import AbstractContextManager
from typing import Protocol, TypeAlias

from ..errors import LedgerError
from ..models.shown import Shown
from ..settling.attempts import Change
from ..settling.states import State
from .rows import Claim, Counts, Facts, NewRow, Note, Outcome, Row

GROUP = 512
"""Intents in one commit, at most."""

OUTCOME_DELAY = 0.05
"""Seconds that an outcome may wait for intents to ride along with."""


Bounds: TypeAlias = tuple[float, float]
"""Twilio's time at some moment: at least, at most."""


class ServerTime(Protocol):
    """Knows Twilio's time: `settling.server_clock.ServerClock`. Moments are monotonic."""

    def bounds(self, m: float) -> Bounds | None:
        """Twilio's time at a moment; None if it is not known."""
        ...


class Attempted(Shown, frozen=True, kw_only=True):
    """An open attempt of a row; its fields are those of `OpenAttempt`, None where one is not known.

    *former*: the row was sent again, and has gone on, although nobody knows what became of this one.
    """

    row: Row
    attempt: int
    former: bool = False
    earliest: float | None = None
    latest: float | None = None
    hint: str = ""
    negatives: int = 0
    looks: int = 0
    looked_at: float | None = None


class LedgerReader(Protocol):
    """What settling asks of a ledger, as it is committed; it is asked at once, in the loop."""

    def unsettled(self, *, held: bool) -> list[Attempted]:
        """Unknown attempts; held and former ones too, if they are asked for."""
        ...

    def open_to(self, numbers: Collection[str]) -> list[Attempted]:
        """All open attempts to these numbers."""
        ...

    def claimed(self, sids: Collection[str]) -> set[str]:
        """Which of these sids its attempts have, former ones too."""
        ...

    def owned(self, sids: Collection[str]) -> dict[str, Row]:
        """The rows of these messages, by sid."""
        ...

    def canaries(
        self, near: int, since: float, until: float, limit: int
    ) -> list[tuple[str, float, str]]:
        """Messages that were accepted for rows near this one: sid, time, recipient."""
        ...


class Ledger(Protocol):
    """A campaign's rows. One loop uses it; every method may raise `LedgerError`.

    "Durable" below means: a later run sees it, whatever happens to this process; to the machine
    too, unless the ledger was opened with ``durability="process"``.
    """

    @property
    def epoch(self) -> int:
        """This run's number."""
        ...

    @property
    def failure(self) -> LedgerError | None:
        """Why nothing is written any more."""
        ...

    async def facts(self) -> Facts:
        """What the ledger knows of its campaign."""
        ...

    async def add(self, rows: Sequence[NewRow], *, repeats: bool = False) -> int:
        """Import rows; durable on return. Rows that are there stay as they are; a sealed ledger takes none.

        Args:
            repeats: several rows may have one number; else the later ones are skipped.

        Returns:
            The highest row of the ledger, from which an import that was killed goes on.
        """
        ...

    async def seal(self, source_hash: str) -> int:
        """End the import, once; durable on return. Gives the row count."""
        ...

    async def keep_options(self, options: str, rate: float | None) -> None:
        """Keep what this run was started with; durable on return.

        A rate replaces the one that was set before, but not one that was said to this run; how the
        last run ended holds no more.
        """
        ...

    async def end_run(self, ending: str, reason: str, at: float) -> None:
        """Keep how this run ended, and why; durable on return. After ``cancelled`` no row is READY."""
        ...

    async def ready(self, after: int, limit: int = GROUP) -> list[Row]:
        """READY rows of a sealed ledger that were never tried, above *after*, in order. Changes nothing."""
        ...

    async def due(self, now: float, limit: int = GROUP) -> list[Row]:
        """READY rows that were put back and may go again, the longest waiting first."""
        ...

    async def next_due(self) -> float | None:
        """When the next row that was put back may go; None if none was."""
        ...

    async def intend(self, row: Row) -> Claim | None:
        """Announce an attempt (T1). On return it is durable, and the caller alone may send.

        A caller that is cancelled meanwhile leaves the row READY. None: the row is no longer what the
        caller saw: sent, skipped or claimed.

        Raises:
            LedgerError: the ledger is not sealed, or has failed: nothing may be sent.
        """
        ...

    def record(self, outcome: Outcome) -> None:
        """Write down how an attempt ended (T2 to T5). Never raises; durable soon.

        It is durable with the next intent, after 50 ms, or when `drain` returns. After a failure
        it goes to the rescue file.
        """
        ...

    async def drain(self) -> None:
        """Return when every outcome recorded so far is durable."""
        ...

    async def rows_in(self, state: State, after: int = 0, limit: int = GROUP) -> list[Row]:
        """Rows of one state above *after*, in order."""
        ...

    async def settle(self, outcomes: Sequence[Outcome]) -> int:
        """Settle rows as a person decides (T10); durable on return. Gives the rows changed.

        The attempt of one that is sent again stays open, as a former one.
        """
        ...

    async def belong(self, realm: str, exclusive: Sequence[str]) -> None:
        """Keep where its messages are sent, and by whom nobody else sends; durable on return."""
        ...

    async def date(self, seen: float, total: float) -> None:
        """Date open attempts, of *total* seconds at most, now that Twilio's clock is known: at most *seen*."""
        ...

    def reader(self) -> AbstractContextManager[LedgerReader]:
        """Reads what settling asks."""
        ...

    async def conclude(self, changes: Sequence[Change], at: float) -> list[bool]:
        """Write down what settling found (T7, T8) at this machine's time; durable on return.

        Gives for each change whether its attempt was still as it was seen.
        """
        ...

    async def skip(self, rows: Sequence[Row], reason: str, at: float) -> int:
        """Never send these READY rows (T9); durable on return. Gives the rows changed."""
        ...

    async def skip_ready(self, reason: str, at: float) -> int:
        """Never send any row that is READY (T9): a cancel, a deadline."""
        ...

    async def take_in(self) -> list[Note]:
        """Take in what other processes said: receipts, STOPs, wishes; durable on return.

        A wish is told by its time: one to pause that is older than this opening of the ledger was
        said to another run, and is dropped. A cancel skips what is READY at once.
        """
        ...

    async def counts(self) -> Counts:
        """Rows by state."""
        ...

    async def close(self, *, flush: bool = True) -> None:
        """End the run; closing again does nothing.

        Args:
            flush: make what was recorded durable. Without it, as after a kill, outcomes of the
                last moments are lost and their rows become UNKNOWN.

        Raises:
            LedgerError: the ledger failed, now or before; its outcomes are in the rescue file.
        """
        ...
