"""Records of a CSV or JSON Lines file: one mapping of column to value for each data row.

CSV. The delimiter is the one of ``, ; tab |`` under which the header has a recipient's column: two
delimiters can't both have one unless it is the only column, and then there is none to choose. A
spreadsheet's first line ``sep=;`` says it outright. Quoting is read strictly, because a text that
was quoted wrongly would go out changed. A broken row costs its first line only: reading goes on
with the next line, so an open quote does not swallow the rows behind it.

JSON Lines. One object a line. Numbers keep the text they were written with (``12.50``), booleans
are ``true`` and ``false``, ``null`` is empty. The columns are the keys that the objects of the
file's first 64 KiB have.

Lines that are empty, or hold nothing but delimiters and white space, are no rows.
"""

from __future__ import annotations

import csv
import io
import re
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from pathlib import PurePath
from typing import NamedTuple, cast

import msgspec

from ..codec.template import clean_name, shown_name
from ..errors import InvalidInput
from .decoding import LONGEST_LINE, DamagedError, Text

Value = str | list[object] | dict[str, object]
Record = dict[str, Value]

_DELIMITERS = ",;\t|"
_MOST_LINES = 1_000
_SEPARATOR_LINE = re.compile(r"sep=([^\r\n])(\r\n|\r|\n)", re.IGNORECASE)
_UNDECODED = re.compile("[\ud800-\udfff]")
_OBJECT = msgspec.json.Decoder(dict[str, object], float_hook=str)
_CSV_REASONS = {
    "field larger": "has a cell that is too long",
    "unexpected end": "has a quote that is opened and never closed",
    "expected after": "has text behind a closing quote; write a quote inside a cell twice",
}
_TOO_LONG = f"takes more than {LONGEST_LINE:,} characters or {_MOST_LINES:,} lines"


def open_records(
    text: Text, path: str, is_recipient: Callable[[str], bool]
) -> CsvRecords | JsonRecords:
    """The records of an open file; its suffix or its first character says which kind they are."""
    start = text.head.lstrip()
    if not start:
        raise InvalidInput("is empty", field="file")
    if re.match(r"\[\s*[{\]]", start):
        raise InvalidInput("is a JSON array: write one object a line (JSON Lines)", field="file")
    suffixes = {suffix.lower() for suffix in PurePath(path).suffixes[-2:]}
    if start[0] == "{" or suffixes & {".jsonl", ".ndjson"}:
        return JsonRecords(text)
    return CsvRecords(text, is_recipient)


class CsvRecords:
    """The records of a CSV file; `columns` are the names in its header."""

    def __init__(self, text: Text, is_recipient: Callable[[str], bool]) -> None:
        self._text = text
        said = _SEPARATOR_LINE.match(text.head)
        head = text.head[said.end() :] if said else text.head
        self._skipped = 1 if said else 0
        self._dialect = _sniff(head, said[1] if said else _DELIMITERS, is_recipient)
        self.columns: tuple[str, ...] = _header(head, self._dialect)
        _check_header(self.columns)

    def _data_rows(self) -> Iterator[list[str] | InvalidInput]:
        lines = islice(self._text.lines(), self._skipped, None)
        return islice(_rows(lines, self._dialect), 1, None)

    def count(self) -> int:
        """How many records there are; reads the file to its end."""
        return sum(1 for _ in self._data_rows())

    def __iter__(self) -> Iterator[Record | InvalidInput]:
        columns, width = self.columns, len(self.columns)
        for cells in self._data_rows():
            if isinstance(cells, InvalidInput):
                yield cells
            elif len(cells) != width:
                few = "cell" if len(cells) == 1 else "cells"
                yield InvalidInput(f"has {len(cells)} {few}, the header has {width}")
            else:
                yield _flawless(dict(zip(columns, cells, strict=True)), self._text.encoding)


class JsonRecords:
    """The records of a JSON Lines file; `columns` are the keys seen at its start."""

    def __init__(self, text: Text) -> None:
        self._text = text
        lines = list(io.StringIO(text.head, newline=""))
        if len(lines) > 1 and not text.whole:
            lines.pop()
        records = (_parsed(line) for line in lines if line.strip())
        names = {key: 0 for record in records if isinstance(record, dict) for key in record}
        if not names:
            raise InvalidInput("has no JSON object at its start, one on a line", field="file")
        self._cleaned = {key: clean_name(key) for key in names}
        self.columns: tuple[str, ...] = tuple(self._cleaned.values())
        _check_header(self.columns)

    def _data_lines(self) -> Iterator[str | InvalidInput]:
        try:
            yield from filter(str.strip, self._text.lines())
        except DamagedError as damage:
            yield InvalidInput(str(damage))

    def count(self) -> int:
        """How many records there are; reads the file to its end."""
        return sum(1 for _ in self._data_lines())

    def __iter__(self) -> Iterator[Record | InvalidInput]:
        for line in self._data_lines():
            yield line if isinstance(line, InvalidInput) else self._record(line)

    def _record(self, line: str) -> Record | InvalidInput:
        if len(line) >= LONGEST_LINE:
            return InvalidInput(_TOO_LONG)
        if _UNDECODED.search(line):
            return InvalidInput(f"holds bytes that are not {self._text.encoding}")
        record = _parsed(line)
        if isinstance(record, InvalidInput):
            return record
        cleaned = self._cleaned
        named = {cleaned.get(key, key): value for key, value in record.items()}
        return _flawless(named, self._text.encoding)


