"""Outcomes that a failed ledger can no longer take: one JSON object a line, beside the ledger.

Without them the rows would become unknown, and reconciliation would have to find their messages.
"""

from __future__ import annotations

import datetime as dt
import io
import os
import tempfile
from collections.abc import Iterable
from pathlib import Path

import msgspec

from .rows import Outcome

__all__ = ["Rescue", "RescueRecord"]

_WORDS = {
    "ACCEPTED": "accepted",
    "REJECTED": "refused",
    "READY": "not_sent",
    "UNKNOWN": "unknown",
}


class RescueRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A result's fields, and the attempt that it belongs to. Never printed: it has the number."""

    row: int
    to: str
    outcome: str
    sid: str
    status: str
    code: int | None
    error: str
    at: dt.datetime
    campaign: str
    attempt: int
    token: str

    def __repr__(self) -> str:
        return f"RescueRecord(row={self.row}, outcome={self.outcome!r}, sid={self.sid!r})"


class Rescue:
    """The rescue file of one run; it is made when the first outcome needs it.

    Beside the ledger if that can be written, else in the folder for temporary files: the disk may
    be what failed.

    Attributes:
        path: the file, once there is one.
        lost: outcomes that could be written nowhere.
    """

    def __init__(self, ledger: Path, campaign: str = "", epoch: int = 0) -> None:
        self._ledger = ledger
        self.campaign = campaign
        self.epoch = epoch
        self.path: Path | None = None
        self.lost: int = 0
        self._files: list[io.FileIO] = []

    def write(self, outcomes: Iterable[Outcome]) -> None:
        """Append outcomes, each with one call to the system."""
        for outcome in outcomes:
            try:
                line = msgspec.json.encode(self._record(outcome)) + b"\n"
            except ValueError:  # not a text
                self.lost += 1
                continue
            if not (self._append(line) or (self._open_next() and self._append(line))):
                self.lost += 1

    def _record(self, outcome: Outcome) -> RescueRecord:
        return RescueRecord(
            row=outcome.row,
            to=outcome.to,
            outcome=_WORDS.get(outcome.state, outcome.state.lower()),
            sid=outcome.sid,
            status=outcome.status,
            code=outcome.code,
            error=outcome.error,
            at=dt.datetime.fromtimestamp(outcome.at, dt.UTC),
            campaign=self.campaign,
            attempt=outcome.attempt,
            token=outcome.token,
        )

    def _append(self, line: bytes) -> bool:
        if not self._files:
            return False
        file = self._files[-1]
        try:
            if file.write(line) == len(line):
                return True
        except OSError:
            pass
        return False

    def _open_next(self) -> bool:
        """Open the file beside the ledger; if that was tried, the one for want of a better."""
        folders = [self._ledger.parent, Path(tempfile.gettempdir())]
        for folder in folders[len(self._files) :]:
            path = folder / f"{self._ledger.name}.{self.epoch}.rescue.jsonl"
            try:
                self._files.append(io.FileIO(path, "a", opener=_private))
            except OSError:
                continue
            self.path = path
            return True
        return False

    def close(self) -> None:
        """Flush and close."""
        for file in self._files:
            try:
                os.fsync(file.fileno())
            except OSError:
                self.lost += file is self._files[-1]
            file.close()
        self._files.clear()


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
