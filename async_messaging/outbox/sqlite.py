"""An outbox's keys in a SQLite file, shared by the processes of one machine.

Beside ``NAME`` stand ``NAME-journal`` (SQLite's, empty between commits) and ``NAME-owners`` (who
uses it). All can be read by their owner alone. How the file is kept is in `file`, the thread in
`worker`, who is alive in `storage.locks`.
"""

from __future__ import annotations

import asyncio
import os
import weakref
from collections.abc import Callable
from functools import partial
from os import PathLike
from pathlib import Path
from typing import TypeVar

from ..storage.commits import Commits, entered, to_its_end
from ..storage.folder import settle_lock
from ..storage.sqlite import Connect
from .file import Rows, connect
from .worker import Job, OutboxKeeper

T = TypeVar("T")


class SqliteStore:
    """A `Store` in a file. Nothing is opened before it is used.

    Args:
        path: the file; made on first use.
        opener: opens the database.

    Attributes:
        path: the file.
    """

    def __init__(self, path: str | PathLike[str], *, opener: Connect = connect) -> None:
        self.path: Path = Path(path).resolve()
        self._opener = opener
        self._keeper: OutboxKeeper | None = None
        self._commits: Commits[Job, object] | None = None
        self._end: weakref.finalize[[], SqliteStore] | None = None
        self._secret: bytes | None = None
        self._concluding = 0
        _all.add(self)

    def __repr__(self) -> str:
        return f"<SqliteStore {self.path.name!r}>"

    @property
    def pending(self) -> int:
        """Functions that are queued or run, or wait for the folder's lock."""
        return self._concluding + (0 if self._commits is None else self._commits.pending)

    async def secret(self) -> bytes:
        """The key of all hashes; opens the file where it is not open.

        Raises:
            LedgerError: it can't be made or opened, is damaged, or no outbox.
        """
        if self._secret is None:
            self._secret = await self._call(Rows.secret, writes=False)
        return self._secret

    async def read(self, work: Callable[[Rows], T]) -> T:
        """Run a function that only reads."""
        return await self._call(work, writes=False)

    async def write(self, work: Callable[[Rows], T]) -> T:
        """Run a function; what it wrote is durable on return."""
        return await self._call(work, writes=True)

    async def conclude(self, work: Callable[[Rows], T]) -> T:
        """As `write`, under the lock of all stores of the folder."""
        self._concluding += 1
        try:
            return await to_its_end(self._concluded(work))
        finally:
            self._concluding -= 1

    async def _concluded(self, work: Callable[[Rows], T]) -> T:
        async with entered(settle_lock(self.path)):
            return await self.write(work)

    async def _call(self, work: Callable[[Rows], T], *, writes: bool) -> T:
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._used().ask(Job(work, writes, future))
        return await future

    def post(self, work: Callable[[Rows], object]) -> None:
        """Run a function without waiting for it; a failure is logged."""
        self._used().ask(Job(work, writes=True, future=None))

    def _used(self) -> Commits[Job, object]:
        if self._commits is None:
            self._keeper = OutboxKeeper(self.path, self._opener)
            self._commits = Commits(self._keeper, "outbox", "outbox")
            self._end = weakref.finalize(self, partial(self._commits.close, flush=True))
            self._end.atexit = False
        return self._commits

    async def aclose(self) -> None:
        """Do what was asked for, let the owner go, and close the file."""
        if (commits := self._dropped()) is not None:
            commits.close(flush=True)
            await commits.ended()

    def abandon(self) -> None:
        """Let go as a kill would."""
        if (commits := self._dropped()) is not None:
            commits.close(flush=False)
            commits.join()

    def _dropped(self) -> Commits[Job, object] | None:
        commits, self._commits, self._keeper = self._commits, None, None
        if self._end is not None:
            self._end.detach()
            self._end = None
        return commits

    # Around a fork.

    def hold(self) -> OutboxKeeper | None:
        """Before a fork: wait for the end of a transaction, and let none begin."""
        if (keeper := self._keeper) is not None:
            keeper.idle.acquire()
        return keeper

    def forget_parent(self) -> None:
        """In a forked child: the thread, the file and the owner are the parent's."""
        if (commits := self._dropped()) is not None:
            _parents.append(commits)


_all: weakref.WeakSet[SqliteStore] = weakref.WeakSet()
_held: list[OutboxKeeper] = []
_parents: list[Commits[Job, object]] = []
"""What is the parent's is never closed by a child, not even when memory is tidied up."""


def _before_fork() -> None:
    _held.extend(keeper for store in list(_all) if (keeper := store.hold()) is not None)


def _in_parent() -> None:
    while _held:
        _held.pop().idle.release()


def _in_child() -> None:
    _held.clear()
    for store in list(_all):
        store.forget_parent()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_before_fork, after_in_parent=_in_parent, after_in_child=_in_child)
