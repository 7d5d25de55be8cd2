"""A campaign's report: every row with its outcome, as a file or row by row.

A report may be made while a run goes on: rows are read in small chunks and no transaction is held
between them, so the run's checkpoints are never kept waiting. Each chunk is as it was when it was
read.

A CSV file is made for people, who open it in a spreadsheet. There a cell that begins like a formula
is one, and what a row's `to` says may come from anybody. Such cells get an apostrophe in front,
which makes them text. ``raw=True`` leaves it out, for programs.
"""

from __future__ import annotations

import csv
import datetime as dt
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from decimal import Decimal
from os import PathLike
from pathlib import Path
from typing import Any, Literal, TextIO, TypeAlias

import msgspec

from ..codec.codes import facts_of
from ..errors import InvalidInput
from ..models.shown import Shown
from ..settling.states import State
from ..storage.files import replacing
from ..storage.sqlite import understood
from .reading import LedgerView

ReportOutcome = Literal["accepted", "refused", "unknown", "held", "skipped", "ready"]

_OUTCOMES: Mapping[State, ReportOutcome] = {
    "ACCEPTED": "accepted",
    "REJECTED": "refused",
    "INTENT": "unknown",
    "UNKNOWN": "unknown",
    "HELD": "held",
    "SKIPPED": "skipped",
    "READY": "ready",
}
_CHUNK = 1000
_FORMULA = re.compile(r"[\t\r\n]|\s*[-=+@\uff0b\uff0d\uff1d\uff20]")
_NUMBER = re.compile(r"\+[1-9][0-9]{6,14}")
_encode = msgspec.json.Encoder().encode
_Cell: TypeAlias = str | int | Decimal | None


class ReportRecord(Shown, frozen=True, kw_only=True):
    """What became of one row: a line of the report, fields in this order.

    Attributes:
        row: its row in the source, counted from 1.
        to: the recipient's address; ``#`` and a keyed hash once it was purged or forgotten; of a
            bad row what its file says.
        outcome: ``accepted``, ``refused``, ``unknown``, ``held``, ``skipped`` or ``ready``.
        sid: the message's sid, empty without one.
        status: the message's last known status, empty without a message.
        code: Twilio's error code.
        error: what went wrong, or why it was skipped or held; masked.
        attempts: attempts made.
        created_at: when the last attempt was announced, UTC.
        finished_at: when the last outcome was recorded, UTC.
        segments: segments of the message; before it is accepted, as far as can be told.
        price: what the message cost, where that is known.
        price_unit: the currency of the price.
        sender: who sent it, where Twilio has told.
        reported_at: when its status was reported last, UTC; None for as it was accepted.
    """

    row: int
    to: str
    outcome: ReportOutcome
    sid: str = ""
    status: str = ""
    code: int | None = None
    error: str = ""
    attempts: int = 0
    created_at: dt.datetime | None = None
    finished_at: dt.datetime | None = None
    segments: int | None = None
    price: Decimal | None = None
    price_unit: str = ""
    sender: str = ""
    reported_at: dt.datetime | None = None


_COLUMNS = ReportRecord.__struct_fields__


class CodeTotal(Shown, frozen=True, kw_only=True):
    """How often a code came with an outcome.

    Attributes:
        code: Twilio's error code.
        outcome: the outcome of these rows.
        rows: how many there are.
        meaning: what the code stands for, empty if that is not known.
    """

    code: int
    outcome: ReportOutcome
    rows: int
    meaning: str = ""


class Totals(Shown, frozen=True, kw_only=True):
    """A campaign summed up.

    Attributes:
        outcomes: rows by outcome; those that no row has are 0.
        statuses: messages by their last known status.
        codes: codes, the most frequent first.
    """

    outcomes: Mapping[ReportOutcome, int]
    statuses: Mapping[str, int]
    codes: tuple[CodeTotal, ...] = ()


def report_rows(view: LedgerView) -> Iterator[ReportRecord]:
    """Every row in order, in constant memory; the ledger may change meanwhile."""
    after = 0
    while found := view.all("rows", after, _CHUNK):
        with understood("ledger"):
            records = list(map(_record, found))
        yield from records
        after = found[-1][0]


