"""Outcomes that a failed ledger can no longer take: one JSON object a line, beside the ledger.

Without them the rows would become unknown, and reconciliation would have to find their messages.
The next run takes them in, before it declares the dead run's attempts unknown, and then removes
the files.
"""

from __future__ import annotations

import datetime as dt
import glob
import io
import os
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import msgspec

from .rows import Outcome
from .states import State

__all__ = ["Rescue", "RescueRecord", "Rescued", "rescued_outcomes"]

_WORDS: Mapping[State, str] = {
    "ACCEPTED": "accepted",
    "REJECTED": "refused",
    "READY": "not_sent",
    "UNKNOWN": "unknown",
}
_STATES: Mapping[str, State] = {word: state for state, word in _WORDS.items()}


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
    epoch: int
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
            epoch=outcome.epoch,
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
        folders = _folders(self._ledger)
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


class Rescued:
    """What failed runs of one campaign left beside its ledger.

    Attributes:
        outcomes: the outcomes, as if their run wrote them now.
    """

    def __init__(self, outcomes: list[Outcome], files: list[Path]) -> None:
        self.outcomes = outcomes
        self._files = files

    def remove(self) -> None:
        """Remove the files: the ledger has all that they say."""
        for file in self._files:
            file.unlink(missing_ok=True)


def rescued_outcomes(ledger: Path, campaign: str) -> Rescued:
    """Read the rescue files of a ledger's campaign; half a line at the end counts for nothing.

    Raises:
        OSError: a file can't be read.
    """
    outcomes: list[Outcome] = []
    files: list[Path] = []
    for folder in dict.fromkeys(_folders(ledger)):
        for file in sorted(folder.glob(f"{glob.escape(ledger.name)}.*.rescue.jsonl")):
            own = [record for record in _records(file) if record.campaign == campaign]
            if own:
                files.append(file)
                outcomes.extend(map(_outcome, own))
    return Rescued(outcomes, files)


def _folders(ledger: Path) -> list[Path]:
    return [ledger.parent, Path(tempfile.gettempdir())]


def _records(file: Path) -> Iterator[RescueRecord]:
    for line in file.read_bytes().splitlines():
        try:
            record = _decode(line)
        except (msgspec.MsgspecError, ValueError):  # the disk was full in the middle of it
            continue
        if record.outcome in _STATES and (record.outcome == "accepted") == bool(record.sid):
            yield record


def _outcome(record: RescueRecord) -> Outcome:
    return Outcome(
        row=record.row,
        epoch=record.epoch,
        attempt=record.attempt,
        state=_STATES[record.outcome],
        at=record.at.timestamp(),
        sid=record.sid,
        status=record.status,
        code=record.code,
        error=record.error,
        to=record.to,
        token=record.token,
    )


_decode = msgspec.json.Decoder(RescueRecord).decode


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
