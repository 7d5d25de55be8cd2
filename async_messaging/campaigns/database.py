"""A SQLite file: opened with the settings that durability needs, its errors renamed.

Rules, with their reasons:

* one connection writes, and it does every checkpoint: before 3.51.3 SQLite could lose commits when
  several connections checkpointed a WAL file and one of them reset it;
* SQLite's own checkpoint after a commit is off, because it swallows the errors of its flush;
* after a failed commit the file is closed *without* the checkpoint that closing brings, since a
  flush that failed may seem to succeed when it is repeated.
"""

from __future__ import annotations

import os
import re
import sqlite3
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from functools import cache
from importlib import resources
from itertools import chain
from pathlib import Path
from typing import Literal, TypeAlias
from urllib.parse import quote

import msgspec

from ..errors import LedgerError

__all__ = [
    "APPLICATION",
    "VERSION",
    "Connect",
    "Durability",
    "abandon",
    "connect",
    "create_tables",
    "for_group",
    "has_tables",
    "open_for_reading",
    "open_for_writing",
    "queries",
    "renamed",
    "script",
    "statements",
    "understood",
    "version_of",
]

Durability = Literal["disk", "process"]
"""What a commit outlives: the loss of power, or the end of the process only."""

Connect: TypeAlias = Callable[[str], sqlite3.Connection]
"""Opens a database by its URI, in autocommit mode, usable from any thread."""

APPLICATION = 0x41534D47
"""Marks our files (PRAGMA application_id)."""

VERSION = 2
"""The schema's version (PRAGMA user_version)."""

MIGRATIONS: Mapping[int, str] = {1: "schema_1_to_2.sql"}
"""From a version to the next: the name of the SQL file that does it."""

_BUSY = 10.0
_LEVEL: Mapping[Durability, str] = {"disk": "FULL", "process": "NORMAL"}
_NAME = re.compile(r"^-- name: (\w+)\n", re.MULTILINE)
_ITEM = re.compile(r"VALUES (\([?, ]+\))")
_SIZES = (128, 32, 8, 1)


def connect(uri: str) -> sqlite3.Connection:
    """The plain way to open a file."""
    return sqlite3.connect(
        uri, uri=True, timeout=_BUSY, isolation_level=None, check_same_thread=False
    )


def script(name: str) -> str:
    """An SQL file of this package."""
    return resources.files(__name__.rpartition(".")[0]).joinpath(name).read_text(encoding="utf-8")


def statements(text: str) -> Mapping[str, str]:
    """Named statements of an SQL text."""
    parts = _NAME.split(text)
    return {name: sql.strip() for name, sql in zip(parts[1::2], parts[2::2], strict=True)}


@cache
def queries() -> Mapping[str, str]:
    """The ledger's queries by name, read once."""
    return statements(script("queries.sql"))


def for_group(sql: str, items: Sequence[Sequence[object]]) -> Iterator[tuple[str, list[object]]]:
    """The few statements, with their values, that run a query of one item for many.

    Each lets go of the interpreter's lock once, however many items it has; the event loop's
    thread, if it is busy, gives the lock back after 5 ms.
    """
    start = 0
    for size in _SIZES:
        while len(items) - start >= size:
            yield _repeated(sql, size), list(chain.from_iterable(items[start : start + size]))
            start += size


@cache
def _repeated(sql: str, size: int) -> str:
    """A query whose one item is repeated; few sizes, so that SQLite's work on them is kept."""
    return _ITEM.sub(lambda found: "VALUES " + ", ".join([found[1]] * size), sql, count=1)


@contextmanager
def renamed(what: str, file: str = "ledger") -> Generator[None]:
    """Turn SQLite's and the system's errors into `LedgerError`."""
    try:
        yield
    except sqlite3.Error as error:
        kind = getattr(error, "sqlite_errorname", type(error).__name__)
        raise LedgerError(f"the {file} can't be {what}: {error} ({kind})") from error
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise LedgerError(f"the {file} can't be {what}: {reason}") from error


@contextmanager
def understood() -> Generator[None]:
    """Turn what a value raises that can't stand in a ledger into `LedgerError`."""
    try:
        yield
    except (msgspec.MsgspecError, TypeError, ValueError, KeyError) as error:
        kind = ValueError(type(error).__name__)  # not itself: it may show what stands there
        raise LedgerError("the ledger is damaged: a value in it can't be") from kind


def _uri(path: Path, mode: str) -> str:
    return f"file:{quote(str(path))}?mode={mode}"


