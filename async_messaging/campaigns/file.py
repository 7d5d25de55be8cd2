"""A ledger's file as its one writer changes it: every change in a transaction that is fenced."""

from __future__ import annotations

import secrets
import sqlite3
from collections.abc import Generator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import msgspec

from ..codec.sids import pack
from ..errors import LedgerError
from ..storage.files import Watched
from ..storage.log import Log
from ..storage.place import identity
from ..storage.sqlite import Connect, Durability, begin
from ..storage.statements import for_group
from .changes import take, take_listed, take_receipt
from .database import abandon, open_ledger
from .reading import Tables
from .rescue import rescued_outcomes
from .rows import CANCELLED, Claim, NewRow, Note, Outcome, Row

__all__ = ["FencedError", "LedgerFile"]

_CHECKPOINT_ROWS = 16_384
_CHECKPOINT_COMMITS = 1_000
_TOKEN_BYTES = 12
_encode = msgspec.json.Encoder().encode


def _ms(seconds: float | None) -> int | None:
    return None if seconds is None else round(seconds * 1000)


class FencedError(LedgerError):
    """Another run has taken the ledger over."""


class _MisfitError(Exception):
    """Something in a group did not fit: nothing of it was written."""


class LedgerFile(Tables):
    """The writer's side of a ledger, for one thread. Raises SQLite's own errors.

    Args:
        path: the file.
        since: a moment before this run could be seen: a wish from before was said to another.
        now: the moment of the take-over.
        adopt: take a file that belongs to another place.
        durability: what a commit outlives.
        opener: opens the connection.

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
        self._since = since
        self._runs = self._rate_is_set = False
        self._log = log
        self._watched: list[Watched] = []
        self._rows_since = self._commits_since = 0
        try:
            self._cursor = self._connection.cursor()
            if not adopt:
                log.check(self.opened())
            self._own_place(adopt=adopt)
            self.epoch: int = self._one("fence")[0]
            rescued = rescued_outcomes(path, self.facts().campaign)
            with self.transaction():
                for outcome in rescued.outcomes:
                    self._take_rescued(outcome)
                self._run("mark_open", log.least())
                self._run("bury", _ms(now))
                if self.facts().wish == "cancel":
                    self._run("skip_ready", _ms(now), CANCELLED)
                self._run("begin_run", _ms(since))
            self.epoch += 1
            self._watched = [
                Watched(path, "ledger"),
                Watched(log.path, "ledger's log", may_be_empty=True),
            ]
            self._connection.execute("PRAGMA wal_checkpoint(FULL)").fetchone()
            rescued.remove()
        except BaseException:
            self._connection.close()
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
        self._run("adopt", *here)

    def _take_rescued(self, outcome: Outcome) -> None:
        """An outcome that a failed run could not write here, but beside; before T6 has its row."""
        row = self.find(outcome.row)
        if row is not None and row.token == outcome.token and row.state != outcome.state:
            take(self, outcome)

    @contextmanager
    def transaction(self) -> Generator[None]:
        """Commit what the block writes, if this run is still the one that may."""
        run = self._connection.execute
        self._begin()
        self._commits_since += 1
        try:
            self._check_fence()
            yield
            if self._checkpoint_is_due():
                self._run("mark_open", self._log.least())
            run("COMMIT")
        except BaseException:
            if self._connection.in_transaction:
                with suppress(sqlite3.Error):
                    run("ROLLBACK")
            raise

    def _begin(self) -> None:
        """Begin when nobody else writes; another program that has locked the ledger is waited for."""
        for watched in self._watched:
            watched.check()
        begin(self._connection, self._path.name)

    def _check_fence(self) -> None:
        if self._one("fence")[0] != self.epoch:
            raise FencedError("another run has taken the ledger over; this one may not write")

    def _run(self, query: str, *values: object) -> int:
        self._rows_since += 1
        return self._cursor.execute(self._sql[query], values).rowcount

    def flush(
        self, outcomes: Sequence[Outcome], intents: Sequence[Row], now: float
    ) -> list[Claim | None]:
        """One group: outcomes first, then intents; a claim for each row that was as it was seen.

        Hardly ever does one not fit. Then all is undone and done again, one by one.
        """
        with suppress(_MisfitError), self.transaction():
            self._change("apply", [_cells(outcome) for outcome in outcomes])
            seen = [(row.row, row.epoch, row.attempt) for row in intents]
            self._change("intend", seen, self.epoch, _ms(now))
            return [self._claim(row, now) for row in intents]
        with self.transaction():
            for outcome in outcomes:
                take(self, outcome)
            return [self._intend(row, now) for row in intents]

    def _change(self, query: str, items: Sequence[Sequence[object]], *values: object) -> None:
        """Run a query for a group of items, each of which must change a row."""
        changed = 0
        for sql, cells in for_group(self._sql[query], items):
            changed += self._cursor.execute(sql, (*values, *cells)).rowcount
        if changed != len(items):
            raise _MisfitError
        self._rows_since += len(items)

    def _intend(self, row: Row, now: float) -> Claim | None:
        fits = self._run("intend", self.epoch, _ms(now), row.row, row.epoch, row.attempt)
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
        return self._run("apply", *_cells(outcome)) == 1

    def with_sid(self, sid: str) -> Row | None:
        """The row that has this message."""
        found = self._rows("with_sid", pack(sid))
        return found[0] if found else None

    def update_status(self, row: Row, note: Note) -> None:
        """Keep a newer status of an accepted message."""
        self._run("update_status", note.status, note.code, _ms(note.at), note.sender, row.row)

    def update_bill(self, row: Row, note: Note) -> None:
        """Keep what Twilio's list tells of an accepted message beside its status."""
        cells = note.sender, note.segments, note.price, note.price_unit
        self._run("update_bill", *cells, row.row)

    def withhold(self, row: Row, reason: str, at: float) -> None:
        """Never send a row."""
        self._run("skip", _ms(at), reason, row.row, row.epoch, row.attempt)

    def contradict(self, kind: str, outcome: Outcome) -> None:
        """Keep an event."""
        event = {
            "at": _ms(outcome.at),
            "kind": kind,
            "row": outcome.row,
            "attempt": outcome.attempt,
            "state": outcome.state,
            "sid": outcome.sid,
            "code": outcome.code,
        }
        self._cursor.execute(self._sql["contradict"], event)

    def add(self, rows: Sequence[NewRow], *, repeats: bool) -> int:
        """Import rows; give the highest."""
        query = "add" if repeats else "add_once"
        with self.transaction():
            if self.sealed():
                raise LedgerError("the ledger is sealed: no row can be added")
            self._connection.executemany(self._sql[query], map(_new_cells, rows))
            self._rows_since += len(rows)
            last: int = self._one("last_row")[0]
        return last

    def seal(self, source_hash: str) -> int:
        """End the import; give the row count."""
        with self.transaction():
            if not self._run("seal", source_hash):
                raise LedgerError("the ledger is sealed already")
            total = self.facts().rows
        assert total is not None
        return total

    def keep_options(self, options: str, rate: float | None) -> None:
        """Keep what this run was started with; a rate that was said to it since comes first."""
        with self.transaction():
            self._run("keep_options", options, None if self._rate_is_set else rate)
        self._runs = True

    def end_run(self, ending: str, reason: str, at: float) -> None:
        """Keep how this run ended; if it was cancelled, no row that was put back is left."""
        with self.transaction():
            if ending == "cancelled":
                self._run("skip_ready", _ms(at), CANCELLED)
            self._run("end_run", ending, reason, _ms(at))

    def due(self, now: float, limit: int) -> list[Row]:
        """Rows put back that may go again; those of people who opted out meanwhile never do."""
        if self._one("has_opted_out")[0]:
            with self.transaction():
                self._run("skip_opted_out", _ms(now))
        return super().due(now, limit)

    def settle(self, outcomes: Sequence[Outcome]) -> int:
        """Settle rows; give how many changed."""
        with self.transaction():
            return sum(take(self, outcome) for outcome in outcomes)

    def note_negatives(self, rows: Sequence[Row], at: float) -> None:
        """Count a scan that did not find these rows."""
        with self.transaction():
            for row in rows:
                self._run("negative", _ms(at), row.row, row.epoch, row.attempt)

    def skip(self, rows: Sequence[Row], reason: str, at: float) -> int:
        """Never send these rows."""
        with self.transaction():
            return sum(
                self._run("skip", _ms(at), reason, row.row, row.epoch, row.attempt) for row in rows
            )

    def skip_ready(self, reason: str, at: float) -> int:
        """Never send any row that is ready."""
        with self.transaction():
            return self._run("skip_ready", _ms(at), reason)

    def take_notes(self, spool: str, notes: Sequence[tuple[int, Note]]) -> None:
        """Apply a spool's notes, and remember how far it was read, in one transaction."""
        with self.transaction():
            for _, note in notes:
                self._take_note(note)
            if notes:
                self._run("take_spool", spool, notes[-1][0])

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
                self._run("skip_recipient", _ms(note.at), "opted out", note.to)
                self._run("opt_out", note.to)
            case "rate":
                self._run("rate", note.rate)
                self._rate_is_set |= self._is_told(note)
            case "pause":
                if self._is_told(note):
                    self._run("wish", "pause")
            case "cancel":  # what is under way may be put back: the run's end skips that too
                self._run("wish", "cancel" if self._is_told(note) else "cancelled")
                self._run("skip_ready", _ms(note.at), CANCELLED)
            case "resume":
                self._run("wish", "")
            case "probe" | "unknown":
                pass

    def _is_told(self, note: Note) -> bool:
        """Whether a wish was said to this run. Once it has begun, all that comes is."""
        return self._runs or note.at >= self._since

    def checkpoint_if_due(self) -> None:
        """Move the log into the file now and then, and see that it worked."""
        if self._checkpoint_is_due():
            self._connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
            self._rows_since = self._commits_since = 0

    def _checkpoint_is_due(self) -> bool:
        return self._rows_since > _CHECKPOINT_ROWS or self._commits_since > _CHECKPOINT_COMMITS

    def close(self) -> None:
        """Move the log into the file and close; the checkpoint flushes what the last commit wrote."""
        try:
            self._connection.execute("PRAGMA synchronous = NORMAL")
            with self.transaction():
                self._run("mark_open", 0)
            self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        except BaseException:
            self.abandon()
            raise
        self._connection.close()

    def abandon(self) -> None:
        """Close as a kill would: nothing more is written or flushed."""
        abandon(self._connection, self._path)


def _cells(outcome: Outcome) -> tuple[object, ...]:
    """An outcome for `apply`, which makes NULL of what is empty."""
    put_back = outcome.at if outcome.not_before is None else outcome.not_before
    return (
        outcome.row,
        outcome.epoch,
        outcome.attempt,
        outcome.before,
        outcome.state,
        round(outcome.at * 1000),
        pack(outcome.sid),
        outcome.status,
        outcome.segments,
        outcome.code or 0,
        outcome.error,
        round(put_back * 1000),
    )


def _new_cells(row: NewRow) -> tuple[object, ...]:
    return (
        row.row,
        row.to,
        _encode(row.variables).decode(),
        secrets.token_bytes(_TOKEN_BYTES),
        "SKIPPED" if row.skip else "READY",
        row.skip or None,
        row.segments or None,
    )