def _parsed(line: str) -> Record | InvalidInput:
    try:
        return {key: _json_value(value) for key, value in _OBJECT.decode(line).items()}
    except (msgspec.MsgspecError, RecursionError, ValueError):
        return InvalidInput("is not one JSON object")


def _json_value(value: object) -> Value:
    match value:
        case str():
            return value
        case list() | dict():
            return cast("list[object] | dict[str, object]", value)
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case _:
            return str(value)


class _Dialect(NamedTuple):
    delimiter: str
    spaced: bool
    """Quotes stand behind a space that follows the delimiter."""


def _sniff(head: str, delimiters: str, is_recipient: Callable[[str], bool]) -> _Dialect:
    """The dialect with a recipient's column, else the one with the most columns."""
    first_line = next((line for line in io.StringIO(head, newline="") if line.strip()), "")
    dialects = [_Dialect(char, f'{char} "' in first_line) for char in delimiters]

    def fitness(dialect: _Dialect) -> tuple[bool, int]:
        columns = _header(head, dialect)
        return any(map(is_recipient, columns)), len(columns)

    return max(dialects, key=fitness)


def _header(head: str, dialect: _Dialect) -> tuple[str, ...]:
    cells = next(_rows(io.StringIO(head, newline=""), dialect), None)
    if cells is None or isinstance(cells, InvalidInput):
        return ()
    return tuple(clean_name(cell) for cell in cells)


def _check_header(columns: tuple[str, ...]) -> None:
    if not columns:
        raise InvalidInput("the header can't be read", field="file")
    seen: set[str] = set()
    for position, name in enumerate(columns, 1):
        if not name:
            raise InvalidInput(f"the header's column {position} has no name", field="file")
        if "\0" in name or _UNDECODED.search(name):
            raise InvalidInput(f"the header's column {position} is not text", field="file")
        if name in seen:
            raise InvalidInput(f"the header has {shown_name(name)} twice", field="file")
        seen.add(name)


class _TooLongError(Exception):
    """A row takes more lines or characters than a row may."""


class _Lines:
    """The lines of a file, with those of the row being read at hand."""

    def __init__(self, lines: Iterable[str]) -> None:
        self._lines = iter(lines)
        self._again: deque[str] = deque()
        self._taken: list[str] = []
        self._length = 0

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._again.popleft() if self._again else next(self._lines)
        self._taken.append(line)
        self._length += len(line)
        if self._length >= LONGEST_LINE or len(self._taken) > _MOST_LINES:
            raise _TooLongError
        return line

    def begin(self) -> None:
        """A new row starts."""
        self._taken.clear()
        self._length = 0

    def give_back(self) -> None:
        """Only the row's first line was used; the others come again."""
        self._again.extendleft(reversed(self._taken[1:]))


def _rows(lines: Iterable[str], dialect: _Dialect) -> Iterator[list[str] | InvalidInput]:
    """The cells of each row that is not blank."""
    source = _Lines(lines)
    reader = _reader(source, dialect)
    while True:
        source.begin()
        try:
            cells = next(reader, None)
        except (csv.Error, _TooLongError) as error:
            source.give_back()
            reader = _reader(source, dialect)
            yield InvalidInput(_csv_reason(error))
            continue
        except DamagedError as damage:
            yield InvalidInput(str(damage))
            return
        if cells is None:
            return
        if any(map(str.strip, cells)):
            yield cells


def _reader(lines: Iterator[str], dialect: _Dialect) -> Iterator[list[str]]:
    return csv.reader(
        lines, delimiter=dialect.delimiter, skipinitialspace=dialect.spaced, strict=True
    )


def _csv_reason(error: Exception) -> str:
    if isinstance(error, _TooLongError):
        return _TOO_LONG
    text = str(error)
    return next(
        (reason for part, reason in _CSV_REASONS.items() if part in text),
        "can't be read as CSV",
    )


def _flawless(record: Record, encoding: str) -> Record | InvalidInput:
    """The record, or what is wrong with a text in it."""
    for column, value in record.items():
        if type(value) is not str:
            continue
        if "\0" in value:
            return InvalidInput("holds a NUL character", field=column)
        if not value.isascii() and _UNDECODED.search(value):
            return InvalidInput(f"holds bytes that are not {encoding}", field=column)
    return record
