"""What is printed and where: results on stdout, progress and errors on stderr.

A reader that goes away (``| head``) ends the printing and nothing else. JSON is UTF-8 whatever the
terminal speaks; other text falls back to escapes where the terminal can't show it.
"""

from __future__ import annotations

import datetime as dt
import io
import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from decimal import Decimal
from functools import cache
from textwrap import wrap
from typing import IO, TextIO, cast

import msgspec
from rich.console import Console
from rich.text import Text

from ..codec.codes import link_of
from ..codec.dates import to_iso
from ..errors import MessagingError, OutcomeUnknown

_PIPE_WIDTH = 4096


class Screen(Console):
    """A console that outlives its reader."""

    def __init__(self, stream: TextIO) -> None:
        if (reconfigure := getattr(stream, "reconfigure", None)) is not None:
            reconfigure(errors="backslashreplace")
        width = None if stream.isatty() else _PIPE_WIDTH
        super().__init__(file=stream, highlight=False, markup=False, emoji=False, width=width)

    @property
    def is_live(self) -> bool:
        """Whether lines that were shown can be replaced: a terminal that knows how."""
        return self.file.isatty() and self.is_interactive and not self.is_dumb_terminal

    def on_broken_pipe(self) -> None:
        """The reader is gone: print nothing more, and go on."""
        self.quiet = True
        _to_nowhere(self.file)

    def put(self, text: Text | str = "", *, by_words: bool = False) -> None:
        """One line; a terminal breaks it at its edge, or between words."""
        with suppress(OSError):
            self.print(text, soft_wrap=not by_words)


@cache
def out() -> Screen:
    """Standard output: what the command was asked for."""
    return Screen(sys.stdout)


@cache
def err() -> Screen:
    """Standard error: progress, warnings, errors."""
    return Screen(sys.stderr)


def say(sentence: str) -> None:
    """One sentence to the user, on stderr."""
    err().put(f"async-messaging: {sentence}", by_words=True)


def say_json(record: Mapping[str, object]) -> None:
    """One JSON object on a line of stdout."""
    try:
        sys.stdout.buffer.write(msgspec.json.encode(record) + b"\n")
        sys.stdout.buffer.flush()
    except BrokenPipeError:
        out().on_broken_pipe()


def facts(pairs: Iterable[tuple[str, object]]) -> None:
    """Names and values, one a line, on stdout."""
    table([(name, str(value)) for name, value in pairs])


def table(rows: Sequence[Sequence[str]], right: Iterable[int] = ()) -> None:
    """Print the rows on stdout as `aligned` has them."""
    for line in aligned(rows, right, out().width):
        out().put(line)


def indented(lines: Iterable[str]) -> list[str]:
    """The lines, moved in by two blanks."""
    return [f"  {line}" if line else "" for line in lines]


def aligned(
    rows: Sequence[Sequence[str]], right: Iterable[int] = (), width: int = _PIPE_WIDTH
) -> list[str]:
    """The rows as lines with their columns below each other; those in *right* end together, the last is broken at *width*."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    ends = set(right)
    before = sum(widths[:-1]) + 2 * (len(widths) - 1)
    lines: list[str] = []
    for row in rows:
        *first, last = (
            cell.rjust(size) if place in ends else cell.ljust(size)
            for place, (cell, size) in enumerate(zip(row, widths, strict=True))
        )
        head = "".join(f"{cell}  " for cell in first)
        folded = wrap(last, max(20, width - before)) or [""]
        lines += (f"{head}{folded[0]}".rstrip(), *(" " * before + more for more in folded[1:]))
    return lines


def masked_sid(sid: str) -> str:
    """A sid that can be recognised and not used: ``AC12...cdef``."""
    return f"{sid[:4]}...{sid[-4:]}"


def _to_nowhere(stream: IO[str]) -> None:
    """Point the stream's descriptor at nothing, so that no later flush fails."""
    with suppress(OSError, ValueError, io.UnsupportedOperation):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)


def record_of(value: msgspec.Struct) -> dict[str, object]:
    """The struct's fields and dates; a date kept as text is given as the date it means."""
    names = (name.removesuffix("_text") for name in value.__struct_fields__)
    return {name: _plain_value(getattr(value, name)) for name in names}


def error_record(error: MessagingError) -> dict[str, object]:
    """What is known of a call that failed."""
    return {
        "outcome": error.outcome,
        "error": str(error),
        "status": error.status,
        "code": error.code,
        "link": None if error.code is None else link_of(error.code),
        "advice": error.advice,
        "sid": error.sid if isinstance(error, OutcomeUnknown) else None,
        "request_id": error.request_id,
        "attempts": error.attempts,
    }


def _plain_value(value: object) -> object:
    match value:
        case dt.datetime():
            return to_iso(value)
        case Decimal():
            return str(value)
        case msgspec.Struct():
            return record_of(value)
        case list() | tuple():
            return [_plain_value(item) for item in cast("list[object]", value)]
        case Mapping():
            return dict(cast("Mapping[str, object]", value))
        case _:
            return value
