"""The results of a bulk send as a file: one JSON object a line, in the order rows finish.

A record is written with one call to the system as soon as it is there, so a killed process leaves
whole lines; `flush` and `close` also make them survive a loss of power. What such a loss may leave,
half a line at the end, is cut off when the file is appended to.
"""

from __future__ import annotations

import datetime as dt
import io
import os
import zlib
from array import array
from collections.abc import Iterator
from os import PathLike
from pathlib import Path
from typing import Self

import msgspec

from ..errors import InvalidInput
from ..models.shown import Shown

_DONE = frozenset({"accepted", "unknown"})
_MOST_ROWS = 100_000_000
_GROWTH = 65_536
_LONGEST_LINE = 1_048_576
_START = b'{"row":'


class ResultRecord(Shown, frozen=True, kw_only=True):
    """What became of one row: a line of the results file, fields in this order.

    Attributes:
        row: the data row, counted from 1.
        to: the recipient's address; of an invalid row what its file says.
        outcome: ``accepted``, ``refused``, ``not_sent``, ``unknown`` or ``invalid``.
        sid: the message's sid, empty without one.
        status: the message's status, empty without a message.
        code: Twilio's error code.
        error: the error in a sentence, masked.
        field: the column or parameter that is wrong.
        attempts: calls made.
        elapsed: seconds from taking the row to its outcome.
        at: when it finished, UTC.
    """

    row: int
    to: str
    outcome: str
    sid: str = ""
    status: str = ""
    code: int | None = None
    error: str = ""
    field: str = ""
    attempts: int = 0
    elapsed: float = 0.0
    at: dt.datetime


class _Line(msgspec.Struct, frozen=True, gc=False):
    """What `done_rows` reads of a record."""

    row: int
    to: str
    outcome: str


_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(_Line)


class ResultsWriter:
    """Writes a results file, readable by its owner alone.

    Args:
        path: the file.
        append: go on with an existing file; without it an existing file is refused.

    Raises:
        FileExistsError: the file exists and `append` is not set.
        InvalidInput: `append` is set and the file is not a results file.
        OSError: it can't be written; the disk is full. A line is written whole or not at all.
    """

    def __init__(self, path: str | PathLike[str], *, append: bool = False) -> None:
        self.path: Path = Path(path)
        going_on = append and self.path.exists()
        mode = "r+" if going_on else "x"
        self._file = io.FileIO(self.path, mode, opener=_private)
        try:
            self._end = _repair(self._file) if going_on else 0
            self._file.seek(self._end)
        except BaseException:
            self._file.close()
            raise

    def write(self, record: ResultRecord) -> None:
        """Append one record."""
        line = _encoder.encode(record) + b"\n"
        try:
            written = 0
            while written < len(line):
                written += self._file.write(line[written:])
        except OSError:
            self._file.truncate(self._end)
            self._file.seek(self._end)
            raise
        self._end += written

    def flush(self) -> None:
        """Return when every record is on the disk."""
        os.fsync(self._file.fileno())

    def close(self) -> None:
        """Flush and close; closing again does nothing."""
        if not self._file.closed:
            try:
                self.flush()
            finally:
                self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class DoneRows:
    """The rows that are not to be sent again, with 4 bytes for each row of the file."""

    def __init__(self) -> None:
        self._prints = array("I")
        self._count = 0

    def __contains__(self, row: object) -> bool:
        return isinstance(row, int) and 0 <= row < len(self._prints) and self._prints[row] != 0

    def __len__(self) -> int:
        return self._count

    def __repr__(self) -> str:
        return f"<{self._count} rows done>"

    def has_other(self, row: int, to: str) -> bool:
        """Whether the row is done, but with another recipient: the source has changed since."""
        return row in self and self._prints[row] != _print_of(to)

    def note(self, row: int, to: str, outcome: str) -> None:
        """Take in one result; a later one of the same row replaces it."""
        if row >= len(self._prints):
            self._prints.frombytes(bytes(4 * (row + _GROWTH - len(self._prints))))
        self._count -= self._prints[row] != 0
        self._prints[row] = _print_of(to) if outcome in _DONE else 0
        self._count += self._prints[row] != 0


def done_rows(path: str | PathLike[str]) -> DoneRows:
    """The rows whose last outcome in a results file is accepted or unknown; none without a file.

    Raises:
        InvalidInput: a line is not a result; half a line at the end is left out.
    """
    done = DoneRows()
    if Path(path).exists():
        for line in _complete_lines(Path(path)):
            done.note(line.row, line.to, line.outcome)
    return done


def _complete_lines(path: Path) -> Iterator[_Line]:
    with path.open("rb") as file:
        for number, raw in enumerate(file, 1):
            line = _read_line(raw)
            if line is not None:
                yield line
            elif raw.endswith(b"\n"):
                raise InvalidInput(f"line {number} of the results is not a result", field="out")


def _read_line(raw: bytes) -> _Line | None:
    try:
        line = _decoder.decode(raw)
    except (msgspec.MsgspecError, RecursionError, ValueError):
        return None
    return line if 0 < line.row <= _MOST_ROWS else None


def _repair(file: io.FileIO) -> int:
    """Cut off half a line at the file's end; give its length."""
    start = file.read(len(_START))
    end = file.seek(0, os.SEEK_END)
    begin = file.seek(max(0, end - _LONGEST_LINE))
    *lines, rest = file.read(_LONGEST_LINE).split(b"\n")
    if not _START.startswith(start) or not (lines or begin == 0):
        raise InvalidInput("the file is not a results file", field="out")
    if not rest:
        return end
    if _read_line(rest) is None:
        end -= len(rest)
        file.truncate(end)
        return end
    file.seek(end)
    return end + file.write(b"\n")


def _print_of(to: str) -> int:
    """A number that another recipient hardly has; never 0."""
    return zlib.crc32(to.encode("utf-8", "surrogatepass")) or 1


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
