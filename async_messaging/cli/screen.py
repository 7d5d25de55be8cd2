"""What is printed and where: results on stdout, progress and errors on stderr.

A reader that goes away (``| head``) ends the printing and nothing else. JSON is UTF-8 whatever the
terminal speaks; other text falls back to escapes where the terminal can't show it.
"""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from functools import cache
from typing import TextIO

import msgspec
from rich.console import Console
from rich.text import Text

__all__ = ["Screen", "aligned", "err", "facts", "masked_sid", "out", "say", "say_json"]

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

    def put(self, text: Text | str = "") -> None:
        """One line; it wraps at a terminal's edge only."""
        with suppress(OSError):
            self.print(text, soft_wrap=True)


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
    err().put(f"async-messaging: {sentence}")


def say_json(record: Mapping[str, object]) -> None:
    """One JSON object on a line of stdout."""
    try:
        sys.stdout.buffer.write(msgspec.json.encode(record) + b"\n")
        sys.stdout.buffer.flush()
    except BrokenPipeError:
        out().on_broken_pipe()


def facts(pairs: Iterable[tuple[str, object]]) -> None:
    """Names and values, one a line, on stdout."""
    for row in aligned([(name, str(value)) for name, value in pairs]):
        out().put(row)


def aligned(rows: Sequence[Sequence[str]], right: Iterable[int] = ()) -> list[str]:
    """The rows as lines with their columns below each other; *right* ones end together."""
    columns = range(max(map(len, rows), default=0))
    widths = [max(len(row[c]) for row in rows if c < len(row)) for c in columns]
    ends = set(right)
    cells = (
        [cell.rjust(width) if c in ends else cell.ljust(width) for c, cell, width in zipped]
        for zipped in (zip(columns, row, widths, strict=False) for row in rows)
    )
    return ["  ".join(line).rstrip() for line in cells]


def masked_sid(sid: str) -> str:
    """A sid that can be recognised and not used: ``AC12...cdef``."""
    return f"{sid[:4]}...{sid[-4:]}"


def _to_nowhere(stream: object) -> None:
    """Point the stream's descriptor at nothing, so that no later flush fails."""
    with suppress(OSError, ValueError, io.UnsupportedOperation):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())  # type: ignore[attr-defined]
        os.close(nowhere)
