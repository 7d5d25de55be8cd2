"""The file in which a simulator keeps its state: SQLite, one transaction a change, its values as JSON.

What is committed outlives the end of this process, however it comes; a loss of power may take the last seconds with it.
Only one simulator at a time may have the file.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

_OURS = 0x616D7369
_VERSION = 1
_SCHEMA = """
    CREATE TABLE facts (name TEXT PRIMARY KEY, value TEXT NOT NULL);
    CREATE TABLE accounts (
        position INTEGER PRIMARY KEY, sid TEXT NOT NULL UNIQUE, data TEXT NOT NULL,
        balance INTEGER, minted INTEGER NOT NULL DEFAULT 0
    );
    CREATE TABLE messages (
        account TEXT NOT NULL, serial INTEGER NOT NULL, data TEXT NOT NULL, PRIMARY KEY (account, serial)
    ) WITHOUT ROWID;
    CREATE TABLE records (
        position INTEGER PRIMARY KEY, account TEXT NOT NULL, kind TEXT NOT NULL, sid TEXT NOT NULL, data TEXT NOT NULL,
        UNIQUE (account, kind, sid)
    );
    CREATE TABLE opt_outs (
        position INTEGER PRIMARY KEY, account TEXT NOT NULL, handset TEXT NOT NULL, sender TEXT NOT NULL,
        since REAL NOT NULL, UNIQUE (account, handset, sender)
    );
    CREATE TABLE webhooks (address TEXT PRIMARY KEY, data TEXT NOT NULL);
    CREATE TABLE plans (account TEXT NOT NULL, sid TEXT PRIMARY KEY, at REAL NOT NULL);
    CREATE TABLE callbacks (number INTEGER PRIMARY KEY, data TEXT NOT NULL);
"""

Statement = tuple[str, dict[str, Any]]


class StateFileError(ValueError):
    """The file can't be used; the text is one sentence for the user."""


class StateFile:
    """An open file, made if there is none; it opens by itself again when it is used after `close`."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._connection: sqlite3.Connection | None = None
        self._open()

    def _open(self) -> sqlite3.Connection:
        if self._connection is None:
            try:
                _make(self._path)
                self._connection = _connect(self._path)
            except OSError as error:
                reason = os.strerror(error.errno) if error.errno else str(error)
                raise StateFileError(f"state: {self._path} can't be opened: {reason}.") from error
            except sqlite3.Error as error:
                raise StateFileError(f"state: {self._path} {_reason(error)}.") from error
        return self._connection

    def read(self, query: str) -> Iterator[tuple[Any, ...]]:
        """The rows of a query."""
        with closing(self._open().execute(query)) as cursor:
            yield from cursor

    def write(self, statements: Iterable[Statement]) -> None:
        """Does all of it, or nothing."""
        connection = self._open()
        execute = connection.execute
        execute("BEGIN")
        try:
            for statement, values in statements:
                execute(statement, values)
            execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                execute("ROLLBACK")
            raise

    def close(self) -> None:
        """Lets go of the file."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()


def _make(path: str) -> None:
    """Only its owner may read it, since it holds credentials and messages."""
    os.close(os.open(Path(path), os.O_RDWR | os.O_CREAT, 0o600))


def _connect(path: str) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=0.2, isolation_level=None, check_same_thread=False)
    try:
        connection.execute("PRAGMA locking_mode = EXCLUSIVE")
        connection.execute("BEGIN EXCLUSIVE")
        _prepare(connection, path)
        connection.execute("COMMIT")
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = OFF")
    except BaseException:
        connection.close()
        raise
    return connection


def _prepare(connection: sqlite3.Connection, path: str) -> None:
    (owner,), (version,) = (
        connection.execute(f"PRAGMA {name}").fetchone()
        for name in ("application_id", "user_version")
    )
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    if not (owner or version or tables):
        for statement in filter(str.strip, _SCHEMA.split(";")):
            connection.execute(statement)
        connection.execute(f"PRAGMA application_id = {_OURS}")
        connection.execute(f"PRAGMA user_version = {_VERSION}")
    elif owner != _OURS:
        raise StateFileError(f"state: {path} is a database, but no simulator's.")
    elif version > _VERSION:
        raise StateFileError(f"state: {path} was written by a newer version of the simulator.")


def _reason(error: sqlite3.Error) -> str:
    text = str(error)
    if "locked" in text:
        return "is in use by another simulator"
    return f"can't be used: {text}"
