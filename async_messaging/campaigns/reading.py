"""A ledger that is only read: for status, report and doctor, while a run may go on."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import cache
from os import PathLike
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import msgspec

from ..codec.sids import SID, pack
from ..errors import LedgerError
from ..storage.log import Log
from ..storage.sqlite import open_for_reading, renamed, understood
from ..storage.statements import for_group
from ..storage.statements import queries as sqlite_queries
from .database import LEDGER, PACKAGE, queries
from .rows import Counts, Event, Facts, Plan, Reason, Row
from .states import UNSETTLED, State

__all__ = ["Known", "LedgerView", "Tables", "row_of"]


def _optional(fields: Mapping[str, str]) -> str:
    """SQL that gives JSON of those fields that are not NULL."""
    return "".join(
        f""" || ifnull(',"{name}":' || nullif({sql}, 'null'), '')""" for name, sql in fields.items()
    )


_FIELDS = {
    "to": "json_quote(recipient)",
    "variables": "variables",
    "token": "json_quote(lower(hex(token)))",
    "state": "json_quote(state)",
    "epoch": "epoch",
    "attempt": "attempt",
    "intent_at": "intent_at / 1000.0",
    "ended_at": "ended_at / 1000.0",
    "not_before": "not_before / 1000.0",
    "sid": f"json_quote({SID})",
    "status": "json_quote(status)",
    "code": "code",
    "error": "json_quote(error)",
    "segments": "segments",
}
"""Fields of a `Row`, and the SQL that gives each as JSON."""

_ROW = f"""'{{"row":' || id{_optional(_FIELDS)} || '}}'"""
_decode_row = msgspec.json.Decoder(Row).decode
_decode_rows = msgspec.json.Decoder(list[Row]).decode
_decode_names = msgspec.json.Decoder(tuple[str, ...]).decode
_decode_plan = msgspec.json.Decoder(Plan).decode

CHECKS = {
    "check_sids": "accepted rows and sids don't match",
    "check_doubles": "sids stand in two rows",
    "check_sum": "rows are missing or too many",
    "check_states": "rows are in no known state",
    "check_intents": "attempts are announced by a dead run",
    "check_epochs": "rows were written by a run that never was",
    "check_attempts": "rows have an outcome without an attempt",
    "check_put_back": "rows are ready again and were not put back, or the other way round",
}
"""The invariants' queries, and what a number other than 0 means."""


def _seconds(milliseconds: int | None) -> float | None:
    return None if milliseconds is None else milliseconds / 1000


def row_of(text: str) -> Row:
    """A row from the JSON that a query gives.

    Raises:
        LedgerError: a value in it can't be.
    """
    with understood("ledger"):
        return _decode_row(text)


@cache
def _all_queries() -> Mapping[str, str]:
    return {**queries(), **sqlite_queries(PACKAGE, "evidence.sql")}


class Known(msgspec.Struct, frozen=True):
    """What a row has of its message.

    Attributes:
        status: its last known status.
        code: Twilio's error code.
        sender: who sent it; empty until Twilio told.
        segments: its segments.
        price: what it cost; None until it is billed.
        price_unit: the currency.
    """

    status: str
    code: int | None
    sender: str
    segments: int
    price: str | None
    price_unit: str


