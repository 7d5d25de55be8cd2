"""What a run and settling write down of attempts beyond their rows. Each is a job of the writer."""

from __future__ import annotations

from collections.abc import Sequence

from ..codec.sids import pack
from .attempted import Finding
from .cells import above, below, encoded
from .changes import take
from .file import LedgerFile

__all__ = ["belong", "conclude", "date"]


def belong(file: LedgerFile, realm: str, exclusive: Sequence[str]) -> None:
    """Keep where its messages are sent, and by whom nobody else sends."""
    with file.transaction():
        file.run("belong", realm, encoded(exclusive))


def date(file: LedgerFile, starts: float | None, seen: float, total: float) -> None:
    """Date open attempts whose times were not known."""
    if not file.all("undated", file.epoch)[0][0]:
        return
    with file.transaction():
        if starts is not None:
            file.run("date_starts", below(starts), file.epoch)
        file.run("date_ends", above(seen), round(total * 1000))


def conclude(file: LedgerFile, findings: Sequence[Finding]) -> list[bool]:
    """Write down what settling found; for each whether its attempt was still as it was seen."""
    with file.transaction():
        return [_concluded(file, one) for one in findings]


def _concluded(file: LedgerFile, one: Finding) -> bool:
    seen = one.attempt
    row, sid = file.find(seen.row.row), one.sid or (one.outcome.sid if one.outcome else "")
    if row is None or (sid and file.claimed([sid])):
        return False
    if one.sid:
        return file.run("found_former", pack(one.sid), row.row, seen.attempt) == 1
    if (row.state, row.attempt) != (seen.row.state, seen.attempt):
        return False
    if one.outcome is None:
        at = None if one.looked_at is None else below(one.looked_at)
        file.run("look", row.row, seen.attempt, one.negatives, one.looks, at)
        return True
    if one.stays_open:
        file.keep_open(one.outcome)
    return take(file, one.outcome)
