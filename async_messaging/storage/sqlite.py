"""A SQLite file: made, opened with the settings that durability needs, and its errors renamed.

Who keeps a file says what it is (`Kind`). Rules, with their reasons:

* one way to make a file (`create`): whole under another name, then linked to its own;
* a file that exists is opened through SQLite only, see `files`;
* SQLite answers a change of the journal with the mode that it has: the answer is checked;
* a file of an older version is brought up to date by its SQL, in one transaction a version, which
  looks again whether somebody else has done it.
"""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Callable, Generator, Mapping
from contextlib import closing, contextmanager, suppress
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Literal, NamedTuple, TypeAlias, TypeVar
from urllib.parse import quote

import msgspec

from ..errors import LedgerError
from .files import ReplacedError, beside, new_file
from .statements import script

T = TypeVar("T")

logger: logging.Logger = logging.getLogger("async_messaging")

Durability = Literal["disk", "process"]
"""What a commit outlives: the loss of power, or the end of the process only."""

Connect: TypeAlias = Callable[[str], sqlite3.Connection]
"""Opens a database by its URI, in autocommit mode, usable from any thread."""

BUSY_SECONDS = 10.0
_BUSY = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED})
_DAMAGED = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})


class Kind(NamedTuple):
    """What a file of ours is.

    Attributes:
        name: what errors call it: ``ledger``.
        described: what another file is not: ``a campaign's ledger``.
        application: marks the file (PRAGMA application_id).
        version: of its tables (PRAGMA user_version).
        migrations: from a version to the next: the SQL file that does it.
        unmarked: a table that files of version 0 have, which had no mark; empty: there were none.
    """

    name: str
    described: str
    package: str
    application: int
    version: int
    schema: str = "schema.sql"
    migrations: Mapping[int, str] = MappingProxyType({})
    unmarked: str = ""


def connect(uri: str, *, timeout: float | None = None) -> sqlite3.Connection:
    """The plain way to open a file; a statement waits so many seconds for others' locks."""
    return sqlite3.connect(
        uri,
        uri=True,
        timeout=BUSY_SECONDS if timeout is None else timeout,
        isolation_level=None,
        check_same_thread=False,
    )


def uri_of(path: Path, mode: Literal["ro", "rw", "ro&immutable=1"]) -> str:
    """A file's URI: to read, or to write what exists."""
    return f"file:{quote(str(path.resolve()))}?mode={mode}"


@contextmanager
def renamed(what: str, file: str) -> Generator[None]:
    """Turn SQLite's and the system's errors into `LedgerError`."""
    try:
        yield
    except sqlite3.Error as error:
        kind = getattr(error, "sqlite_errorname", type(error).__name__)
        wanted = ReplacedError if kind == "SQLITE_READONLY_DBMOVED" else LedgerError
        raise wanted(f"the {file} can't be {what}: {error} ({kind})") from error
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise LedgerError(f"the {file} can't be {what}: {reason}") from error


@contextmanager
def understood(file: str) -> Generator[None]:
    """Turn what a value raises that can't stand in a file into `LedgerError`."""
    try:
        yield
    except (msgspec.MsgspecError, TypeError, ValueError, KeyError) as error:
        kind = ValueError(type(error).__name__)  # not itself: it may show what stands there
        raise LedgerError(f"the {file} is damaged: a value in it can't be") from kind


class WrongKindError(LedgerError):
    """A file is not what its name says."""


def is_damaged(error: LedgerError) -> bool:
    """Whether it is the file that can't be read, by anybody."""
    code = getattr(error.__cause__, "sqlite_errorcode", -1) & 0xFF
    return code in _DAMAGED or isinstance(error, WrongKindError)


def begin(connection: sqlite3.Connection, name: str) -> None:
    """Begin to write when nobody else does; a program that has locked the file is waited for."""
    while True:
        try:
            connection.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            if not is_busy(error):
                raise
            logger.warning("%s is locked by another program: waiting for it", name)
        else:
            return


def is_busy(error: BaseException | None) -> bool:
    """Whether another connection's lock is in the way, and nothing else."""
    return getattr(error, "sqlite_errorcode", -1) & 0xFF in _BUSY


def create(
    path: Path,
    kind: Kind,
    fill: Callable[[sqlite3.Connection, Path], object],
    opener: Connect = connect,
) -> bool:
    """Make a file with its tables, readable by its owner alone, durable with its folder; False if there is one.

    A file that is empty, as a creation of version 0.1 that was killed leaves it, is used.

    Args:
        fill: writes its first rows, in the transaction that makes the tables; told what the file is
            called meanwhile.
    """
    with renamed("created", kind.name):
        real = path.resolve()
        try:
            with new_file(real) as new:
                _fill(new, kind, fill, opener)
        except FileExistsError:
            return real.stat().st_size == 0 and _fill(real, kind, fill, opener)
    return True


def _fill(
    path: Path, kind: Kind, fill: Callable[[sqlite3.Connection, Path], object], opener: Connect
) -> bool:
    with closing(opener(uri_of(path, "rw"))) as connection:
        run = connection.execute
        run("PRAGMA synchronous = FULL")
        run("BEGIN IMMEDIATE")
        if run("SELECT count(*) FROM sqlite_master").fetchone()[0]:
            return False
        _run_script(connection, script(kind.package, kind.schema))
        run(f"PRAGMA application_id = {kind.application}")
        run(f"PRAGMA user_version = {kind.version}")
        fill(connection, path)
        run("COMMIT")
    return True


def in_memory(kind: Kind) -> sqlite3.Connection:
    """A connection to tables of a kind that last as long as it."""
    connection = connect(":memory:")
    _run_script(connection, script(kind.package, kind.schema))
    return connection


