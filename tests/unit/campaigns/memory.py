"""The ledger in memory: the same promises without a disk, a model of the other and fast for tests.

What outlives a run is a `MemoryFile`; open it again, and a new run takes over.
"""

from __future__ import annotations

import secrets
from collections.abc import Generator, Iterable, Sequence
from contextlib import contextmanager
from typing import Self

from msgspec.structs import replace

from async_messaging.campaigns.changes import conclude, take, take_listed, take_receipt
from async_messaging.campaigns.ledger import GROUP, OUTCOME_DELAY, ServerTime
from async_messaging.campaigns.rows import (
    CANCELLED,
    Claim,
    Counts,
    Event,
    Facts,
    NewRow,
    Note,
    Outcome,
    Row,
)
from async_messaging.clock import Clock, SystemClock, Timer
from async_messaging.errors import LedgerError
from async_messaging.settling.attempts import Change
from async_messaging.settling.states import State
from tests.unit.campaigns.memory_file import MemoryFile, ms


class MemoryLedger:
    """A `Ledger` that forgets when its `MemoryFile` does. Making one takes the file over."""

    def __init__(
        self, file: MemoryFile, clock: Clock | None = None, server: ServerTime | None = None
    ) -> None:
        self._file = file
        self._clock = clock or SystemClock()
        self._server = server
        self._begun = self._clock.monotonic()
        self._pending: list[Outcome] = []
        self._timer: Timer | None = None
        self._closed = False
        self._low: float | None = None
        self.failure: LedgerError | None = None
        self._runs = self._rate_is_set = False
        self.epoch: int = file.facts.epoch + 1
        now = self._since = ms(self._clock.time())
        for row in self._in("INTENT"):
            file.change(row, state="UNKNOWN", ended_at=None)
            if file.earliest.get(row.row) is None:
                file.earliest[row.row] = file.server_high
        wish = file.facts.wish
        if wish == "cancel":
            self._skip(self._in("READY"), CANCELLED, now)
        wish = {"pause": "", "cancel": "cancelled"}.get(wish, wish)
        file.facts = replace(file.facts, epoch=self.epoch, run_at=now, wish=wish)

    def __repr__(self) -> str:
        return f"<MemoryLedger, run {self.epoch}>"

    def _in(self, state: State) -> list[Row]:
        return self._file.having(state)

    def _write(self) -> MemoryFile:
        """The file, if this run may write; outcomes that wait go in first."""
        self._check_open()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self.epoch != self._file.facts.epoch:
            self.failure = LedgerError(
                "another run has taken the ledger over; this one may not write"
            )
            raise self.failure
        bounds = None if self._server is None else self._server.bounds(self._clock.monotonic())
        self._low, self._file.high = (None, None) if bounds is None else bounds
        self._file.server_high = self._low or self._file.server_high
        pending, self._pending = self._pending, []
        for outcome in pending:
            take(self._file, outcome)
        return self._file

    def _check_open(self) -> None:
        if self._closed:
            raise LedgerError("the ledger is closed")
        if self.failure is not None:
            raise self.failure

    def _check_sealed(self) -> None:
        if self._file.facts.rows is None:
            raise LedgerError("the import has not ended: nothing can be sent")

    async def facts(self) -> Facts:
        """What the ledger knows of its campaign."""
        return self._file.facts

    async def add(self, rows: Sequence[NewRow], *, repeats: bool = False) -> int:
        """Import rows; give the highest row of the ledger."""
        file = self._write()
        if file.facts.rows is not None:
            raise LedgerError("the ledger is sealed: no row can be added")
        for new in rows:
            if new.row not in file.rows:
                skip = new.skip or ("" if repeats else self._duplicate(new.to))
                file.rows[new.row] = Row(
                    row=new.row,
                    to=new.to,
                    variables=dict(new.variables),
                    token="" if skip else secrets.token_urlsafe(12),
                    state="SKIPPED" if skip else "READY",
                    error=skip,
                    segments=new.segments,
                )
        return max(file.rows, default=0)

    def _duplicate(self, to: str) -> str:
        same = [n for n, row in sorted(self._file.rows.items()) if row.to == to and row.token]
        return f"duplicate: row {same[0]} has this number" if same else ""

    async def seal(self, source_hash: str) -> int:
        """End the import; give the row count."""
        file = self._write()
        if file.facts.rows is not None:
            raise LedgerError("the ledger is sealed already")
        file.facts = replace(file.facts, rows=len(file.rows), source_hash=source_hash)
        return len(file.rows)

    async def keep_options(self, options: str, rate: float | None) -> None:
        """Keep what this run was started with."""
        file = self._write()
        file.facts = replace(
            file.facts,
            options=options,
            rate=file.facts.rate if rate is None or self._rate_is_set else rate,
            ending="",
            reason="",
            ended_at=None,
        )
        self._runs = True

    async def end_run(self, ending: str, reason: str, at: float) -> None:
        """Keep how this run ended."""
        file = self._write()
        if ending == "cancelled":
            self._skip(self._in("READY"), CANCELLED, at)
        wish = "cancelled" if file.facts.wish == "cancel" else file.facts.wish
        file.facts = replace(file.facts, ending=ending, reason=reason, ended_at=ms(at), wish=wish)

    async def ready(self, after: int, limit: int = GROUP) -> list[Row]:
        """READY rows that were never tried, above *after*."""
        self._check_sealed()
        self._write()
        found = [row for row in self._in("READY") if row.not_before is None and row.row > after]
        return found[:limit]

    async def due(self, now: float, limit: int = GROUP) -> list[Row]:
        """READY rows that were put back and may go again."""
        file = self._write()
        self._skip(
            [row for row in self._in("READY") if row.row in file.opted_out], "opted out", now
        )
        back = [(row.not_before, row.row, row) for row in self._in("READY") if row.not_before]
        return [row for when, _, row in sorted(back, key=lambda one: one[:2]) if when <= now][
            :limit
        ]

    async def next_due(self) -> float | None:
        """When the next row that was put back may go."""
        self._write()
        back = [row.not_before for row in self._in("READY") if row.not_before is not None]
        return min(back, default=None)

    async def intend(self, row: Row) -> Claim | None:
        """Announce an attempt."""
        self._check_sealed()
        now = self._clock.time()
        file = self._write()
        found = file.seen(row, "READY")
        if found is None:
            return None
        attempt = found.attempt + 1
        file.earliest[row.row] = self._low
        file.rows[row.row] = Row(
            row=row.row,
            to=found.to,
            variables=found.variables,
            token=found.token,
            state="INTENT",
            epoch=self.epoch,
            attempt=attempt,
            intent_at=ms(now),
            segments=found.segments,
        )
        return Claim(
            row=row.row, to=found.to, token=found.token, epoch=self.epoch, attempt=attempt, at=now
        )

    def record(self, outcome: Outcome) -> None:
        """Write down how an attempt ended."""
        self._pending.append(outcome)
        if self._timer is None and not self._closed:
            self._timer = self._clock.call_later(OUTCOME_DELAY, self._let_outcomes_go)

    def _let_outcomes_go(self) -> None:
        self._timer = None
        if self.failure is None and not self._closed and self.epoch == self._file.facts.epoch:
            self._write()

    async def drain(self) -> None:
        """Return when every outcome recorded so far is in."""
        self._write()

    async def rows_in(self, state: State, after: int = 0, limit: int = GROUP) -> list[Row]:
        """Rows of one state above *after*."""
        self._write()
        return [row for row in self._in(state) if row.row > after][:limit]

    async def settle(self, outcomes: Sequence[Outcome]) -> int:
        """Settle rows as a person decides; give the rows changed."""
        file = self._write()
        for outcome in outcomes:
            if outcome.state == "READY":
                file.keep_open(outcome)
        return sum(take(file, outcome) for outcome in outcomes)

    async def belong(self, realm: str, exclusive: Sequence[str]) -> None:
        """Keep where its messages are sent, and by whom nobody else sends."""
        file = self._write()
        file.facts = replace(file.facts, realm=realm, exclusive=tuple(exclusive))

    async def date(self, seen: float, total: float) -> None:
        """Date open attempts whose times were not known."""
        file, starts = self._write(), None
        if self._server is not None and (bounds := self._server.bounds(self._begun)) is not None:
            starts = bounds[0]
        for row in (*self._in("UNKNOWN"), *self._in("HELD")):
            if file.earliest.get(row.row) is None and row.epoch == self.epoch:
                file.earliest[row.row] = starts
            known = file.known(row.row, row.attempt)
            if known.latest is None:
                known.latest = seen + total

    @contextmanager
    def reader(self) -> Generator[MemoryFile]:
        """Reads what settling asks."""
        yield self._write()

    async def conclude(self, changes: Sequence[Change], at: float) -> list[bool]:
        """Write down what settling found."""
        file = self._write()
        return [conclude(file, change, at) for change in changes]

    def _skip(self, rows: Iterable[Row], reason: str, at: float) -> int:
        found = [seen for row in rows if (seen := self._file.seen(row, "READY"))]
        for row in found:
            self._file.withhold(row, reason, at)
        return len(found)

    async def skip(self, rows: Sequence[Row], reason: str, at: float) -> int:
        """Never send these READY rows; give the rows changed."""
        self._write()
        return self._skip(rows, reason, at)

    async def skip_ready(self, reason: str, at: float) -> int:
        """Never send any row that is READY; give the rows changed."""
        self._write()
        return self._skip(self._in("READY"), reason, at)

    async def take_in(self) -> list[Note]:
        """Take in the notes of others."""
        file = self._write()
        notes, file.spool = file.spool, []
        for note in notes:
            self._take_note(file, note)
        return notes

    def _take_note(self, file: MemoryFile, note: Note) -> None:
        match note.kind:
            case "receipt":
                take_receipt(file, note)
            case "listed":
                take_listed(file, note)
            case "stop":
                theirs = [row for row in self._in("READY") if row.to == note.to]
                self._skip(theirs, "opted out", note.at)
                open_states = {"INTENT", "UNKNOWN", "HELD", "ACCEPTED"}
                rows = file.rows.values()
                file.opted_out |= {
                    r.row for r in rows if r.to == note.to and r.state in open_states
                }
            case "rate":
                file.facts = replace(file.facts, rate=note.rate)
                self._rate_is_set |= self._is_told(note)
            case "pause":
                if self._is_told(note):
                    file.facts = replace(file.facts, wish="pause")
            case "cancel":
                wish = "cancel" if self._is_told(note) else "cancelled"
                file.facts = replace(file.facts, wish=wish)
                self._skip(self._in("READY"), CANCELLED, note.at)
            case "resume":
                file.facts = replace(file.facts, wish="")
            case "probe" | "unknown":
                pass

    def _is_told(self, note: Note) -> bool:
        return self._runs or note.at >= self._since

    async def counts(self) -> Counts:
        """Rows by state."""
        self._write()
        tally = dict.fromkeys(Counts.__struct_fields__, 0)
        for row in self._file.rows.values():
            tally[row.state.lower()] += 1
        return Counts(**tally)

    async def events(self, limit: int = 1000) -> list[Event]:
        """What contradicted the ledger, oldest first."""
        self._write()
        return self._file.events[:limit]

    async def check(self) -> list[str]:
        """What is wrong with the ledger, one sentence each."""
        rows = self._write().rows.values()
        sids = [row.sid for row in rows if row.sid]
        checks = {
            "accepted rows and sids don't match": any(
                (row.state == "ACCEPTED") != bool(row.sid) for row in rows
            ),
            "sids stand in two rows": len(sids) != len(set(sids)),
            "rows are missing or too many": self._file.facts.rows not in {None, len(rows)},
            "attempts are announced by a dead run": any(
                row.state == "INTENT" and row.epoch != self.epoch for row in rows
            ),
        }
        return [text for text, wrong in checks.items() if wrong]

    async def close(self, *, flush: bool = True) -> None:
        """End the run; closing again does nothing."""
        try:
            if flush and not self._closed and self.failure is None:
                self._write()
        finally:
            if self._timer is not None:
                self._timer.cancel()
            self._pending.clear()
            self._closed = True
        if self.failure is not None:
            raise self.failure

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()
