"""Ledgers of older versions: brought up to date once, when nothing runs them."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from ..storage.place import refuse_network
from ..storage.sqlite import connect, renamed, version_of
from .database import LEDGER, open_ledger, run_lock

__all__ = ["upgrade"]


def upgrade(path: Path) -> None:
    """Bring a ledger to this program's version; one that is there already is not touched.

    Raises:
        LedgerError: it is missing, no ledger, or newer; a run has it; or it can't be written.
    """
    if version_of(path, LEDGER) == LEDGER.version:
        return
    refuse_network(path)
    lock = run_lock(path)
    try:
        with (
            renamed("upgraded", "ledger"),
            closing(open_ledger(path, "disk", connect)) as connection,
        ):
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    finally:
        lock.release()