class Tables:
    """What can be read through one connection; raises SQLite's own errors."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._sql = {
            name: text.replace("{row}", _ROW).replace("{sid}", SID)
            for name, text in _all_queries().items()
        }

    def _one(self, query: str, *values: object) -> tuple[Any, ...]:
        found: tuple[Any, ...] = self._connection.execute(self._sql[query], values).fetchone()
        return found

    def _rows(self, query: str, *values: object) -> list[Row]:
        found = self._connection.execute(self._sql[query], values).fetchone()
        with understood("ledger"):
            return _decode_rows(f"[{found[0] or ''}]") if found else []

    def all(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        """All that a query gives."""
        return self._connection.execute(self._sql[query], values).fetchall()

    def for_each(self, query: str, items: Sequence[Sequence[object]]) -> Iterator[tuple[Any, ...]]:
        """What a query gives for a group of items."""
        for sql, values in for_group(self._sql[query], items):
            yield from self._connection.execute(sql, values)

    def facts(self) -> Facts:
        """What the ledger knows of its campaign."""
        found = self._one("facts")
        with understood("ledger"):
            return Facts(
                campaign=found[0],
                plan=_decode_plan(found[1]),
                created_at=found[2] / 1000,
                rows=found[3],
                source_hash=found[4],
                epoch=found[5],
                run_at=found[6] / 1000,
                wish=found[7],
                rate=found[8],
                options=found[9],
                ending=found[10],
                reason=found[11],
                ended_at=_seconds(found[12]),
                realm=found[13],
                exclusive=_decode_names(found[14]),
                wall_epoch=found[15],
            )

    def opened(self) -> int:
        """The bytes that the log has at least, if a run is open; else 0."""
        found: int = self._one("opened")[0]
        return found

    def sealed(self) -> bool:
        """Whether the import has ended."""
        return bool(self._one("sealed")[0])

    def find(self, row: int) -> Row | None:
        """One row."""
        found = self._rows("row", row)
        return found[0] if found else None

    def ready(self, after: int, limit: int) -> list[Row]:
        """Rows never tried."""
        return self._rows("ready", after, limit)

    def due(self, now: float, limit: int) -> list[Row]:
        """Rows put back that may go again."""
        return self._rows("due", round(now * 1000), limit)

    def next_due(self) -> float | None:
        """When the next row put back may go."""
        return _seconds(self._one("next_due")[0])

    def rows_in(self, state: State, after: int, limit: int) -> list[Row]:
        """Rows of one state."""
        if state in UNSETTLED:
            return self._rows("unsettled", state, after, limit)
        return self._rows("rows_in", after, state, limit)

    def claimed(self, sids: Collection[str]) -> set[str]:
        """Which of these sids rows have."""
        return {sid for (sid,) in self.for_each("claimed", [(pack(sid),) for sid in sids])}

    def known(self, sids: Collection[str]) -> dict[str, Known]:
        """What accepted rows have of these messages, by sid."""
        found = self.for_each("known", [(pack(sid),) for sid in sids])
        return {
            sid: Known(status or "", code, sender or "", segments or 0, price, unit or "")
            for sid, status, code, sender, segments, price, unit in found
        }

    def undelivered(self, codes: Sequence[int], after: int, limit: int) -> list[Row]:
        """Accepted messages that ended with one of these codes and did not arrive."""
        return self._rows("undelivered", after, msgspec.json.encode(codes).decode(), limit)

    def opted_out(self) -> set[int]:
        """Rows of people who want no more messages."""
        return {row for (row,) in self._connection.execute(self._sql["opted_out"])}

    def numbers(self) -> set[int]:
        """All rows, by their numbers in the source."""
        return {row for (row,) in self._connection.execute(self._sql["numbers"])}

    def window(self) -> tuple[float, float] | None:
        """From the first attempt to the last outcome; None before the first."""
        begun, ended = self._one("window")
        return None if begun is None else (begun / 1000, ended / 1000)

    def counts(self) -> Counts:
        """Rows by state."""
        found = dict(self._connection.execute(self._sql["counts"]).fetchall())
        with understood("ledger"):
            return Counts(**found)

    def moving(self) -> int:
        """Accepted messages that are still on their way, as far as is known."""
        count: int = self._one("moving")[0]
        return count

    def to_go(self) -> tuple[int, int]:
        """Rows that may be sent, and their segments."""
        rows, segments = self._one("to_go")
        return rows, segments

    def active_at(self) -> float:
        """When something was last written down."""
        return float(self._one("active_at")[0]) / 1000

    def reasons(self, limit: int) -> list[Reason]:
        """Why rows are not accepted."""
        found = self._connection.execute(self._sql["reasons"], (limit,))
        return [
            Reason(state=state, code=code, error=error or "", rows=rows)
            for state, code, error, rows in found
        ]

    def events(self, limit: int) -> list[Event]:
        """What contradicted the ledger."""
        return [
            Event(
                at=at / 1000, kind=kind, row=row, attempt=attempt, state=state, sid=sid, code=code
            )
            for at, kind, row, attempt, state, sid, code in self._connection.execute(
                self._sql["events"], (limit,)
            )
        ]

    def check(self) -> list[str]:
        """What is wrong: SQLite's own check, then the invariants."""
        answers = self._connection.execute("PRAGMA integrity_check(10)").fetchall()
        wrong = [f"SQLite: {text}" for (text,) in answers if text != "ok"]
        for query, meaning in CHECKS.items():
            if count := self._one(query)[0]:
                wrong.append(f"{count} times: {meaning}")
        return wrong


