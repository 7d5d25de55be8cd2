"""What can be read of a ledger, also while a run goes on."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import cache, partial
from itertools import chain
from os import PathLike
from pathlib import Path
from typing import Any, Self, TypeVar

import msgspec

from ..codec.sids import SID, pack
from ..errors import LedgerError
from ..settling.states import UNSETTLED, State
from ..storage.log import Log
from ..storage.sqlite import open_for_reading, renamed, understood
from ..storage.statements import for_group, queries
from .database import LEDGER, PACKAGE
from .ledger import Attempted
from .rows import Counts, Event, Facts, Plan, Reason, Row

T = TypeVar("T")


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

_PIECE = 1_000
"""Rows that are read at once."""

_NEAR = 2_000
"""Rows on either side of one that were sent about the same time, more or less."""

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
    """A row from the JSON that a query gives; a value that can't be is a `LedgerError`."""
    with understood("ledger"):
        return _decode_row(text)


@cache
def _all_queries() -> Mapping[str, str]:
    files = ("queries.sql", "evidence.sql", "report.sql", "privacy.sql")
    found = chain.from_iterable(queries(PACKAGE, file).items() for file in files)
    return {name: text.replace("{row}", _ROW).replace("{sid}", SID) for name, text in found}


class Known(msgspec.Struct, frozen=True):
    """What a row has of its message; empty or None until Twilio told."""

    status: str
    code: int | None
    sender: str
    segments: int
    price: str | None
    price_unit: str


