"""Group commit: one thread keeps a file, and commits together all that has been asked of it.

A durable commit waits for the disk; one for each change would take hours. So the loop's side queues
what is to be written, under one lock. The thread takes all there is, has it done in one
transaction, and hands the results back with one call into each loop that waits. **It never waits
for company**: it commits what has gathered while the last commit ran, so groups are large when it is
busy and a lone change is not held back.

What is queued is either *asked* (somebody waits for it; at most `GROUP` of them go together) or
*rides*: it goes along with the next group, however many there are, and alone when `hurry` says so.

What a group means, and what becomes of a failure, is the keeper's (`Keeper`): the ledger's fails once
and for good, the outbox's lets its file go and begins anew. A flush that failed is never repeated by
either: after one, the system may have dropped the very pages.
"""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import AsyncGenerator, Coroutine, Sequence
from contextlib import AbstractContextManager, asynccontextmanager, suppress
from typing import Any, Generic, Protocol, TypeAlias, TypeVar

from ..errors import LedgerError

A_contra = TypeVar("A_contra", contravariant=True)
R_contra = TypeVar("R_contra", contravariant=True)
A = TypeVar("A")
R = TypeVar("R")
T = TypeVar("T")

GROUP = 512
"""What is asked in one commit, at most."""


Answer: TypeAlias = tuple[asyncio.Future[Any], Any]
"""Who waits, and a result, or the exception that is raised there."""


class Keeper(Protocol[A_contra, R_contra]):
    """What the thread runs. Only it touches the file."""

    def commit(self, asked: Sequence[A_contra], riding: Sequence[R_contra]) -> Sequence[Answer]:
        """Do a group in one transaction; give an answer for everybody who waits. Never raises."""
        ...

    def end(self, asked: Sequence[A_contra], *, flush: bool) -> Sequence[Answer]:
        """Let the file go; answer those for whom nothing was done. Never raises."""
        ...

    def unwanted(self, result: object) -> None:
        """In the loop: whoever waited for a result was cancelled."""
        ...


class Commits(Generic[A, R]):
    """The thread and its queue; *keeper* does there what is queued."""

    def __init__(self, keeper: Keeper[A, R], name: str, closed: str) -> None:
        self._keeper = keeper
        self._closed = closed
        self._lock = threading.Lock()  # by itself: a condition enters it by way of Python
        self._wake = threading.Condition(self._lock)
        self._asked: deque[A] = deque()
        self._riding: list[R] = []
        self._riders_due = False
        self._ending = False
        self._flush = True
        self._over = False
        self._enders: list[Answer] = []
        self._running = 0
        self._thread = threading.Thread(target=self._work, name=name, daemon=True)
        self._thread.start()

    @property
    def pending(self) -> int:
        """What was asked and is not answered."""
        with self._lock:
            return len(self._asked) + self._running

    def ask(self, item: A) -> None:
        """Queue something that somebody waits for; `LedgerError` if it is closed."""
        with self._lock:
            if self._ending:
                raise LedgerError(f"the {self._closed} is closed")
            self._asked.append(item)
            if len(self._asked) == 1:  # else the thread knows already
                self._wake.notify()

    def ride(self, item: R) -> bool:
        """Queue something that has no haste; False if it is closed."""
        with self._lock:
            if not self._ending:
                self._riding.append(item)
            return not self._ending

    def hurry(self) -> None:
        """What rides is not to wait any longer."""
        with self._lock:
            self._riders_due = True
            self._wake.notify()

    def close(self, *, flush: bool) -> None:
        """Let the thread end: when all that is queued is done, or at once."""
        with self._lock:
            if not self._ending:
                self._ending, self._flush = True, flush
                self._wake.notify()

    async def ended(self) -> None:
        """Return when the thread has let everything go."""
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        with self._lock:
            if self._over:
                future.set_result(None)
            else:
                self._enders.append((future, None))
        await future
        self._thread.join()

    def join(self) -> None:
        """Wait for the thread's end without a loop."""
        self._thread.join()

    # What follows runs in the thread.

    def _work(self) -> None:
        while (group := self._next_group()) is not None:
            asked, riding = group
            self._post(self._keeper.commit(asked, riding))
            with self._lock:
                self._running = 0
        with self._lock:
            left, self._asked = list(self._asked), deque()
        answers = self._keeper.end(left, flush=self._flush)
        with self._lock:
            self._over = True
        self._post([*answers, *self._enders])

    def _next_group(self) -> tuple[list[A], list[R]] | None:
        with self._lock:
            while not (self._asked or self._riders_due or self._ending):
                self._wake.wait()
            if self._ending and not (self._flush and (self._asked or self._riding)):
                return None
            asked = [self._asked.popleft() for _ in range(min(GROUP, len(self._asked)))]
            riding, self._riding, self._riders_due = self._riding, [], False
            self._running = len(asked)
            return asked, riding

    def _post(self, answers: Sequence[Answer]) -> None:
        while answers:
            loop = answers[0][0].get_loop()
            here = [answer for answer in answers if answer[0].get_loop() is loop]
            if len(here) < len(answers):
                answers = [answer for answer in answers if answer[0].get_loop() is not loop]
            else:
                answers = ()
            with suppress(RuntimeError):  # the loop is closed: nobody waits any more
                loop.call_soon_threadsafe(self._release, here)

    # In the loop again.

    def _release(self, answers: Sequence[Answer]) -> None:
        for future, result in answers:
            if future.done():
                self._keeper.unwanted(result)
            elif isinstance(result, BaseException):
                future.set_exception(result)
            else:
                future.set_result(result)


async def to_its_end(work: Coroutine[Any, Any, T]) -> T:
    """Await what must not be left half done; a cancellation is heeded after it."""
    task = asyncio.create_task(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait((task,))
        if not task.cancelled():
            task.exception()  # read, so that asyncio does not report it
        raise


@asynccontextmanager
async def entered(lock: AbstractContextManager[object]) -> AsyncGenerator[None]:
    """Wait for a lock in a thread, and hold it for a block; who is cancelled lets it go."""
    entering = asyncio.ensure_future(asyncio.to_thread(lock.__enter__))
    try:
        await asyncio.shield(entering)
    except asyncio.CancelledError:
        await asyncio.wait((entering,))
        if entering.exception() is None:
            lock.__exit__(None, None, None)
        raise
    try:
        yield
    finally:
        lock.__exit__(None, None, None)
