"""The log beside a ledger (``-wal``), which holds what no checkpoint has moved into the file yet.

Without it the last commits are lost, and SQLite doesn't mind: it takes the file for all there is.
Rows that were announced there, and sent, would be ready again. So at each take-over and checkpoint the
ledger's own file is told that a run is open, and how long the log is at least; a log never becomes
shorter while a run has it. A ledger that says so and whose log is gone, shorter, or unreadable is
refused. (Not noticed: a log that was cut behind what the last checkpoint knew of it.)

The log is looked at before SQLite opens the ledger, which makes a new one. SQLite has no locks on it,
so it may be opened here.
"""

from __future__ import annotations

import struct
from pathlib import Path

from ..errors import LedgerError
from .files import beside

_HEAD = struct.Struct(">8I")
_MAGIC = 0x377F0682


class Log:
    """A ledger's log, as it was before the ledger was opened."""

    def __init__(self, ledger: Path) -> None:
        self.path: Path = beside(ledger, "-wal")
        self._found = self._size()
        self._is_readable = bool(self._found) and _is_log(self.path)

    def least(self) -> int:
        """The bytes that it has from now on at least, while the ledger is open."""
        return max(self._size(), _HEAD.size)

    def _size(self) -> int:
        try:
            return self.path.stat().st_size
        except FileNotFoundError:
            return 0

    def check(self, opened: int) -> None:
        """See that nothing is missing of the bytes that it must have had, 0 if no run was open; else a `LedgerError`."""
        if not opened or (self._is_readable and self._found >= opened):
            return
        fault = "is gone" if not self._found else "is shorter than it was"
        if self._found >= opened:
            fault = "can't be read"
        raise LedgerError(
            f"the ledger's log {self.path.name} {fault}, and a run had the ledger open: its last rows"
            " may have been sent and stand nowhere else. Bring the log back; or look at Twilio's"
            " list, and adopt the ledger as it is (--adopt)"
        )


def _is_log(path: Path) -> bool:
    """Whether its head is whole: a format, and a checksum over it."""
    with path.open("rb") as file:
        head = file.read(_HEAD.size)
    if len(head) < _HEAD.size:
        return False
    magic, *words, sum_1, sum_2 = _HEAD.unpack(head)
    if magic & ~1 != _MAGIC:
        return False
    order = ">" if magic & 1 else "<"
    first, second = 0, 0
    values = struct.unpack(f"{order}6I", head[: _HEAD.size - 8])
    for one, two in zip(values[::2], values[1::2], strict=True):
        first = (first + one + second) & 0xFFFFFFFF
        second = (second + two + first) & 0xFFFFFFFF
    return len(words) == 5 and (first, second) == (sum_1, sum_2)
