"""The outbox's side of group commit (`storage.commits`): functions over its rows.

All functions that are queued run in one transaction. The thread opens the file on first use and
holds an owner's lock while it has it open. **After a failure it lets both go**: what the failed
transaction left on the disk nobody knows, and claims of an owner that is gone are settled by anybody.
The next function begins with a new owner. Only a file that is busy and a disk that is full undo a
transaction for certain, and change no more than that.

**A file that was replaced, emptied or moved while it was used is never taken up again** by whoever
used it: keys would be missing there, and their messages would go out twice.
"""

from __future__ import annotations

import asyncio
import logging
import random
import sqlite3
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from ..errors import LedgerError
from ..storage.commits import Answer
from ..storage.files import Watched, beside
from ..storage.locks import bury_owners, holder, new_owner
from ..storage.sqlite import Connect, is_busy
from .file import Rows, make, open_file, renamed

T = TypeVar("T")

logger: logging.Logger = logging.getLogger("async_messaging")

_PATIENCE = 10.0
_SHORTEST, _LONGEST = 0.0005, 0.004
_CONSTRAINT = sqlite3.SQLITE_CONSTRAINT
_UNDONE = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_FULL, _CONSTRAINT})


class Job(NamedTuple):
    """A function over the rows; without a future, nobody waits for it."""

    work: Callable[[Rows], Any]
    writes: bool
    future: asyncio.Future[Any] | None


class _Session:
    """An open file and its owner."""

    def __init__(self, path: Path, opener: Connect) -> None:
        folder = beside(path, "-owners")
        self.connection = open_file(path, opener)
        try:
            self.owner = new_owner(folder)
        except BaseException:
            self.connection.close()
            raise
        name = self.owner.path.name
        self.rows = Rows(
            self.connection, path, name, lambda other: holder(folder / other) is not None
        )
        with suppress(OSError):
            bury_owners(folder)

    def close(self) -> None:
        with suppress(sqlite3.Error):
            self.connection.close()
        self.owner.release()


class OutboxKeeper:
    """What runs in the thread, and in it the file.

    Attributes:
        idle: held while a transaction runs. A fork waits for it: SQLite would let the child believe
            that it holds its parent's locks.
    """

    def __init__(self, path: Path, opener: Connect) -> None:
        self._path = path
        self._opener = opener
        self._session: _Session | None = None
        self._watched: Watched | None = None
        self._turn = random.Random()  # noqa: S311 - how long to wait, no secret
        self.idle: threading.Lock = threading.Lock()

    def commit(self, asked: Sequence[Job], riding: Sequence[object]) -> list[Answer]:
        """All functions in one transaction."""
        answers: list[Answer] = []
        for job, result in zip(asked, self._answers(asked), strict=True):
            if job.future is not None:
                answers.append((job.future, result))
            elif isinstance(result, BaseException):
                logger.error("outbox: what was to be kept is lost: %s", type(result).__name__)
        return answers

    def end(self, asked: Sequence[Job], *, flush: bool) -> list[Answer]:
        """Let the file and the owner go; what was not done never will be."""
        self._let_go()
        return []

    def unwanted(self, result: object) -> None:
        """What was done stays done."""

    def _answers(self, jobs: Sequence[Job]) -> list[Any]:
        try:
            with renamed("written" if any(job.writes for job in jobs) else "read"):
                return self._transaction(self._opened(), jobs)
        except Exception as error:  # noqa: BLE001 - whoever waits is told
            return self._failed(jobs, error)

    def _failed(self, jobs: Sequence[Job], error: Exception) -> list[Any]:
        ours = not isinstance(error, LedgerError) or _code(error.__cause__) == _CONSTRAINT
        if ours and len(jobs) > 1:  # one function's fault is not the others'
            return [answer for job in jobs for answer in self._answers([job])]
        if isinstance(error, LedgerError) and _code(error.__cause__) not in _UNDONE:
            self._let_go()
        return [error] * len(jobs)

    def _opened(self) -> _Session:
        if self._watched is None:
            make(self._path, self._opener, time.time())
        else:
            self._watched.check()
        if self._session is None:
            watched = self._watched or Watched(self._path, "outbox")
            self._session = self._patiently(lambda: _Session(self._path, self._opener))
            watched.check()
            self._watched = watched
        return self._session

    def _transaction(self, session: _Session, jobs: Sequence[Job]) -> list[Any]:
        begin = "BEGIN IMMEDIATE" if any(job.writes for job in jobs) else "BEGIN"
        run = session.connection.execute

        def once() -> list[Any]:
            run(begin)
            try:
                answers = [job.work(session.rows) for job in jobs]
                self._patiently(lambda: run("COMMIT"), between=False)
            except BaseException:
                if session.connection.in_transaction:
                    with suppress(sqlite3.Error):
                        run("ROLLBACK")
                raise
            return answers

        return self._patiently(once)

    def _patiently(self, step: Callable[[], T], *, between: bool = True) -> T:
        """Do a step, again while the file is busy; *between* two tries a fork may happen."""
        until = time.monotonic() + _PATIENCE
        while True:
            try:
                if not between:
                    return step()
                with self.idle:
                    return step()
            except sqlite3.OperationalError as error:
                if not is_busy(error) or time.monotonic() > until:
                    raise
            time.sleep(self._turn.uniform(_SHORTEST, _LONGEST))

    def _let_go(self) -> None:
        if self._session is not None:
            with self.idle:
                self._session.close()
                self._session = None


def _code(error: BaseException | None) -> int:
    """SQLite's primary code; extended ones have more bits."""
    return getattr(error, "sqlite_errorcode", -1) & 0xFF
