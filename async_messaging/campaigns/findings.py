"""What a run and settling write down of attempts beyond their rows. Each is a job of the writer."""

from __future__ import annotations

from collections.abc import Sequence

from ..settling.attempts import Change
from .cells import above, below, encoded
from .changes import conclude as conclude_one
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


def conclude(file: LedgerFile, changes: Sequence[Change], at: float) -> list[bool]:
    """Write down what settling found; for each whether its attempt was still as it was seen."""
    with file.transaction():
        return [conclude_one(file, change, at) for change in changes]
