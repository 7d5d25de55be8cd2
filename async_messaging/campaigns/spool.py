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
from contextlib import closing, suppress
from os import PathLike
from pathlib import Path
from typing import Self, get_args

import msgspec

from ..errors import LedgerError
from ..storage.files import ReplacedError, Watched, beside
from ..storage.sqlite import Kind, create, open_any, open_for_writing, renamed, understood
from .database import PACKAGE
from .rows import Note, NoteKind

_SPOOL = Kind(
    name="spool",
    described="a campaign's spool",
    package=PACKAGE,
    application=0x41534D50,
    version=1,
    schema="spool.sql",
    migrations={0: "spool.sql"},
    unmarked="notes",
)
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
    """A ledger's spool. Use it in ``with``. All that it does may raise `LedgerError`."""

    def __init__(self, ledger: str | PathLike[str]) -> None:
        self._path = spool_path(ledger)
        self._open()

    def _open(self) -> None:
        if not self._path.exists() or not self._path.stat().st_size:
            create(self._path, _SPOOL, lambda connection, _: _name(connection))
        with renamed("told anything", "spool"):
            self._watched = Watched(self._path, "spool")
            self._connection = open_for_writing(self._path, _SPOOL, _set_up)
            try:
                _name(self._connection)
                self.id: str = self._connection.execute("SELECT id FROM spool").fetchone()[0]
            except BaseException:
                self._connection.close()
                raise

    def post(self, notes: Iterable[Note]) -> None:
        """Leave notes; they are on the disk on return, in the spool that is there.

        Somebody may have removed or replaced it meanwhile: what is in a file without a name is lost.
        """
        cells = [(_encode(note).decode(),) for note in notes]
        while True:
            with suppress(ReplacedError):
                with renamed("told anything", "spool"), self._connection:
                    self._connection.execute("BEGIN IMMEDIATE")
                    self._connection.executemany(
                        "INSERT OR IGNORE INTO notes (note) VALUES (?)", cells
                    )
                self._watched.check()
                return
            self.close()
            self._open()

    def last(self) -> int:
        """The number of the last note that was ever left."""
        with renamed("told anything", "spool"):
            query = "SELECT max(seq) FROM sqlite_sequence WHERE name = 'notes'"
            return self._connection.execute(query).fetchone()[0] or 0

    def rename(self) -> None:
        """Make it another spool: it is older than what was taken in from the one of its name."""
        with renamed("told anything", "spool"):
            self.id = secrets.token_hex(8)
            self._connection.execute("UPDATE spool SET id = ?", (self.id,))

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

    def __exit__(self, *_: object) -> None:
        self.close()


def has_notes(ledger: str | PathLike[str]) -> bool:
    """Whether a spool has notes; it is only read, where nothing can be written too."""
    path = spool_path(ledger)
    if not path.exists():
        return False
    with renamed("read", "spool"):
        found = open_any(path)
        if found is None:
            raise LedgerError("the spool is damaged: it is no database")
        with closing(found.connection) as connection:
            tables = connection.execute("SELECT count(*) FROM sqlite_master WHERE name = 'notes'")
            return bool(
                tables.fetchone()[0]
                and connection.execute("SELECT EXISTS (SELECT 1 FROM notes)").fetchone()[0]
            )


def set_aside(ledger: Path) -> Path:
    """Give a spool that can't be read another name, so that a new one can be made; what it is."""
    path = spool_path(ledger)
    aside = path.with_name(f"{path.name}.damaged-{secrets.token_hex(4)}")
    with renamed("set aside", "spool"):
        path.rename(aside)
    return aside


def _set_up(connection: sqlite3.Connection) -> None:
    connection.execute("PRAGMA synchronous = FULL")


def _name(connection: sqlite3.Connection) -> None:
    """A spool that was deleted and made anew has another name."""
    if connection.execute("SELECT 1 FROM spool").fetchone() is None:
        connection.execute("INSERT OR IGNORE INTO spool VALUES (1, ?)", (secrets.token_hex(8),))