def _record(cells: tuple[Any, ...]) -> ReportRecord:
    row, to, state, sid, status, code, error, attempts, begun, ended, *sent = cells
    segments, price, unit, sender, reported = sent
    return ReportRecord(
        row=row,
        to=to,
        outcome=_OUTCOMES[state],
        sid=sid or "",
        status=(sid and status) or "",
        code=code,
        error=error or "",
        attempts=attempts,
        created_at=_moment(begun),
        finished_at=_moment(ended),
        segments=segments,
        price=None if price is None else Decimal(price),
        price_unit=unit or "",
        sender=sender or "",
        reported_at=_moment(reported),
    )


def _moment(milliseconds: int | None) -> dt.datetime | None:
    return None if milliseconds is None else dt.datetime.fromtimestamp(milliseconds / 1000, dt.UTC)


def write_report(view: LedgerView, path: str | PathLike[str], *, raw: bool = False) -> int:
    """Write the report; give the number of rows.

    An existing file is replaced when the new one is whole. Its owner alone can read it.

    Args:
        path: the file; its name ends with ``.csv`` or ``.jsonl``.
        raw: write CSV cells as they are, also those that a spreadsheet would take for a formula.
    """
    target = Path(path)
    write = _FORMATS.get(target.suffix.lower())
    if write is None:
        raise InvalidInput("must end with .csv or .jsonl", field="report")
    with replacing(target) as file:
        return write(file, report_rows(view), raw)


def _write_csv(file: TextIO, records: Iterable[ReportRecord], raw: bool) -> int:
    writer = csv.writer(file)
    writer.writerow(_COLUMNS)
    count = 0
    for count, record in enumerate(records, 1):  # noqa: B007 - used after the loop
        cells = _cells(record)
        writer.writerow(cells if raw else map(_harmless, _COLUMNS, cells))
    return count


def _write_jsonl(file: TextIO, records: Iterable[ReportRecord], _: bool) -> int:
    count = 0
    for count, record in enumerate(records, 1):  # noqa: B007 - used after the loop
        line = dict(zip(_COLUMNS, _cells(record), strict=True))
        file.write(_encode(line).decode() + "\n")
    return count


_FORMATS: Mapping[str, Callable[[TextIO, Iterable[ReportRecord], bool], int]] = {
    ".csv": _write_csv,
    ".jsonl": _write_jsonl,
}


def _cells(record: ReportRecord) -> list[_Cell]:
    """The fields in order, moments as text."""
    return [
        _text(cell) if isinstance(cell, dt.datetime) else cell
        for cell in msgspec.structs.astuple(record)
    ]


def _text(moment: dt.datetime) -> str:
    return f"{moment.isoformat(timespec='milliseconds')[:-6]}Z"


def _harmless(column: str, cell: _Cell) -> _Cell:
    """A cell that no spreadsheet takes for a formula; a price below zero is a number, not a text."""
    if not isinstance(cell, str) or not _FORMULA.match(cell):
        return cell
    return cell if column in {"to", "sender"} and _NUMBER.fullmatch(cell) else f"'{cell}"


def totals_of(view: LedgerView) -> Totals:
    """A campaign summed up: outcomes, statuses and codes."""
    outcomes: Counter[ReportOutcome] = Counter(dict.fromkeys(_OUTCOMES.values(), 0))
    statuses: Counter[str] = Counter()
    codes: Counter[tuple[int, ReportOutcome]] = Counter()
    with understood("ledger"):
        for state, message, status, code, rows in view.all("totals"):
            outcomes[_OUTCOMES[state]] += rows
            if message:
                statuses[status or ""] += rows
            if code is not None:
                codes[code, _OUTCOMES[state]] += rows
    return Totals(
        outcomes=dict(outcomes),
        statuses=dict(statuses),
        codes=tuple(_code_total(*key, rows) for key, rows in codes.most_common()),
    )


def _code_total(code: int, outcome: ReportOutcome, rows: int) -> CodeTotal:
    facts = facts_of(code)
    return CodeTotal(code=code, outcome=outcome, rows=rows, meaning=facts.meaning if facts else "")