class LedgerView:
    """A ledger opened for reading. Use it in ``with``.

    Attributes:
        connection: for queries of others; it can't write.
        tables: what it has; they raise SQLite's own errors.

    Raises:
        LedgerError: the file is missing, damaged, or not a ledger.
    """

    def __init__(self, path: str | PathLike[str]) -> None:
        self._log = Log(Path(path))
        self.connection: sqlite3.Connection = open_for_reading(Path(path), LEDGER)
        self.tables: Tables = Tables(self.connection)

    def facts(self) -> Facts:
        """What the ledger knows of its campaign."""
        with renamed("read", "ledger"):
            return self.tables.facts()

    def counts(self) -> Counts:
        """Rows by state."""
        with renamed("read", "ledger"):
            return self.tables.counts()

    def claimed(self, sids: Collection[str]) -> set[str]:
        """Which of these sids rows have."""
        with renamed("read", "ledger"):
            return self.tables.claimed(sids)

    def known(self, sids: Collection[str]) -> dict[str, Known]:
        """What accepted rows have of these messages, by sid."""
        with renamed("read", "ledger"):
            return self.tables.known(sids)

    def undelivered(self, codes: Sequence[int]) -> Iterator[Row]:
        """Accepted messages that ended with one of these codes and did not arrive, in order."""
        after = 0
        while True:
            with renamed("read", "ledger"):
                found = self.tables.undelivered(codes, after, 1000)
            yield from found
            if not found:
                return
            after = found[-1].row

    def opted_out(self) -> set[int]:
        """Rows of people who want no more messages."""
        with renamed("read", "ledger"):
            return self.tables.opted_out()

    def numbers(self) -> set[int]:
        """All rows, by their numbers in the source."""
        with renamed("read", "ledger"):
            return self.tables.numbers()

    def window(self) -> tuple[float, float] | None:
        """From the first attempt to the last outcome; None before the first."""
        with renamed("read", "ledger"):
            return self.tables.window()

    def moving(self) -> int:
        """Accepted messages whose last known status is not their last."""
        with renamed("read", "ledger"):
            return self.tables.moving()

    def to_go(self) -> tuple[int, int]:
        """Rows that may be sent, and their segments."""
        with renamed("read", "ledger"):
            return self.tables.to_go()

    def active_at(self) -> float:
        """When something was last written down, seconds since 1970; 0 if nothing was."""
        with renamed("read", "ledger"):
            return self.tables.active_at()

    def reasons(self, limit: int = 40) -> list[Reason]:
        """Why rows are refused, held, skipped or unknown, the most frequent first."""
        with renamed("read", "ledger"):
            return self.tables.reasons(limit)

    def rows(self, state: State) -> Iterator[Row]:
        """All rows of one state, in order; no transaction is held between them."""
        after = 0
        while True:
            with renamed("read", "ledger"):
                found = self.tables.rows_in(state, after, 1000)
            yield from found
            if not found:
                return
            after = found[-1].row

    def find(self, row: int) -> Row | None:
        """One row."""
        with renamed("read", "ledger"):
            return self.tables.find(row)

    def events(self, limit: int = 1000) -> list[Event]:
        """What contradicted the ledger, oldest first."""
        with renamed("read", "ledger"):
            return self.tables.events(limit)

    def check(self) -> list[str]:
        """What is wrong with the ledger, one sentence each."""
        with renamed("read", "ledger"):
            wrong = self.tables.check()
            opened = self.tables.opened()
        try:
            self._log.check(opened)
        except LedgerError as error:
            wrong.append(str(error))
        return wrong

    def close(self) -> None:
        """Close the file."""
        self.connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()
