"""Ledgers of older versions: brought up to date once, when nothing runs them."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from .database import VERSION, connect, open_for_writing, renamed, version_of
from .place import RunLock, refuse_network

__all__ = ["upgrade"]


def upgrade(path: Path) -> None:
    """Bring a ledger to this program's version; one that is there already is not touched.

    Raises:
        LedgerError: it is missing, no ledger, or newer; a run has it; or it can't be written.
    """
    if version_of(path) == VERSION:
        return
    refuse_network(path)
    lock = RunLock(path)
    try:
        with (
            renamed("upgraded"),
            closing(open_for_writing(path, "disk", connect)) as connection,
        ):
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    finally:
        lock.release()
