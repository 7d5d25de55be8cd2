"""A ledger's file as its one writer changes it: every change in a transaction that is fenced."""

from __future__ import annotations

import logging
import secrets
import sqlite3
from collections.abc import Generator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from msgspec.structs import asdict

from ..codec.sids import pack
from ..errors import LedgerError
from ..settling.attempts import Change
from ..storage.files import Watched
from ..storage.log import Log
from ..storage.place import identity
from ..storage.sqlite import Connect, Durability, abandon, begin
from ..storage.statements import for_group
from .cells import TOKEN_BYTES, above, below, cells_of, ms, new_cells
from .changes import take, take_listed, take_receipt
from .database import open_ledger
from .ledger import Bounds
from .reading import Tables
from .rescue import rescued_outcomes
from .rows import CANCELLED, Claim, NewRow, Note, Outcome, Row

_CHECKPOINT_ROWS = 16_384
_CHECKPOINT_COMMITS = 1_000

logger: logging.Logger = logging.getLogger("async_messaging")


class FencedError(LedgerError):
    """Another run has taken the ledger over."""


class _MisfitError(Exception):
    """Something in a group did not fit: nothing of it was written."""


class LedgerFile(Tables):
    """The writer's side of a ledger, for one thread. Raises SQLite's own errors.

    Args:
        since: a moment before this run could be seen: a wish from before was said to another.
        now: the moment of the take-over.
        adopt: take a file that belongs to another place.

    Raises:
        LedgerError: the file is damaged, not a ledger, or belongs elsewhere.
    """

    def __init__(
        self,
        path: Path,
        *,
        since: float,
        now: float,
        adopt: bool,
        durability: Durability,
        opener: Connect,
    ) -> None:
        log = Log(path)
        super().__init__(open_ledger(path, durability, opener))
        self._path = path
        self._log = log
        self._watched: list[Watched] = []
        self._since = since
        self._runs = self._rate_is_set = False
        self._rows_since = self._commits_since = 0
        self._high: int | None = None
        try:
            self._cursor = self.connection.cursor()
            if not adopt:
                log.check(self.opened())
            self._own_place(adopt=adopt)
            self.epoch: int = self._one("fence")[0]
            rescued = rescued_outcomes(path, self.facts().campaign)
            with self.transaction():
                self.run("mark_open", log.least())
            # In the file before anything else: a kill while more is moved there leaves half of it.
            self.connection.execute("PRAGMA wal_checkpoint(FULL)").fetchone()
            with self.transaction():
                for outcome in rescued.outcomes:
                    self._take_rescued(outcome)
                self.run("bury")
                if self.facts().wish == "cancel":
                    self.run("skip_ready", ms(now), CANCELLED)
                self.run("begin_run", ms(since))
            self.epoch += 1
            self._watched = [
                Watched(path, "ledger"),
                Watched(log.path, "ledger's log", may_be_empty=True),
            ]
            if rescued.files:  # flushed before they go, whatever this run's commits outlive
                self.connection.execute("PRAGMA wal_checkpoint(FULL)").fetchone()
            rescued.remove()
        except BaseException:
            self.abandon()
            raise

    def _own_place(self, *, adopt: bool) -> None:
        here = identity(self._path)
        if self._one("place") == here:
            return
        if not adopt:
            raise LedgerError(
                "the ledger is a copy, or was moved or restored: if no other copy will ever run,"
                " adopt it (--adopt)"
            )
        self.run("adopt", *here)

    def _take_rescued(self, outcome: Outcome) -> None:
        """An outcome that a failed run could not write here, but beside; before T6 has its row."""
        row = self.find(outcome.row)
        if row is not None and row.token == outcome.token and row.state != outcome.state:
            take(self, outcome)

    @contextmanager
    def transaction(self) -> Generator[None]:
        """Commit what the block writes, if this run is still the one that may."""
        run = self.connection.execute
        self._begin()
        self._commits_since += 1
        try:
            self._check_fence()
            yield
            if self._checkpoint_is_due():
                self.run("mark_open", self._log.least())
            run("COMMIT")
        except BaseException:
            if self.connection.in_transaction:
                with suppress(sqlite3.Error):
                    run("ROLLBACK")
            raise

    def _begin(self) -> None:
        """Begin when nobody else writes; another program that has locked the ledger is waited for."""
        for watched in self._watched:
            watched.check()
        begin(self.connection, self._path.name)

    def _check_fence(self) -> None:
        if self._one("fence")[0] != self.epoch:
            raise FencedError("another run has taken the ledger over; this one may not write")

    def run(self, query: str, *values: object) -> int:
        """Run a query within a transaction; give the rows changed."""
        self._rows_since += 1
        return self._cursor.execute(self._sql[query], values).rowcount

    def flush(
        self,
        outcomes: Sequence[Outcome],
        intents: Sequence[Row],
        now: float,
        server: Bounds | None = None,
    ) -> list[Claim | None]:
        """One group: outcomes first, then intents; a claim for each row that was as it was seen.

        Hardly ever does one not fit. Then all is undone and done again, one by one.
        """
        low, self._high = (None, None) if server is None else (below(server[0]), above(server[1]))
        with suppress(_MisfitError), self.transaction():
            self._change("apply", [cells_of(outcome) for outcome in outcomes])
            for outcome in outcomes:
                if outcome.state == "UNKNOWN":
                    self._note_end(outcome)
            seen = [(row.row, row.epoch, row.attempt) for row in intents]
            self._change("intend", seen, self.epoch, ms(now), low)
            self._saw(low)
            return [self._claim(row, now) for row in intents]
        with self.transaction():
            for outcome in outcomes:
                take(self, outcome)
            self._saw(low)
            return [self._intend(row, now, low) for row in intents]

    def _saw(self, low: int | None) -> None:
        if low is not None:
            self._cursor.execute(self._sql["saw_time"], (low,))

    def _note_end(self, outcome: Outcome) -> None:
        cells = outcome.hint, outcome.row, outcome.epoch, outcome.attempt
        self._cursor.execute(self._sql["unknown_end"], (self._high, *cells))

    def _change(self, query: str, items: Sequence[Sequence[object]], *values: object) -> None:
        """Run a query for a group of items, each of which must change a row."""
        changed = 0
        for sql, cells in for_group(self._sql[query], items):
            changed += self._cursor.execute(sql, (*values, *cells)).rowcount
        if changed != len(items):
            raise _MisfitError
        self._rows_since += len(items)

    def _intend(self, row: Row, now: float, low: int | None) -> Claim | None:
        fits = self.run("intend", self.epoch, ms(now), low, row.row, row.epoch, row.attempt)
        return self._claim(row, now) if fits == 1 else None

    def _claim(self, row: Row, now: float) -> Claim:
        return Claim(
            row=row.row,
            to=row.to,
            token=row.token,
            epoch=self.epoch,
            attempt=row.attempt + 1,
            at=now,
        )

    def apply(self, outcome: Outcome) -> bool:
        """Change the row if the outcome fits and its sid is new."""
        fits = self.run("apply", *cells_of(outcome)) == 1
        if fits and outcome.state == "UNKNOWN":
            self._note_end(outcome)
        return fits

    def swap(self, row: Row, other: Row) -> None:
        """Exchange the messages of two accepted rows."""
        self.run("give_sid", secrets.token_bytes(TOKEN_BYTES), other.row)
        self.run("give_sid", pack(other.sid), row.row)
        self.run("give_sid", pack(row.sid), other.row)

    def with_sid(self, sid: str) -> Row | None:
        """The row that has this message."""
        found = self._rows("with_sid", pack(sid))
        return found[0] if found else None

    def update_status(self, row: Row, note: Note) -> None:
        """Keep a newer status of an accepted message."""
        self.run("update_status", note.status, note.code, ms(note.at), note.sender, row.row)

    def update_bill(self, row: Row, note: Note) -> None:
        """Keep what Twilio's list tells of an accepted message beside its status."""
        cells = note.sender, note.segments, note.price, note.price_unit
        self.run("update_bill", *cells, row.row)

    def withhold(self, row: Row, reason: str, at: float) -> None:
        """Never send a row."""
        self.run("skip", ms(at), reason, row.row, row.epoch, row.attempt)

    def contradict(self, kind: str, outcome: Outcome) -> None:
        """Keep an event."""
        event = {"at": ms(outcome.at), "kind": kind}
        self._cursor.execute(self._sql["contradict"], asdict(outcome) | event)

    def add(self, rows: Sequence[NewRow], *, repeats: bool) -> int:
        """Import rows; give the highest."""
        query = "add" if repeats else "add_once"
        with self.transaction():
            if self.sealed():
                raise LedgerError("the ledger is sealed: no row can be added")
            self.connection.executemany(self._sql[query], map(new_cells, rows))
            self._rows_since += len(rows)
            last: int = self._one("last_row")[0]
        return last

    def seal(self, source_hash: str) -> int:
        """End the import; give the row count."""
        with self.transaction():
            if not self.run("seal", source_hash):
                raise LedgerError("the ledger is sealed already")
            total = self.facts().rows
        assert total is not None
        return total

    def keep_options(self, options: str, rate: float | None) -> None:
        """Keep what this run was started with; a rate that was said to it since comes first."""
        with self.transaction():
            self.run("keep_options", options, None if self._rate_is_set else rate)
        self._runs = True

    def end_run(self, ending: str, reason: str, at: float) -> None:
        """Keep how this run ended; if it was cancelled, no row that was put back is left."""
        with self.transaction():
            if ending == "cancelled":
                self.run("skip_ready", ms(at), CANCELLED)
            self.run("end_run", ending, reason, ms(at))

    def due(self, now: float, limit: int) -> list[Row]:
        """Rows put back that may go again; those of people who opted out meanwhile never do."""
        if self._one("has_opted_out")[0]:
            with self.transaction():
                self.run("skip_opted_out", ms(now))
        return super().due(now, limit)

    def settle(self, outcomes: Sequence[Outcome]) -> int:
        """Settle rows as a person decides; give how many changed."""
        with self.transaction():
            for outcome in outcomes:
                if outcome.state == "READY":
                    self.keep_open(outcome)
            return sum(take(self, outcome) for outcome in outcomes)

    def keep_open(self, outcome: Outcome) -> None:
        """Its row is sent again although nobody knows what became of this attempt."""
        seen = outcome.row, outcome.epoch, outcome.attempt, outcome.before
        self.run("keep_former", *seen)

    def look(self, row: int, attempt: int, change: Change) -> None:
        """Keep the negatives and looks of an attempt that stays what it is."""
        at = None if change.looked_at is None else below(change.looked_at)
        self.run("look", row, attempt, change.negatives, change.looks, at)

    def find_former(self, row: int, attempt: int, sid: str) -> bool:
        """Keep the message that a former attempt made; whether it had none yet."""
        return self.run("found_former", pack(sid), row, attempt) == 1

    def skip(self, rows: Sequence[Row], reason: str, at: float) -> int:
        """Never send these rows."""
        with self.transaction():
            return sum(
                self.run("skip", ms(at), reason, row.row, row.epoch, row.attempt) for row in rows
            )

    def skip_ready(self, reason: str, at: float) -> int:
        """Never send any row that is ready."""
        with self.transaction():
            return self.run("skip_ready", ms(at), reason)

    def take_notes(self, spool: str, notes: Sequence[tuple[int, Note]]) -> None:
        """Apply a spool's notes, and remember how far it was read, in one transaction."""
        with self.transaction():
            for _, note in notes:
                self._take_note(note)
            if notes:
                self.run("take_spool", spool, notes[-1][0])

    def spool_taken(self, spool: str) -> int:
        """The last note of this spool that was taken in."""
        name, number = self._one("spool_taken")
        return number if name == spool else 0

    def _take_note(self, note: Note) -> None:
        match note.kind:
            case "receipt":
                take_receipt(self, note)
            case "listed":
                take_listed(self, note)
            case "stop":
                self.run("skip_recipient", ms(note.at), "opted out", note.to)
                self.run("opt_out", note.to)
            case "rate":
                self.run("rate", note.rate)
                self._rate_is_set |= self._is_told(note)
            case "pause":
                if self._is_told(note):
                    self.run("wish", "pause")
            case "cancel":  # what is under way may be put back: the run's end skips that too
                self.run("wish", "cancel" if self._is_told(note) else "cancelled")
                self.run("skip_ready", ms(note.at), CANCELLED)
            case "resume":
                self.run("wish", "")
            case "probe" | "unknown":
                pass

    def _is_told(self, note: Note) -> bool:
        """Whether a wish was said to this run. Once it has begun, all that comes is."""
        return self._runs or note.at >= self._since

    def checkpoint_if_due(self) -> None:
        """Move the log into the file now and then, and see that it worked."""
        if self._checkpoint_is_due():
            self.connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
            self._rows_since = self._commits_since = 0

    def _checkpoint_is_due(self) -> bool:
        return self._rows_since > _CHECKPOINT_ROWS or self._commits_since > _CHECKPOINT_COMMITS

    def close(self) -> None:
        """Move the log into the file and close; the checkpoints flush what the last commits wrote.

        Everything is there before the file says that it needs no log any more: a kill may leave half
        of what a checkpoint moves.
        """
        try:
            self.connection.execute("PRAGMA synchronous = NORMAL")
            self.connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
            with self.transaction():
                self.run("mark_open", 0)
            self.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        except BaseException:
            self.abandon()
            raise
        self.connection.close()

    def abandon(self) -> None:
        """Close as a kill would: nothing more is written or flushed."""
        abandon(self.connection, self._path)
