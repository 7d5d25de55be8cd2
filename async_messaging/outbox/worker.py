"""The thread that keeps an outbox's file: group commit.

The loop's side queues functions; the thread takes all there are, runs them in one transaction, and
hands the results back with one call into the loop. It never waits for more to come.

The thread opens the file on first use and holds an owner's lock while it has it open. **After a
failure it lets both go**: what the failed transaction left on the disk nobody knows, and claims of an
owner that is gone are settled by anybody. The next function begins with a new owner. Only a file
that is busy and a disk that is full undo a transaction for certain, and change no more than that.
A flush that failed is never repeated.
"""

from __future__ import annotations

import asyncio
import logging
import random
import sqlite3
import threading
import time
from collections import defaultdict, deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from ..errors import LedgerError
from .file import Connect, SqliteRows, make, open_file, renamed
from .owners import Owner, bury_owners, owners_folder

__all__ = ["Worker"]

T = TypeVar("T")

logger: logging.Logger = logging.getLogger("async_messaging")

_GROUP = 512
_PATIENCE = 10.0
_SHORTEST, _LONGEST = 0.0005, 0.004
_CONSTRAINT = sqlite3.SQLITE_CONSTRAINT
_BUSY = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED})
_UNDONE = _BUSY | {sqlite3.SQLITE_FULL, _CONSTRAINT}


class _Job(NamedTuple):
    work: Callable[[SqliteRows], Any]
    writes: bool
    future: asyncio.Future[Any] | None


class _Session:
    """An open file and its owner."""

    def __init__(self, path: Path, opener: Connect) -> None:
        folder = owners_folder(path)
        self.connection = open_file(path, opener)
        try:
            self.owner = Owner(folder)
        except BaseException:
            self.connection.close()
            raise
        self.rows = SqliteRows(self.connection, folder, self.owner)
        with suppress(OSError):
            bury_owners(folder)

    def close(self) -> None:
        with suppress(sqlite3.Error):
            self.connection.close()
        self.owner.release()


class Worker:
    """The thread, its queue, and in it the file.

    Args:
        path: the outbox's file.
        opener: opens it.

    Attributes:
        pending: functions that are queued or run.
        idle: held while a transaction runs. A fork waits for it: SQLite would let the child believe
            that it holds its parent's locks.
    """

    def __init__(self, path: Path, opener: Connect) -> None:
        self._path = path
        self._opener = opener
        self._wake = threading.Condition()
        self._jobs: deque[_Job] = deque()
        self._ending = False
        self._enders: list[asyncio.Future[None]] = []
        self._session: _Session | None = None
        self._turn = random.Random()  # noqa: S311 - how long to wait, no secret
        self.pending: int = 0
        self.idle: threading.Lock = threading.Lock()
        self._thread = threading.Thread(target=self._work, name="outbox", daemon=True)
        self._thread.start()

    def put(
        self,
        work: Callable[[SqliteRows], Any],
        future: asyncio.Future[Any] | None,
        *,
        writes: bool,
    ) -> None:
        """Queue a function; without a future, nobody waits for it."""
        with self._wake:
            if self._ending:
                raise LedgerError("the outbox is closed")
            self.pending += 1
            self._jobs.append(_Job(work, writes, future))
            self._wake.notify()

    def end(self, *, flush: bool = True) -> None:
        """Let the thread end, once it has done what is queued or at once."""
        with self._wake:
            self._ending = True
            if not flush:
                self._jobs.clear()
            self._wake.notify()

    async def ended(self) -> None:
        """Return when the thread has let everything go."""
        future = asyncio.get_running_loop().create_future()
        with self._wake:
            if self._thread.is_alive():
                self._enders.append(future)
            else:
                return
        await future
        self._thread.join()

    def join(self) -> None:
        """Wait for the thread's end without a loop."""
        self._thread.join()

    def leave(self) -> None:
        """In a forked child: nothing here is ours."""
        if self._session is not None:
            self._session.owner.leave()

    # What follows runs in the thread.

    def _work(self) -> None:
        while jobs := self._next_jobs():
            self._post(jobs, self._answers(jobs))
            with self._wake:
                self.pending -= len(jobs)
        self._let_go()
        with self._wake:
            for future in self._enders:
                with suppress(RuntimeError):
                    future.get_loop().call_soon_threadsafe(_release, [(future, None)])

    def _next_jobs(self) -> list[_Job]:
        with self._wake:
            while not self._jobs and not self._ending:
                self._wake.wait()
            return [self._jobs.popleft() for _ in range(min(_GROUP, len(self._jobs)))]

    def _answers(self, jobs: Sequence[_Job]) -> list[Any]:
        try:
            with renamed("written" if any(job.writes for job in jobs) else "read"):
                return self._transaction(self._opened(), jobs)
        except Exception as error:  # noqa: BLE001 - whoever waits is told
            return self._failed(jobs, error)

    def _failed(self, jobs: Sequence[_Job], error: Exception) -> list[Any]:
        ours = not isinstance(error, LedgerError) or _code(error.__cause__) == _CONSTRAINT
        if ours and len(jobs) > 1:  # one function's fault is not the others'
            return [answer for job in jobs for answer in self._answers([job])]
        if isinstance(error, LedgerError) and _code(error.__cause__) not in _UNDONE:
            self._let_go()
        return [error] * len(jobs)

    def _opened(self) -> _Session:
        if self._session is None:
            make(self._path, self._opener, time.time())
            self._session = self._patiently(lambda: _Session(self._path, self._opener))
        return self._session

    def _transaction(self, session: _Session, jobs: Sequence[_Job]) -> list[Any]:
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
                if _code(error) not in _BUSY or time.monotonic() > until:
                    raise
            time.sleep(self._turn.uniform(_SHORTEST, _LONGEST))

    def _let_go(self) -> None:
        if self._session is not None:
            with self.idle:
                self._session.close()
                self._session = None

    def _post(self, jobs: Sequence[_Job], answers: Sequence[Any]) -> None:
        by_loop: dict[asyncio.AbstractEventLoop, list[tuple[asyncio.Future[Any], Any]]]
        by_loop = defaultdict(list)
        for job, answer in zip(jobs, answers, strict=True):
            if job.future is not None:
                by_loop[job.future.get_loop()].append((job.future, answer))
            elif isinstance(answer, BaseException):
                logger.error("outbox: what was to be kept is lost: %s", type(answer).__name__)
        for loop, some in by_loop.items():
            with suppress(RuntimeError):  # the loop is closed: nobody waits any more
                loop.call_soon_threadsafe(_release, some)


def _release(answers: Sequence[tuple[asyncio.Future[Any], Any]]) -> None:
    """In the loop: hand the results over."""
    for future, answer in answers:
        if not future.done():
            if isinstance(answer, BaseException):
                future.set_exception(answer)
            else:
                future.set_result(answer)


def _code(error: BaseException | None) -> int:
    """SQLite's primary code; extended ones have more bits."""
    return getattr(error, "sqlite_errorcode", -1) & 0xFF
