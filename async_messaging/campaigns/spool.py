"""What other processes have to say to a campaign: a small file beside the ledger.

One process writes a ledger. Others (`pause`, `set --rate`, the receiver of callbacks) leave notes
in ``NAME.campaign-spool``, which the run takes in. It is a SQLite file with a rollback journal,
which any number of processes may write. A note is taken in once: the ledger remembers the last, in
the transaction that applies it, and only then it is removed from the spool.

A note that has a key is kept once while it waits. What comes again when it was taken in is taken in
again, and changes nothing: statuses are merged by rank, and who was stopped is stopped.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterable
from os import PathLike, fspath
from pathlib import Path
from types import TracebackType
from typing import Self

import msgspec

from .database import connect, renamed, script, understood
from .rows import Note

__all__ = ["Spool", "spool_path"]

_decode = msgspec.json.Decoder(Note).decode
_encode = msgspec.json.Encoder().encode


def spool_path(ledger: str | PathLike[str]) -> Path:
    """Where a ledger's spool is."""
    return Path(f"{fspath(ledger)}-spool")


class Spool:
    """A ledger's spool. Use it in ``with``.

    Args:
        ledger: the ledger's path; it need not be open.

    Raises:
        LedgerError: the spool can't be opened or written.
    """

    def __init__(self, ledger: str | PathLike[str]) -> None:
        path = spool_path(ledger)
        with renamed("told anything"):
            os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
            self._connection = connect(path.resolve().as_uri())
            try:
                self.id: str = self._set_up()
            except BaseException:
                self._connection.close()
                raise

    def _set_up(self) -> str:
        run = self._connection.execute
        run("PRAGMA synchronous = FULL")
        self._connection.executescript(f"BEGIN IMMEDIATE; {script('spool.sql')} COMMIT;")
        run("INSERT OR IGNORE INTO spool VALUES (1, ?)", (secrets.token_hex(8),))
        found: str = run("SELECT id FROM spool").fetchone()[0]
        return found

    def post(self, notes: Iterable[Note]) -> None:
        """Leave notes; they are on the disk on return."""
        cells = [(_encode(note).decode(),) for note in notes]
        with renamed("told anything"), self._connection:
            self._connection.execute("BEGIN IMMEDIATE")
            self._connection.executemany("INSERT OR IGNORE INTO notes (note) VALUES (?)", cells)

    def waiting(self, after: int = 0, limit: int = 1000) -> list[tuple[int, Note]]:
        """Notes after this number, with their numbers."""
        with renamed("told anything"):
            found = self._connection.execute(
                "SELECT id, note FROM notes WHERE id > ? ORDER BY id LIMIT ?", (after, limit)
            ).fetchall()
        with understood():
            return [(number, _decode(text)) for number, text in found]

    def remove(self, until: int) -> None:
        """Remove notes that were taken in."""
        with renamed("told anything"):
            self._connection.execute("DELETE FROM notes WHERE id <= ?", (until,))

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()
