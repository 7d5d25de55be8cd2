"""The thread that writes a ledger: group commit.

The loop's side queues intents, outcomes and jobs under one lock; the thread takes all there is,
commits, and hands the results back with one call into the loop. It commits at once when an intent,
a job or the end waits for it, and for outcomes alone when their 50 ms are over. It never waits for
more to come.
"""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import Any, TypeVar

from ..clock import Clock, Timer
from ..errors import LedgerError
from .file import FencedError, LedgerFile
from .ledger import GROUP, OUTCOME_DELAY
from .rescue import Rescue
from .rows import Claim, Outcome, Row, outcome_of

__all__ = ["Writer"]

T = TypeVar("T")
_Job = tuple[Callable[[LedgerFile], Any], asyncio.Future[Any]]
_Intent = tuple[Row, asyncio.Future[Claim | None]]
_Answer = tuple[asyncio.Future[Any], Any]


class _Group:
    """What the thread takes in one go."""

    def __init__(self, intents: list[_Intent], outcomes: list[Outcome], jobs: list[_Job]) -> None:
        self.intents = intents
        self.outcomes = outcomes
        self.jobs = jobs
        self.answers: list[_Answer] = []


class Writer:
    """Owns the thread and, in it, the file.

    Args:
        open_file: opens the ledger; called in the thread.
        rescue: takes the outcomes that the ledger can't.
        clock: for the 50 ms, and the moment of an intent.
    """

    def __init__(self, open_file: Callable[[], LedgerFile], rescue: Rescue, clock: Clock) -> None:
        self._open_file = open_file
        self._rescue = rescue
        self._clock = clock
        self._loop = asyncio.get_running_loop()
        self._lock = threading.Lock()
        self._wake = threading.Condition(self._lock)
        self._intents: deque[_Intent] = deque()
        self._outcomes: list[Outcome] = []
        self._jobs: deque[_Job] = deque()
        self._timer: Timer | None = None
        self._outcomes_due = False
        self._ending: asyncio.Future[None] | None = None
        self._flush_at_end = True
        self.failure: LedgerError | None = None
        self._thread = threading.Thread(target=self._work, name="campaign-ledger", daemon=True)

    async def start(self) -> int:
        """Open the file; give the run's epoch.

        Raises:
            LedgerError: it can't be opened.
        """
        self._opened: asyncio.Future[int] = self._loop.create_future()
        self._thread.start()
        return await asyncio.shield(self._opened)

    def intend(self, row: Row) -> asyncio.Future[Claim | None]:
        """Queue an intent; the future is done when it is durable."""
        future: asyncio.Future[Claim | None] = self._loop.create_future()
        self._put(self._intents, (row, future))
        return future

    def withdraw(self, future: asyncio.Future[Claim | None]) -> None:
        """Whoever waited for this intent was cancelled, perhaps in the moment in which it came."""
        if not future.cancelled() and future.done() and not future.exception():
            self._release([(future, future.result())])

    def record(self, outcome: Outcome) -> None:
        """Queue an outcome."""
        with self._lock:
            if self._ending is not None:
                self._rescue.write([outcome])
                self._rescue.close()
                return
            self._outcomes.append(outcome)
            if self.failure is not None:
                self._outcomes_due = True
                self._wake.notify()
        if self._timer is None:
            self._timer = self._clock.call_later(OUTCOME_DELAY, self._let_outcomes_go)

    def _let_outcomes_go(self) -> None:
        self._timer = None
        with self._lock:
            self._outcomes_due = True
            self._wake.notify()

    async def call(self, job: Callable[[LedgerFile], T]) -> T:
        """Run a job in the thread, after all that was queued before."""
        future: asyncio.Future[T] = self._loop.create_future()
        self._put(self._jobs, (job, future))
        return await future

    def _put(self, queue: deque[Any], item: Any) -> None:
        with self._lock:
            if self._ending is not None:
                raise LedgerError("the ledger is closed")
            queue.append(item)
            if len(queue) == 1:  # else the thread knows already
                self._wake.notify()

    async def end(self, *, flush: bool) -> None:
        """End the thread; ending again waits for the same end."""
        with self._lock:
            if self._ending is None:
                self._flush_at_end = flush
                self._ending = self._loop.create_future()
                self._wake.notify()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        await asyncio.shield(self._ending)
        self._thread.join()

    # What follows runs in the thread.

    def _work(self) -> None:
        try:
            file = self._open_file()
        except BaseException as error:  # noqa: BLE001 - the loop's side raises it
            self._post([(self._opened, error)])
            return
        self._post([(self._opened, file.epoch)])
        while (group := self._next_group()) is not None:
            self._commit(file, group)
            self._post(group.answers)
            self._checkpoint(file)
        self._end(file)

    def _next_group(self) -> _Group | None:
        with self._lock:
            while not (self._intents or self._jobs or self._outcomes_due or self._ending):
                self._wake.wait()
            if self._ending is not None and not self._has_work():
                return None
            intents = [self._intents.popleft() for _ in range(min(GROUP, len(self._intents)))]
            group = _Group(intents, self._outcomes, list(self._jobs))
            self._outcomes = []
            self._jobs.clear()
            self._outcomes_due = False
            return group

    def _has_work(self) -> bool:
        return self._flush_at_end and bool(self._intents or self._jobs or self._outcomes)

    def _commit(self, file: LedgerFile, group: _Group) -> None:
        waiting = [(row, future) for row, future in group.intents if not future.cancelled()]
        if self.failure is None and (waiting or group.outcomes):
            try:
                claims = file.flush(group.outcomes, [row for row, _ in waiting], self._clock.time())
            except Exception as error:  # noqa: BLE001 - whatever it is, this thread must go on
                self._fail(error)
            else:
                futures = (future for _, future in waiting)
                group.answers.extend(zip(futures, claims, strict=True))
        if self.failure is not None:
            self._rescue.write(group.outcomes)
            group.answers.extend((future, self.failure) for _, future in waiting)
        group.answers.extend((future, self._do(file, job)) for job, future in group.jobs)

    def _do(self, file: LedgerFile, job: Callable[[LedgerFile], Any]) -> Any:
        if self.failure is not None:
            return self.failure
        try:
            return job(file)
        except (sqlite3.Error, FencedError) as error:
            return self._fail(error)
        except Exception as error:  # noqa: BLE001 - the loop's side raises it
            return error

    def _checkpoint(self, file: LedgerFile) -> None:
        if self.failure is None:
            try:
                file.checkpoint_if_due()
            except sqlite3.Error as error:
                self._fail(error)

    def _fail(self, error: Exception) -> LedgerError:
        """Fail for good: whatever comes now, nothing is written any more."""
        if not isinstance(error, LedgerError):
            kind = getattr(error, "sqlite_errorname", type(error).__name__)
            cause = error
            error = LedgerError(f"the ledger can't be written: {cause} ({kind})")
            error.__cause__ = cause
        if self.failure is None:
            self.failure = error
        return self.failure

    def _end(self, file: LedgerFile) -> None:
        if self.failure is not None or not self._flush_at_end:
            file.abandon()
        else:
            try:
                file.close()
            except (sqlite3.Error, FencedError) as error:
                self._fail(error)
        closed = LedgerError("the ledger is closed")
        left = [(future, closed) for _, future in (*self._intents, *self._jobs)]
        assert self._ending is not None
        self._post([*left, (self._ending, None)])

    def _post(self, answers: list[_Answer]) -> None:
        if answers:
            with suppress(RuntimeError):  # the loop is closed: nobody waits any more
                self._loop.call_soon_threadsafe(self._release, answers)

    # In the loop again.

    def _release(self, answers: list[_Answer]) -> None:
        for future, answer in answers:
            if not future.done():
                if isinstance(answer, BaseException):
                    future.set_exception(answer)
                else:
                    future.set_result(answer)
            elif isinstance(answer, Claim):
                self._take_back(answer)

    def _take_back(self, claim: Claim) -> None:
        """T4: whoever wanted to send was cancelled before it could."""
        self.record(outcome_of(claim, "READY", self._clock.time()))
