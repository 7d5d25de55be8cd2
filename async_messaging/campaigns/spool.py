"""What other processes have to say to a campaign: a small file beside the ledger.

One process writes a ledger. Others (`pause`, `set --rate`, the receiver of callbacks) leave notes
in ``NAME.campaign-spool``, which the run takes in. It is a SQLite file with a rollback journal,
which any number of processes may write. A note is taken in once: the ledger remembers the last, in
the transaction that applies it, and only then it is removed from the spool.

A note that has a key is kept once while it waits. What comes again when it was taken in is taken in
again, and changes nothing: statuses are merged by rank, and who was stopped is stopped.
"""

from __future__ import annotations

import secrets
import sqlite3
from collections.abc import Iterable
from os import PathLike
from pathlib import Path
from types import TracebackType
from typing import Self, get_args

import msgspec

from ..storage.files import beside
from ..storage.sqlite import Kind, connect, create, renamed, script, understood, uri_of
from .database import PACKAGE
from .rows import Note, NoteKind

__all__ = ["Spool", "spool_path"]

_SPOOL = Kind("spool", "a campaign's spool", PACKAGE, 0, 0, schema="spool.sql")
_decode = msgspec.json.Decoder(Note).decode
_encode = msgspec.json.Encoder().encode


def _note(text: str) -> Note:
    """A note; of one that only a newer version understands, no more than that it came."""
    try:
        return _decode(text)
    except msgspec.ValidationError:
        kind = msgspec.json.decode(text, type=dict[str, object]).get("kind")
        if isinstance(kind, str) and kind not in get_args(NoteKind):
            return Note(kind="unknown", at=0.0)
        raise


def spool_path(ledger: str | PathLike[str]) -> Path:
    """Where a ledger's spool is."""
    return beside(ledger, "-spool")


class Spool:
    """A ledger's spool. Use it in ``with``.

    Args:
        ledger: the ledger's path; it need not be open.

    Raises:
        LedgerError: the spool can't be opened or written.
    """

    def __init__(self, ledger: str | PathLike[str]) -> None:
        path = spool_path(ledger)
        if not path.exists():
            create(path, _SPOOL, lambda connection, _: _name(connection))
        with renamed("told anything", "spool"):
            self._connection = connect(uri_of(path, "rw"))
            try:
                self.id: str = self._set_up()
            except BaseException:
                self._connection.close()
                raise

    def _set_up(self) -> str:
        run = self._connection.execute
        run("PRAGMA synchronous = FULL")
        if not run("SELECT 1 FROM sqlite_master WHERE name = 'notes_once'").fetchone():
            self._connection.executescript(
                f"BEGIN IMMEDIATE; {script(PACKAGE, 'spool.sql')} COMMIT;"
            )
            _name(self._connection)
        found: str = run("SELECT id FROM spool").fetchone()[0]
        return found

    def post(self, notes: Iterable[Note]) -> None:
        """Leave notes; they are on the disk on return."""
        cells = [(_encode(note).decode(),) for note in notes]
        with renamed("told anything", "spool"), self._connection:
            self._connection.execute("BEGIN IMMEDIATE")
            self._connection.executemany("INSERT OR IGNORE INTO notes (note) VALUES (?)", cells)

    def waiting(self, after: int = 0, limit: int = 1000) -> list[tuple[int, Note]]:
        """Notes after this number, with their numbers."""
        with renamed("told anything", "spool"):
            found = self._connection.execute(
                "SELECT id, note FROM notes WHERE id > ? ORDER BY id LIMIT ?", (after, limit)
            ).fetchall()
        with understood("spool"):
            return [(number, _note(text)) for number, text in found]

    def remove(self, until: int) -> None:
        """Remove notes that were taken in."""
        with renamed("told anything", "spool"):
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


def _name(connection: sqlite3.Connection) -> None:
    """A spool that was deleted and made anew has another name."""
    connection.execute("INSERT OR IGNORE INTO spool VALUES (1, ?)", (secrets.token_hex(8),))
