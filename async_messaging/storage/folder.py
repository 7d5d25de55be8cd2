"""How the stores of a folder see each other: what is open in each, and which sids are somebody's.

Ledgers and outboxes stand side by side, and each may have sent to the same person. Before one of
them concludes what became of a message, it asks the others; none imports another. Each file offers
three views, which are read here and only read:

* ``open_attempts``: sends of which nobody knows, or whose call is under way;
* ``claimed_sids``: messages that belong to a row or key, present or former, as they are stored: packed
  or text (``codec.sids``), so that whoever asks asks with both;
* ``store_facts``: one row, what holds for all of them.

Files of version 0.1 have no such views: they are read by queries of this module. Their times are a
wall clock's, so they are one hour wider on each side, and nobody knows their account.

A store that is not understood, or whose log is gone, makes it impossible to say that nobody else has
a message: `Folder.unreadable` names it. A file that is no store is passed over.

**The lock.** ``.settle.lock`` is held from before the attempts are read until what was concluded is
committed (`settle_lock`). Whoever is answered by Twilio writes sid and state in one transaction, so a
message is always seen as claimed, or its attempt as open.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, closing
from functools import partial
from pathlib import Path
from typing import Any, Literal, NamedTuple, Self, TypeVar

from ..errors import LedgerError
from .files import is_unfinished
from .locks import waited_for
from .log import Log
from .sqlite import connect, open_any, renamed, understood, uri_of
from .statements import for_group, queries

T = TypeVar("T")

Keeper = Literal["campaign", "outbox"]

_PACKAGE = __name__.rpartition(".")[0]
_KINDS: Mapping[int, Keeper] = {0x41534D47: "campaign", 0x41534D4F: "outbox"}
_VIEWS: Mapping[str, int] = {"campaign": 3, "outbox": 2}
"""The version from which a store has the views."""
_COMPANIONS = ("-wal", "-shm", "-journal", "-spool", "-key", ".lock")


class StoredAttempt(NamedTuple):
    """One row of ``open_attempts``; None where a thing is not known. Times are milliseconds.

    What is not told here is as in settling's `OpenAttempt`.

    Attributes:
        key: the row's number, or the outbox's key.
        attempt: counts the sends of the row or key.
        state: INTENT, UNKNOWN or HELD; of a former attempt UNKNOWN or HELD.
        options: bits: 1 links are shortened, 2 a content template, 4 the text is not kept.
        variables: of a campaign: JSON, what the row fills into the plan.
        print: of an outbox: JSON, keyed hashes of its text.
        wall: its times are a wall clock's.
    """

    key: int | str
    attempt: int
    state: str
    recipient: str
    sender: str | None
    service: str | None
    options: int | None
    media: int | None
    earliest: int | None
    latest: int | None
    hint: str | None
    negatives: int | None
    looks: int | None
    looked_at: int | None
    variables: str | None
    print: str | None
    wall: int

    def __repr__(self) -> str:
        return f"<StoredAttempt {self.attempt}, {self.state}>"


class StoreFacts(NamedTuple):
    """The row of ``store_facts``.

    Attributes:
        realm: account and region, or origin; None where that is not known.
        plan: of a campaign: JSON, with its template.
        secret: of an outbox: the key of its hashes.
        exclusive: JSON: senders and services by which nothing goes but what this folder sends.
    """

    kind: Keeper
    realm: str | None
    plan: str | None
    secret: bytes | None
    exclusive: str | None

    def __repr__(self) -> str:
        return f"<StoreFacts of a {self.kind}>"


class Neighbour(NamedTuple):
    """What one store has open to the numbers that were asked for."""

    path: Path
    facts: StoreFacts
    attempts: Sequence[StoredAttempt]


class _Store:
    """One open file; what it is asked is chosen by its version."""

    def __init__(self, path: Path, connection: sqlite3.Connection, kind: str, version: int) -> None:
        self.path = path
        self.connection = connection
        self._name = "views" if version >= _VIEWS[kind] else f"{kind}_of_0_1"
        views = connection.execute("SELECT name FROM pragma_table_info('open_attempts')")
        self._wall = "wall" if ("wall",) in views.fetchall() else "0"

    def _sql(self, query: str) -> str:
        found = queries(_PACKAGE, "folder.sql")[f"{self._name}_{query}"]
        return found.replace("{wall}", self._wall)

    def facts(self) -> StoreFacts:
        return StoreFacts(*self.connection.execute(self._sql("facts")).fetchone())

    def ask(self, query: str, items: Iterable[object]) -> list[Any]:
        groups = for_group(self._sql(query), [(item,) for item in items])
        return [row for sql, values in groups for row in self.connection.execute(sql, values)]


class Folder:
    """The stores of a folder but for one's own. Use it in ``with``, while `settle_lock` is held.

    Args:
        own: the store that asks; None for one in memory, which nothing stands beside.

    Attributes:
        unreadable: stores that can't be read: nothing may be concluded from what the others say.
    """

    def __init__(self, own: Path | None) -> None:
        self.unreadable: list[str] = []
        self._stores: list[_Store] = []
        try:
            for path in () if own is None else _files_beside(own.resolve()):
                self._reading(path, partial(self._open, path))
        except BaseException:
            self.close()
            raise

    def _reading(self, path: Path, work: Callable[[], T]) -> T | None:
        try:
            with renamed("read", path.name), understood(path.name):
                return work()
        except LedgerError:
            if path.name not in self.unreadable:
                self.unreadable.append(path.name)
            return None

    def _open(self, path: Path) -> None:
        if _mark_of(path) not in _KINDS:
            if path.suffix == ".campaign":
                raise LedgerError(f"{path.name} is no ledger")
            return
        log = Log(path)
        found = open_any(path)
        if found is None:
            raise LedgerError(f"{path.name} was replaced while it was opened")
        kind = _KINDS[found.mark]
        try:
            self._stores.append(_Store(path, found.connection, kind, found.version))
        except BaseException:
            found.connection.close()
            raise
        if kind == "campaign" and found.version >= _VIEWS[kind]:
            log.check(found.connection.execute("SELECT opened FROM campaign").fetchone()[0])

    def open_attempts(self, recipients: Collection[str]) -> list[Neighbour]:
        """What is open to these numbers, store by store; ask for this before `claimed`."""
        found = (
            self._reading(store.path, partial(_neighbour, store, recipients))
            for store in self._stores
        )
        return [neighbour for neighbour in found if neighbour is not None]

    def claimed(self, sids: Collection[bytes | str]) -> set[bytes | str]:
        """Which of these belong to a store, as it keeps them: ask for a sid packed and as text."""
        found: set[bytes | str] = set()
        for store in self._stores:
            rows = self._reading(store.path, partial(store.ask, "claimed", sids))
            found.update(sid for (sid,) in rows or ())
        return found

    def close(self) -> None:
        """Close the files."""
        while self._stores:
            self._stores.pop().connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _neighbour(store: _Store, recipients: Collection[str]) -> Neighbour:
    attempts = [StoredAttempt(*row) for row in store.ask("open", recipients)]
    return Neighbour(store.path, store.facts(), attempts)


def _mark_of(path: Path) -> int:
    """Whose a file is, by its head. Read without locks: another program's may be locked for long."""
    try:
        with closing(connect(uri_of(path, "ro&immutable=1"))) as connection:
            mark: int = connection.execute("PRAGMA application_id").fetchone()[0]
            return mark
    except sqlite3.DatabaseError as error:
        if error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_NOTADB:
            return 0
        raise


def _files_beside(own: Path) -> Iterator[Path]:
    for path in sorted(own.parent.iterdir()):
        if path.name.endswith(_COMPANIONS) or is_unfinished(path):
            continue
        if path.is_file() and path.resolve() != own:
            yield path


def settle_lock(own: Path) -> AbstractContextManager[None]:
    """The right to conclude, for one store of a folder at a time. Waiting blocks the thread, a minute at most."""
    return waited_for(own.resolve().parent / ".settle.lock", "settles what is unknown here")
