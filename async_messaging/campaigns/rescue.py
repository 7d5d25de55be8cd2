"""Outcomes that a failed ledger can no longer take: one JSON object a line, beside the ledger.

Without them the rows would become unknown, and reconciliation would have to find their messages.
The next run takes them in, before it declares the dead run's attempts unknown, and then removes
the files.
"""

from __future__ import annotations

import datetime as dt
import glob
import os
import secrets
import stat
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from os import write
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
from msgspec.structs import asdict

from ..settling.states import State
from ..storage.files import create_private
from .rows import Outcome

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
        paths: the files, once there are any: the disk may fail in the middle of one.
        lost: outcomes that could be written nowhere.
    """

    def __init__(self, ledger: Path, campaign: str = "", epoch: int = 0) -> None:
        self._ledger = ledger
        self.campaign = campaign
        self.epoch = epoch
        self.paths: list[Path] = []
        self.lost: int = 0
        self._left = _folders(ledger)
        self._file: int | None = None

    def write(self, outcomes: Iterable[Outcome]) -> None:
        """Append outcomes, each with one call to the system."""
        for outcome in outcomes:
            try:
                line = msgspec.json.encode(self._record(outcome)) + b"\n"
            except ValueError:  # not a text
                self.lost += 1
                continue
            while not self._append(line):
                if not self._open_next():
                    self.lost += 1
                    break

    def _record(self, outcome: Outcome) -> RescueRecord:
        return RescueRecord(
            outcome=_WORDS.get(outcome.state, outcome.state.lower()),
            at=dt.datetime.fromtimestamp(outcome.at, dt.UTC),
            campaign=self.campaign,
            **_shared(outcome),
        )

    def _append(self, line: bytes) -> bool:
        try:
            return self._file is not None and write(self._file, line) == len(line)
        except OSError:
            return False

    def _open_next(self) -> bool:
        """Open the file beside the ledger; if that was tried, the one for want of a better."""
        self._flush()
        while self._left:
            name = f"{self._ledger.name}.{self.epoch}.{secrets.token_hex(8)}.rescue.jsonl"
            path = self._left.pop(0) / name
            try:
                self._file = create_private(path)
            except OSError:
                continue
            self.paths.append(path)
            return True
        return False

    def _flush(self) -> None:
        """Close the file; one that took nothing is removed."""
        if self._file is not None:
            file, self._file = self._file, None
            try:
                is_empty = not os.fstat(file).st_size
                os.fsync(file)
            except OSError:
                is_empty = False
                self.lost += 1
            os.close(file)
            if is_empty:
                self.paths.pop().unlink(missing_ok=True)

    def close(self) -> None:
        """Flush and close. What still comes makes another file."""
        self._flush()
        self._left = _folders(self._ledger)


class Rescued(NamedTuple):
    """What failed runs of one campaign left beside its ledger, as if they wrote it now."""

    outcomes: list[Outcome]
    files: list[Path]

    def remove(self) -> None:
        """Remove the files: the ledger has all that they say."""
        for file in self.files:
            file.unlink(missing_ok=True)


def rescued_outcomes(ledger: Path, campaign: str) -> Rescued:
    """Read the rescue files of a ledger's campaign; half a line at the end counts for nothing."""
    outcomes: list[Outcome] = []
    files: list[Path] = []
    for folder in dict.fromkeys(_folders(ledger)):
        for file in sorted(folder.glob(f"{glob.escape(ledger.name)}.*.rescue.jsonl")):
            if folder != ledger.parent and not _is_ours(file, ledger):
                continue
            own = [record for record in _records(file) if record.campaign == campaign]
            if own:
                files.append(file)
                outcomes.extend(map(_outcome, own))
    return Rescued(outcomes, files)


def _folders(ledger: Path) -> list[Path]:
    return [ledger.parent, Path(tempfile.gettempdir())]


def _is_ours(file: Path, ledger: Path) -> bool:
    """Whether a file in a folder of everybody's was written by who runs this, or has the ledger."""
    found = file.lstat()
    owners = {ledger.stat().st_uid, getattr(os, "geteuid", lambda: found.st_uid)()}
    return stat.S_ISREG(found.st_mode) and found.st_uid in owners


def record_in(line: str | bytes) -> RescueRecord | None:
    """The record of a line; None for half a line: the disk was full in the middle of it."""
    try:
        return _decode(line)
    except (msgspec.MsgspecError, ValueError):
        return None


def _records(file: Path) -> Iterator[RescueRecord]:
    for line in file.read_bytes().splitlines():
        record = record_in(line)
        if record is None:
            continue
        if record.outcome in _STATES and (record.outcome == "accepted") == bool(record.sid):
            yield record


def _outcome(record: RescueRecord) -> Outcome:
    state, at = _STATES[record.outcome], record.at.timestamp()
    return Outcome(state=state, at=at, **_shared(record))


def _shared(of: Outcome | RescueRecord) -> dict[str, Any]:
    """The fields that an outcome and its record have alike."""
    return {name: value for name, value in asdict(of).items() if name in _SHARED}


_SHARED = {*Outcome.__struct_fields__} & {*RescueRecord.__struct_fields__} - {"at"}
_decode = msgspec.json.Decoder(RescueRecord).decode
