"""What a run writes down beyond its rows: what settling found, what others had to say. Jobs of the writer."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path

from ..errors import LedgerError
from ..settling.attempts import Change
from ..storage.sqlite import is_damaged
from .cells import above, below, encoded
from .changes import conclude as conclude_one
from .file import LedgerFile
from .rows import Note
from .spool import Spool, set_aside, spool_path

logger: logging.Logger = logging.getLogger("async_messaging")


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


def take_in_spool(path: Path, file: LedgerFile, taken: list[Note]) -> None:
    """Take in what others had to say; what was *taken* is told though the rest fails."""
    with Spool(path) as spool:
        last = file.spool_taken(spool.id)
        if spool.last() < last:
            logger.warning("%s: an older spool was put in the place of its own", path.name)
            spool.rename()
            last = 0
        while notes := spool.waiting(last):
            file.take_notes(spool.id, notes)
            last = notes[-1][0]
            taken.extend(note for _, note in notes)
        spool.remove(last)


def take_in(path: Path, file: LedgerFile) -> list[Note]:
    """The same for a run; a spool that can't be read is set aside, and keeps none from going on."""
    taken: list[Note] = []
    try:
        if spool_path(path).exists():
            take_in_spool(path, file, taken)
    except LedgerError as error:
        if not is_damaged(error):
            raise
        logger.error(  # noqa: TRY400 - the error says which page of it is damaged
            "%s: its spool is damaged and was set aside as %s; receipts, STOPs and wishes in it are lost",
            path.name,
            set_aside(path).name,
        )
    return taken
