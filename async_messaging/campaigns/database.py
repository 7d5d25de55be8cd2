"""A ledger as a SQLite file: its kind, and the settings that durability needs.

Rules, with their reasons:

* one connection writes, and it does every checkpoint: before 3.51.3 SQLite could lose commits when
  several connections checkpointed a WAL file and one of them reset it;
* SQLite's own checkpoint after a commit is off, because it swallows the errors of its flush;
* after a failed commit the file is closed *without* the checkpoint that closing brings, since a
  flush that failed may seem to succeed when it is repeated.
"""

from __future__ import annotations

import secrets
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from functools import partial
from pathlib import Path

import msgspec

from ..errors import LedgerError
from ..storage import sqlite
from ..storage.files import beside
from ..storage.locks import FileLock, holder
from ..storage.place import identity, refuse_network
from ..storage.sqlite import (
    Connect,
    Durability,
    Kind,
    connect,
    renamed,
    set_journal,
    version_of,
)
from ..storage.statements import queries
from .rows import Plan

PACKAGE = __name__.rpartition(".")[0]
LEDGER = Kind(
    name="ledger",
    described="a campaign's ledger",
    package=PACKAGE,
    application=0x41534D47,
    version=3,
    migrations={1: "schema_1_to_2.sql", 2: "schema_2_to_3.sql"},
)

_LOCK = ".lock"
_LEVEL: Mapping[Durability, str] = {"disk": "FULL", "process": "NORMAL"}


def run_lock(path: Path) -> FileLock:
    """The right to write a ledger; `InUse` if another process has it."""
    return FileLock(beside(path, _LOCK), "runs this campaign")


def process_of(path: Path) -> int | None:
    """The process that runs a ledger: its id, 0 if that can't be told, None if nothing runs."""
    try:
        return holder(beside(path, _LOCK))
    except OSError:
        return None


def open_ledger(path: Path, durability: Durability, opener: Connect) -> sqlite3.Connection:
    """The one connection that writes; `LedgerError` if the file is no sound ledger of this version."""
    with renamed("opened", "ledger"):
        connection = sqlite.open_for_writing(path, LEDGER, partial(_set_up, durability), opener)
        try:
            _check_pages(connection)
        except BaseException:
            sqlite.abandon(connection, path)
            raise
    return connection


def _set_up(durability: Durability, connection: sqlite3.Connection) -> None:
    set_journal(connection, "WAL", LEDGER)
    connection.execute(f"PRAGMA synchronous = {_LEVEL[durability]}")
    connection.execute("PRAGMA wal_autocheckpoint = 0")
    connection.execute("PRAGMA cache_size = -16384")


def _check_pages(connection: sqlite3.Connection) -> None:
    answer = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
    if answer != "ok":
        cause = sqlite3.DatabaseError(answer)
        raise LedgerError("the ledger is damaged: SQLite's quick check fails") from cause


def write_plan(
    connection: sqlite3.Connection, made_as: Path, *, path: Path, plan: Plan, now: float
) -> None:
    """Put the one row of a new campaign into its tables."""
    place = identity(path, made_as=made_as)
    connection.execute(
        queries(PACKAGE)["create"],
        (secrets.token_hex(8), msgspec.json.encode(plan).decode(), round(now * 1000), *place),
    )


def upgrade(path: Path) -> None:
    """Bring a ledger, which no run may have, to this program's version; one that is there already is not touched."""
    if version_of(path, LEDGER) == LEDGER.version:
        return
    refuse_network(path)
    with (
        run_lock(path),
        renamed("upgraded", "ledger"),
        closing(open_ledger(path, "disk", connect)) as connection,
    ):
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
