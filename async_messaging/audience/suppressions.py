"""Who wants no more messages: kept for good, asked before each message.

A person is suppressed towards a sender: who wrote STOP to one number may still want what another
sends. Twilio keeps such a list too and refuses with 21610 what goes against it, but only for what
it knows itself, and after the message was made. Three things suppress:

* STOP: towards the sender that was written to and its messaging service. START lifts that again,
  and nothing else does; each message counts once, however often and late it is delivered again.
* 21610: Twilio has refused the person, so a STOP has been missed. START does not lift it, since
  nobody here knows what set it: `remove` does.
* By hand: towards whoever sends. `remove` lifts it.

The file has no number in it: people are keyed hashes, see `people`. Its key stands beside it in
``FILE-key``, without which nobody can be found any more; then everything is refused, lest people be
written to who said STOP. It is a SQLite file with a rollback journal: what is written is on the disk
on return, any number of processes may use it, and all can be read by their owner alone.
"""

from __future__ import annotations

import asyncio
import hmac
import os
import sqlite3
import time
from collections.abc import Generator, Iterable
from contextlib import closing, contextmanager, suppress
from importlib import resources
from os import PathLike
from pathlib import Path
from typing import Literal

from ..errors import LedgerError
from .people import own_key, person_hash

__all__ = ["Origin", "SuppressionStore"]

Origin = Literal["stop", "refused", "hand"]
"""What suppressed somebody: a STOP, a refusal (21610), or you."""

_BUSY = 10.0
_ANYBODY = ""


class SuppressionStore:
    """The people who want no more messages. Nothing is made before somebody is suppressed.

    Its `stop` and `start` are what `webhooks.Webhooks` takes as ``suppressions``.

    Args:
        path: the file; it need not be there.
    """

    def __init__(self, path: str | PathLike[str]) -> None:
        self.path: Path = Path(path)
        self._reader: sqlite3.Connection | None = None
        self._key = b""

    def __repr__(self) -> str:
        return f"<SuppressionStore {self.path.name!r}>"

    def holds(self, number: str, *senders: str) -> bool:
        """Whether this person wants no more messages of one of these senders.

        Sees what any process has written before. It reads a file and takes some microseconds.

        Args:
            number: the person's number, or an address on a channel.
            senders: number, name or messaging service, as the message names them.

        Raises:
            LedgerError: the file or its key can't be read.
        """
        if self._reader is None and not self.path.exists():
            return False
        with _renamed("read"):
            if (reader := self._opened()) is None:
                return False
            person = person_hash(self._key, number)
            scopes = [
                scope
                for (scope,) in reader.execute(
                    "SELECT scope FROM suppressed WHERE person = ?", (person,)
                )
            ]
        return bool(scopes) and not {_ANYBODY, *senders}.isdisjoint(scopes)

    def _opened(self) -> sqlite3.Connection | None:
        """The connection that reads; None while the file is only being made."""
        if self._reader is None:
            reader = _connect(self.path)
            try:
                if not reader.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
                    reader.close()
                    return None
                self._key = _checked_key(reader, self._key_path)
            except BaseException:
                reader.close()
                raise
            self._reader = reader
        return self._reader

    @property
    def _key_path(self) -> Path:
        return self.path.with_name(f"{self.path.name}-key")

    @contextmanager
    def _writing(self) -> Generator[tuple[sqlite3.Connection, bytes]]:
        """A transaction of a connection of its own, and the key."""
        with _renamed("written"):
            if not self.path.exists():
                _make_file(self.path)
            with closing(_connect(self.path)) as connection:
                connection.execute("PRAGMA synchronous = FULL")
                connection.executescript(f"BEGIN IMMEDIATE; {_script()}")
                with connection:
                    key = self._own_key(connection)
                    yield connection, key

    def _own_key(self, connection: sqlite3.Connection) -> bytes:
        if connection.execute("SELECT count(*) FROM store").fetchone()[0] == 0:
            key = own_key(self._key_path)
            connection.execute("INSERT INTO store VALUES (1, ?)", (_proof(key),))
            return key
        return _checked_key(connection, self._key_path)

    async def stop(self, *, number: str, sender: str, service: str, account: str, sid: str) -> None:
        """Note that somebody wrote STOP; on the disk on return. The same message counts once.

        Args:
            number: who wrote.
            sender: the number that was written to.
            service: its messaging service's sid, empty for none.
            account: the account's sid.
            sid: of the message that says so.

        Raises:
            LedgerError: it can't be written.
        """
        await asyncio.to_thread(self._heed, number, (sender, service), sid, stops=True)

    async def start(
        self, *, number: str, sender: str, service: str, account: str, sid: str
    ) -> None:
        """Note that somebody wrote START: lifts what a STOP has set. Arguments as of `stop`."""
        await asyncio.to_thread(self._heed, number, (sender, service), sid, stops=False)

    async def knows(self, sid: str) -> bool:
        """Whether this message was heeded before.

        Raises:
            LedgerError: the file can't be read.
        """
        return self.path.exists() and await asyncio.to_thread(self._knows, sid)

    def _knows(self, sid: str) -> bool:
        with _renamed("read"), closing(_connect(self.path)) as connection:
            if not connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
                return False  # the file is only being made
            query = "SELECT 1 FROM heeded WHERE sid = ?"
            return connection.execute(query, (sid,)).fetchone() is not None

    def _heed(self, number: str, senders: tuple[str, ...], sid: str, *, stops: bool) -> None:
        with self._writing() as (connection, key):
            if not connection.execute("INSERT OR IGNORE INTO heeded VALUES (?)", (sid,)).rowcount:
                return
            person = person_hash(key, number)
            for scope in filter(None, senders):
                if stops:
                    _insert(connection, person, scope, "stop")
                else:
                    connection.execute(
                        "DELETE FROM suppressed WHERE person = ? AND scope = ? AND origin = 'stop'",
                        (person, scope),
                    )

    async def learn(self, pairs: Iterable[tuple[str, str]]) -> None:
        """Do what `refused` does, beside the event loop.

        Raises:
            LedgerError: it can't be written.
        """
        await asyncio.to_thread(self.refused, list(pairs))

    def refused(self, pairs: Iterable[tuple[str, str]]) -> None:
        """Note people whom Twilio refused with 21610, each with the sender; on the disk on return.

        Raises:
            LedgerError: it can't be written.
        """
        with self._writing() as (connection, key):
            for number, sender in pairs:
                _insert(connection, person_hash(key, number), sender, "refused")

    def add(self, numbers: Iterable[str]) -> int:
        """Suppress people towards whoever sends; give how many were not before.

        Raises:
            LedgerError: it can't be written.
        """
        with self._writing() as (connection, key):
            return sum(
                _insert(connection, person_hash(key, number), _ANYBODY, "hand")
                for number in numbers
            )

    def remove(self, numbers: Iterable[str]) -> int:
        """Lift whatever suppresses these people; give how many of them were suppressed.

        Raises:
            LedgerError: it can't be written.
        """
        query = "DELETE FROM suppressed WHERE person = ?"
        with self._writing() as (connection, key):
            return sum(
                connection.execute(query, (person_hash(key, number),)).rowcount > 0
                for number in numbers
            )

    def counts(self) -> dict[Origin, int]:
        """How many people each origin suppresses; who wrote STOP to two senders counts once.

        Raises:
            LedgerError: the file can't be read.
        """
        found: dict[Origin, int] = {"stop": 0, "refused": 0, "hand": 0}
        if self.path.exists():
            with _renamed("read"), closing(_connect(self.path)) as connection:
                query = "SELECT origin, count(DISTINCT person) FROM suppressed GROUP BY origin"
                found.update(connection.execute(query).fetchall())
        return found

    def close(self) -> None:
        """Close the file; asking again opens it again."""
        if self._reader is not None:
            self._reader.close()
            self._reader = None