def _run_script(connection: sqlite3.Connection, text: str) -> None:
    """Run an SQL text within the transaction that has begun; `executescript` would commit it."""
    statement = ""
    for line in text.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            connection.execute(statement)
            statement = ""


def has_tables(path: Path, kind: Kind) -> bool:
    """Whether anything was ever committed to a file; a creation that was killed is rolled back."""
    with renamed("opened", kind.name):
        connection = connect(uri_of(path, "rw"))
        try:
            return bool(connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0])
        finally:
            abandon(connection, path)


def abandon(connection: sqlite3.Connection, path: Path) -> None:
    """Close without the checkpoint that closing brings: while a reader is there, none is made.

    So the log stays as a kill leaves it: a flush that failed is not repeated, and no log goes that a
    run may miss (see `log`).
    """
    with suppress(sqlite3.Error), closing(connect(uri_of(path, "ro"))) as reader:
        with suppress(sqlite3.Error):
            reader.execute("SELECT count(*) FROM sqlite_master").fetchone()
        connection.close()
    with suppress(sqlite3.Error):
        connection.close()  # no reader can be had


def open_for_writing(
    path: Path,
    kind: Kind,
    prepare: Callable[[sqlite3.Connection], object],
    opener: Connect = connect,
) -> sqlite3.Connection:
    """A connection that writes, to a file of this version; an older one is brought up to date.

    *prepare* sets the journal and more, before anything is written.

    Raises:
        LedgerError: the file is damaged, not of this kind, or newer than this version.
        sqlite3.Error: it can't be opened: name it with `renamed`.
    """
    connection = opener(uri_of(path, "rw"))
    try:
        _check_kind(connection, kind)
        prepare(connection)
        _migrate(connection, kind)
    except BaseException:
        abandon(connection, path)
        raise
    return connection


def open_for_reading(path: Path, kind: Kind) -> sqlite3.Connection:
    """A connection that can't write and does no checkpoint; others may write beside it. It needs a file of this version."""
    with renamed("opened", kind.name):
        connection, version = _opened_to_read(path, partial(_check_kind, kind=kind))
        if version < kind.version:
            connection.close()
            raise LedgerError(f"the {kind.name} is of an older version; run a command that writes")
    return connection


def version_of(path: Path, kind: Kind) -> int:
    """The version of a file's tables; `LedgerError` if it is missing, damaged, another kind's, or newer than this version."""
    with renamed("opened", kind.name):
        connection, version = _opened_to_read(path, partial(_check_kind, kind=kind))
        connection.close()
    return version


class Opened(NamedTuple):
    """A file that may be anybody's: its connection, which can't write, mark and version."""

    connection: sqlite3.Connection
    mark: int
    version: int


def open_any(path: Path) -> Opened | None:
    """Open whatever a file is, to read it; None if it is no database."""
    try:
        connection, (mark, version) = _opened_to_read(path, _marks)
    except sqlite3.DatabaseError as error:
        if error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_NOTADB:
            return None
        raise
    return Opened(connection, mark, version)


def _marks(connection: sqlite3.Connection) -> tuple[int, int]:
    names = ("application_id", "user_version")
    mark, version = (connection.execute(f"PRAGMA {name}").fetchone()[0] for name in names)
    return mark, version


def _opened_to_read(
    path: Path, look: Callable[[sqlite3.Connection], T]
) -> tuple[sqlite3.Connection, T]:
    """Where nothing can be written, SQLite can't share a file with a log: it is read as it is.

    That is the whole truth only if there is no log beside it.
    """
    try:
        return _looked_at(connect(uri_of(path, "ro")), look)
    except sqlite3.OperationalError as error:
        log = beside(path, "-wal")
        has_log = log.exists() and log.stat().st_size > 0
        if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_CANTOPEN or has_log:
            raise
    return _looked_at(connect(uri_of(path, "ro&immutable=1")), look)


def _looked_at(
    connection: sqlite3.Connection, look: Callable[[sqlite3.Connection], T]
) -> tuple[sqlite3.Connection, T]:
    try:
        return connection, look(connection)
    except BaseException:
        connection.close()
        raise


def _check_kind(connection: sqlite3.Connection, kind: Kind) -> int:
    """Check that it is a file that we can read; give its version."""
    run = connection.execute
    mark, version = _marks(connection)
    tables = "SELECT count(*) FROM sqlite_master WHERE name = ?"
    unmarked = kind.unmarked and not mark and not version
    if mark != kind.application and not (unmarked and run(tables, (kind.unmarked,)).fetchone()[0]):
        raise WrongKindError(f"the file is not {kind.described}")
    if version > kind.version:
        raise LedgerError(
            f"the {kind.name} is of version {version}, this program reads up to {kind.version}"
        )
    return version


def set_journal(connection: sqlite3.Connection, mode: str, kind: Kind) -> None:
    """Choose the journal, and see that it is the one: not every file can have each."""
    found = connection.execute(f"PRAGMA journal_mode = {mode}").fetchone()[0]
    if found != mode.lower():
        wanted = "a write-ahead log" if mode == "WAL" else "a rollback journal"
        raise LedgerError(f"the {kind.name} can't use {wanted} here, only {found!r}")


def _migrate(connection: sqlite3.Connection, kind: Kind) -> None:
    run = connection.execute
    while run("PRAGMA user_version").fetchone()[0] < kind.version:
        run("BEGIN IMMEDIATE")
        try:
            old = run("PRAGMA user_version").fetchone()[0]
            if old < kind.version:
                _run_script(connection, script(kind.package, kind.migrations[old]))
                run(f"PRAGMA application_id = {kind.application}")
                run(f"PRAGMA user_version = {old + 1}")
            run("COMMIT")
        except BaseException:
            with suppress(sqlite3.Error):
                run("ROLLBACK")
            raise