class Tables:
    """What can be read through one connection; raises SQLite's own errors."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection: sqlite3.Connection = connection
        self._sql = _all_queries()

    def fetch(self, sql: str, values: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """The rows of a query."""
        return self.connection.execute(sql, values).fetchall()

    def all(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        """All that a named query gives."""
        return self.fetch(self._sql[query], values)

    def _one(self, query: str, *values: object) -> tuple[Any, ...]:
        return self.all(query, *values)[0]

    def _number(self, query: str) -> int:
        count: int = self._one(query)[0]
        return count

    def _rows(self, query: str, *values: object) -> list[Row]:
        found = self.all(query, *values)
        with understood("ledger"):
            return _decode_rows(f"[{found[0][0] or ''}]") if found else []

    def for_each(self, query: str, items: Sequence[Sequence[object]]) -> Iterator[tuple[Any, ...]]:
        """What a query gives for a group of items."""
        for sql, values in for_group(self._sql[query], items):
            yield from self.fetch(sql, values)

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
        return self._number("opened")

    def sealed(self) -> bool:
        """Whether the import has ended."""
        return bool(self._number("sealed"))

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

    def rows(self, state: State) -> Iterator[Row]:
        """All rows of one state, in order."""
        return _paged(partial(self.rows_in, state, limit=_PIECE))

    def undelivered(self, codes: Sequence[int]) -> Iterator[Row]:
        """Accepted messages that ended with one of these codes and did not arrive, in order."""
        wanted = msgspec.json.encode(codes).decode()
        return _paged(lambda after: self._rows("undelivered", after, wanted, _PIECE))

    def opted_out(self) -> set[int]:
        """Rows of people who want no more messages."""
        return {row for (row,) in self.all("opted_out")}

    def numbers(self) -> set[int]:
        """All rows, by their numbers in the source."""
        return {row for (row,) in self.all("numbers")}

    def window(self) -> tuple[float, float] | None:
        """From the first attempt to the last outcome; None before the first."""
        begun, ended = self._one("window")
        return None if begun is None else (begun / 1000, ended / 1000)

    def counts(self) -> Counts:
        """Rows by state."""
        found = dict(self.all("counts"))
        with understood("ledger"):
            return Counts(**found)

    def moving(self) -> int:
        """Accepted messages that are still on their way, as far as is known."""
        return self._number("moving")

    def to_go(self) -> tuple[int, int]:
        """Rows that may be sent, and their segments."""
        rows, segments = self._one("to_go")
        return rows, segments

    def active_at(self) -> float:
        """When something was last written down, seconds since 1970; 0 if nothing was."""
        return self._number("active_at") / 1000

    def reasons(self, limit: int = 40) -> list[Reason]:
        """Why rows are refused, held, skipped or unknown, the most frequent first."""
        return [
            Reason(state=state, code=code, error=error or "", rows=rows)
            for state, code, error, rows in self.all("reasons", limit)
        ]

    def events(self, limit: int = 1000) -> list[Event]:
        """What contradicted the ledger, oldest first."""
        return [
            Event(
                at=at / 1000, kind=kind, row=row, attempt=attempt, state=state, sid=sid, code=code
            )
            for at, kind, row, attempt, state, sid, code in self.all("events", limit)
        ]

    # What settling asks.

    def unsettled(self, *, held: bool) -> list[Attempted]:
        """Unknown attempts; held and former ones too, if they are asked for."""
        found = self._attempts("unsettled_attempts", held)
        return found + self._attempts("former") if held else found

    def open_to(self, numbers: Collection[str]) -> list[Attempted]:
        """All open attempts to these numbers."""
        found = map(_attempted, self.for_each("open_to", [(number,) for number in numbers]))
        former = (one for one in self._attempts("former") if one.row.to in numbers)
        return [*found, *former]

    def _attempts(self, query: str, *values: object) -> list[Attempted]:
        return list(map(_attempted, self.all(query, *values)))

    def owned(self, sids: Collection[str]) -> dict[str, Row]:
        """The rows of these messages, by sid."""
        found = self.for_each("owned", [(pack(sid),) for sid in sids])
        return {row.sid: row for row in (row_of(text) for (text,) in found)}

    def canaries(
        self, near: int, since: float, until: float, limit: int
    ) -> list[tuple[str, float, str]]:
        """Messages that were accepted for rows near this one: sid, time, recipient."""
        found = self.all("canaries", near - _NEAR, near + _NEAR, since * 1000, until * 1000, limit)
        return [(sid, at / 1000, to) for sid, at, to in found]


class LedgerView(Tables):
    """A ledger opened for reading. Use it in ``with``. All that it does may raise `LedgerError`."""

    def __init__(self, path: str | PathLike[str]) -> None:
        self._log = Log(Path(path))
        super().__init__(open_for_reading(Path(path), LEDGER))

    def fetch(self, sql: str, values: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """The rows of a query."""
        with renamed("read", "ledger"):
            return super().fetch(sql, values)

    def check(self) -> list[str]:
        """What is wrong, one sentence each: SQLite's own check, then the invariants and the log."""
        answers = self.fetch("PRAGMA integrity_check(10)")
        wrong = [f"SQLite: {text}" for (text,) in answers if text != "ok"]
        for query, meaning in CHECKS.items():
            if count := self._number(query):
                wrong.append(f"{count} times: {meaning}")
        try:
            self._log.check(self.opened())
        except LedgerError as error:
            wrong.append(str(error))
        return wrong

    def close(self) -> None:
        """Close the file."""
        self.connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _paged(read: Callable[[int], list[Row]]) -> Iterator[Row]:
    """All rows that a query gives piece by piece, each beyond a row; no transaction is held."""
    after = 0
    while found := read(after):
        yield from found
        after = found[-1].row


def _attempted(cells: Sequence[Any]) -> Attempted:
    text, attempt, former, earliest, latest, hint, negatives, looks, looked_at = cells
    return Attempted(
        row=row_of(text),
        attempt=attempt,
        former=bool(former),
        earliest=_seconds(earliest),
        latest=_seconds(latest),
        hint=hint or "",
        negatives=negatives,
        looks=looks,
        looked_at=_seconds(looked_at),
    )


def asked_beside(
    own: Path, folders: Iterable[Path], ask: Callable[[LedgerView], T | None]
) -> list[tuple[str, T]]:
    """What other ledgers of folders answer, by name; None, and one that can't be read, is left out."""
    found: list[tuple[str, T]] = []
    for path in sorted(one for folder in folders for one in folder.glob("*.campaign")):
        if path.absolute() != own.absolute():
            with suppress(LedgerError), LedgerView(path) as view:
                if (answer := ask(view)) is not None:
                    found.append((path.name, answer))
    return found
