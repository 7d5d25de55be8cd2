"""The suppressions' file and its key: how they are made, and when they can't be trusted.

Both are made together, the file under its own name first and the key last, and whoever makes them
holds a lock. So a key without a file means that the file is lost, and a file without its key that
either the key is lost, or its maker was killed in between: then the key is still there under the
name that it had meanwhile, and is put in its place.
"""

from __future__ import annotations

import glob
import hmac
import secrets
import sqlite3
import weakref
from collections.abc import Generator, Mapping
from contextlib import closing, contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import NamedTuple

from ..errors import LedgerError
from ..storage import sqlite
from ..storage.files import Watched, beside, give_name, new_file
from ..storage.locks import waited_for
from ..storage.sqlite import Kind, connect, open_for_writing
from ..storage.statements import queries
from .people import KEY_BYTES, own_key

NAME = "suppressions"
_PACKAGE = __name__.rpartition(".")[0]
_KIND = Kind(
    name=NAME,
    described="a file of suppressions",
    package=_PACKAGE,
    application=0x41534D53,
    version=1,
    schema="suppressions.sql",
    migrations={0: "suppressions_0_to_1.sql"},
    unmarked="suppressed",
)
SQL: Mapping[str, str] = queries(_PACKAGE)


class OpenFile(NamedTuple):
    """An open file, the key that its hashes were made with, and whether it is still that file."""

    connection: sqlite3.Connection
    key: bytes
    watched: Watched


class SuppressionsFile:
    """The file, which need not be there, and its key, by the real path."""

    def __init__(self, path: Path) -> None:
        self._given = path
        self._reader: OpenFile | None = None
        self._end: weakref.finalize[[], SuppressionsFile] | None = None

    @property
    def _path(self) -> Path:
        return beside(self._given, "")

    @property
    def _key_path(self) -> Path:
        """Beside the file; version 0.1 looked beside a link to it."""
        key = beside(self._given, "-key")
        old = self._given.with_name(f"{self._given.name}-key")
        return old if old.exists() and not key.exists() else key

    def reader(self) -> OpenFile | None:
        """The connection that reads; None while nobody was ever suppressed. It waits for nobody."""
        if self._reader is None:
            self._reader = self._opened(timeout=0.0)
            if self._reader is not None:  # a store that nobody closes must not warn of it
                self._end = weakref.finalize(self, self._reader.connection.close)
                self._end.atexit = False
        if self._reader is not None:
            self._reader.watched.check()
        return self._reader

    @contextmanager
    def patient(self) -> Generator[OpenFile | None]:
        """Another connection, which waits for whoever writes."""
        if (opened := self._opened(timeout=None)) is None:
            yield None
            return
        with closing(opened.connection):
            yield opened

    @contextmanager
    def writing(self) -> Generator[OpenFile]:
        """A transaction of a connection of its own; the file is made if it must be."""
        if not self._is_there():
            with waited_for(beside(self._given, ".lock"), "makes the suppressions"):
                if not self._is_there():
                    self._make()
        if self._reader is not None:
            self._reader.watched.check()
        opened = self._opened(timeout=None)
        assert opened is not None
        with closing(opened.connection) as connection, connection:
            connection.execute("BEGIN IMMEDIATE")
            yield opened

    def close(self) -> None:
        """Let the reader go; who asks again begins anew."""
        if self._end is not None:
            self._end()
        self._reader = self._end = None

    def _is_there(self) -> bool:
        """Whether somebody was ever suppressed; a `LedgerError` if the key says so, and the file is gone or empty."""
        try:
            there = self._path.stat().st_size > 0
        except FileNotFoundError:
            there = False
        if not there and self._key_path.exists():
            raise LedgerError(
                f"{self._given.name} is gone or empty, though its key is there: restore it; without"
                f" it nobody knows who said STOP. To begin anew, remove {self._key_path.name}"
            )
        return there

    def _make(self) -> None:
        key = secrets.token_bytes(KEY_BYTES)
        # A reader that finds the file before its key has its name gives it that name.
        with suppress(FileExistsError), new_file(beside(self._given, "-key")) as key_file:
            key_file.write_bytes(key)
            if not sqlite.create(
                self._path,
                _KIND,
                lambda connection, _: connection.execute(SQL["prove"], (_proof(key),)),
            ):
                raise LedgerError("another program has just made the suppressions")

    def _opened(self, timeout: float | None) -> OpenFile | None:
        if not self._is_there():
            return None
        watched = Watched(self._path, NAME)
        opener = partial(connect, timeout=timeout)
        connection = open_for_writing(self._path, _KIND, _set_up, opener)
        try:
            key = self._checked_key(connection)
            watched.check()
        except BaseException:
            connection.close()
            raise
        return OpenFile(connection, key, watched)

    def _checked_key(self, connection: sqlite3.Connection) -> bytes:
        found = connection.execute(SQL["proof"]).fetchone()
        proof = b"" if found is None else found[0]
        path = self._key_path
        if not path.exists():
            self._put_key_in_place(proof)
        key = own_key(path) if path.exists() else b""
        if not hmac.compare_digest(proof, _proof(key)):
            raise LedgerError(
                f"the suppressions' key is missing or is another one: restore {path.name}, which"
                " was made with the file; without it nobody knows who said STOP"
            )
        return key

    def _put_key_in_place(self, proof: bytes) -> None:
        key = beside(self._given, "-key")
        for made in key.parent.glob(f"{glob.escape(key.name)}-new-*"):
            with suppress(FileExistsError, FileNotFoundError):  # whoever made it is at it too
                if hmac.compare_digest(proof, _proof(made.read_bytes())):
                    give_name(made, key)  # its maker, if it lives, removes the other name
                    return


def _set_up(connection: sqlite3.Connection) -> None:
    connection.execute("PRAGMA synchronous = FULL")


def _proof(key: bytes) -> bytes:
    return hmac.digest(key, b"suppressions", "sha256")