def _connect(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(
        f"{path.resolve().as_uri()}?mode=rw",
        uri=True,
        timeout=_BUSY,
        isolation_level=None,
        check_same_thread=False,
    )


def _script() -> str:
    name = __name__.rpartition(".")[0]
    return resources.files(name).joinpath("suppressions.sql").read_text(encoding="utf-8")


def _proof(key: bytes) -> bytes:
    return hmac.digest(key, b"suppressions", "sha256")


def _checked_key(connection: sqlite3.Connection, path: Path) -> bytes:
    key = own_key(path) if path.exists() else b""
    row = connection.execute("SELECT proof FROM store").fetchone()
    if row is None or not hmac.compare_digest(row[0], _proof(key)):
        raise LedgerError(
            f"the suppressions' key is missing or is another one: restore {path.name}, which was"
            " made with the file; without it nobody knows who said STOP"
        )
    return key


def _make_file(path: Path) -> None:
    """A new file's name is durable only with its folder; where folders can't be opened, skip it."""
    os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    with suppress(PermissionError):  # Windows
        descriptor = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _insert(connection: sqlite3.Connection, person: bytes, scope: str, origin: Origin) -> bool:
    cells = person, scope, origin, round(time.time() * 1000)
    query = "INSERT OR IGNORE INTO suppressed VALUES (?, ?, ?, ?)"
    return connection.execute(query, cells).rowcount == 1


@contextmanager
def _renamed(what: str) -> Generator[None]:
    """Turn SQLite's and the system's errors into `LedgerError`."""
    try:
        yield
    except sqlite3.Error as error:
        kind = getattr(error, "sqlite_errorname", type(error).__name__)
        raise LedgerError(f"the suppressions can't be {what}: {error} ({kind})") from error
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise LedgerError(f"the suppressions can't be {what}: {reason}") from error