def create_tables(path: Path, opener: Connect, fill: Callable[[sqlite3.Connection], None]) -> None:
    """Make a file with our tables, readable by its owner alone, durable with its folder.

    A file that is empty, as a creation that was killed leaves it, is used.

    Args:
        path: the file.
        opener: opens it.
        fill: writes its first row, in the transaction that makes the tables.

    Raises:
        LedgerError: it exists, or can't be written.
    """
    with renamed("created"):
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
        with closing(opener(_uri(path, "rw"))) as connection:
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute("BEGIN IMMEDIATE")
            if connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
                raise LedgerError("the file exists already")
            connection.execute("ROLLBACK")
            connection.executescript(
                f"BEGIN IMMEDIATE; {script('schema.sql')}\n"
                f"PRAGMA application_id = {APPLICATION}; PRAGMA user_version = {VERSION};"
            )
            fill(connection)
            connection.execute("COMMIT")
        _flush_folder(path.parent)


def has_tables(path: Path, opener: Connect = connect) -> bool:
    """Whether anything was ever committed to a file; a creation that was killed is rolled back.

    Raises:
        LedgerError: the file can't be read, or is no database.
    """
    with renamed("opened"), closing(opener(_uri(path, "rw"))) as connection:
        return bool(connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0])


def _flush_folder(folder: Path) -> None:
    """A new file's name is durable only with its folder; where folders can't be opened, skip it."""
    try:
        descriptor = os.open(folder, os.O_RDONLY)
    except PermissionError:  # Windows
        return
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def open_for_writing(path: Path, durability: Durability, opener: Connect) -> sqlite3.Connection:
    """The one connection that writes.

    Raises:
        LedgerError: the file is missing, damaged, not a ledger, or newer than this version.
    """
    with renamed("opened"):
        connection = opener(_uri(path, "rw"))
        try:
            _check_kind(connection)
            _set_up(connection, durability)
            _migrate(connection)
            _check_pages(connection)
        except BaseException:
            connection.close()
            raise
    return connection


def open_for_reading(path: Path, opener: Connect = connect) -> sqlite3.Connection:
    """A connection that can't write and does no checkpoint; a run may go on beside it.

    Raises:
        LedgerError: the file is missing, damaged, not a ledger, or of another version.
    """
    with renamed("opened"):
        connection = opener(_uri(path, "ro"))
        try:
            if _check_kind(connection) < VERSION:
                raise LedgerError("the ledger is of an older version; run a command that writes")
        except BaseException:
            connection.close()
            raise
    return connection


def version_of(path: Path, opener: Connect = connect) -> int:
    """A ledger's version.

    Raises:
        LedgerError: the file is missing, damaged, not a ledger, or newer than this version.
    """
    with renamed("opened"), closing(opener(_uri(path, "ro"))) as connection:
        return _check_kind(connection)


def _check_kind(connection: sqlite3.Connection) -> int:
    """Check that it is a ledger that we can read; give its version."""
    if connection.execute("PRAGMA application_id").fetchone()[0] != APPLICATION:
        raise LedgerError("the file is not a campaign's ledger")
    version: int = connection.execute("PRAGMA user_version").fetchone()[0]
    if version > VERSION:
        raise LedgerError(f"the ledger is of version {version}, this program reads up to {VERSION}")
    return version


def _set_up(connection: sqlite3.Connection, durability: Durability) -> None:
    mode = connection.execute("PRAGMA journal_mode = WAL").fetchone()[0]
    if mode != "wal":  # SQLite answers with the mode it has, it does not fail
        raise LedgerError(f"the ledger can't use a write-ahead log here, only {mode!r}")
    connection.execute(f"PRAGMA synchronous = {_LEVEL[durability]}")
    connection.execute("PRAGMA wal_autocheckpoint = 0")
    connection.execute("PRAGMA cache_size = -16384")


def _migrate(connection: sqlite3.Connection) -> None:
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    for old in range(version, VERSION):
        connection.executescript(
            f"BEGIN IMMEDIATE; {script(MIGRATIONS[old])}\nPRAGMA user_version = {old + 1}; COMMIT;"
        )


def _check_pages(connection: sqlite3.Connection) -> None:
    answer = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
    if answer != "ok":
        cause = sqlite3.DatabaseError(answer)
        raise LedgerError("the ledger is damaged: SQLite's quick check fails") from cause


def abandon(connection: sqlite3.Connection, path: Path) -> None:
    """Close after a failure, without the checkpoint: while a reader is there, none is made."""
    guard: sqlite3.Connection | None = None
    with suppress(sqlite3.Error):
        guard = connect(_uri(path, "ro"))
        guard.execute("SELECT epoch FROM campaign").fetchone()
    with suppress(sqlite3.Error):
        connection.close()
    if guard is not None:
        with suppress(sqlite3.Error):
            guard.close()
