"""What ends a wait: the caller's time, the stop of a bulk send, the end of the client.

All waits of a call before its write (for the breaker, lanes, a place in flight, a secret, a connection,
the next attempt) are waits for a plain future, and `Caller.wait` is the one way to wait. Whoever has
something to say says it to a `Stop`, or the time is over (see `deadline.py`): the future then fails,
and the caller reads why. No task is ever cancelled to say something, so a cancellation always comes
from the program.

A stop leaves alone what was written: its answer tells what became of it. The caller's time ends
that wait too. The calls of a bulk send share a stop of their own, in their `Batch`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, TypeAlias, TypeVar
from weakref import WeakSet

import msgspec

from ..clock import Clock
from ..errors import MessagingError, NotSent
from ..operation import Answer
from ..transport.base import Request

T = TypeVar("T")

Wait: TypeAlias = Callable[[asyncio.Future[None]], Awaitable[None]]
"""Waits for a future: `Caller.wait`, or `bare`."""

_FOREVER = float("inf")


class OutOfTime(Exception):
    """The caller's time is over."""


class Stop:
    """Set once, it ends every wait that selects on it, and every later one, at once; its children likewise.

    *reason* makes the error that those who wait get; None until it is set.
    """

    __slots__ = ("__weakref__", "callers", "children", "reason")

    def __init__(self, parent: Stop | None = None) -> None:
        self.reason: Callable[[], NotSent] | None = None
        self.callers: set[Caller] = set()
        self.children: WeakSet[Stop] = WeakSet()
        if parent is not None:
            self.reason = parent.reason
            parent.children.add(self)

    @property
    def is_set(self) -> bool:
        """Whether nothing is waited for any more."""
        return self.reason is not None

    def set(self, reason: Callable[[], NotSent]) -> None:
        """End every wait; setting it again changes nothing."""
        if self.reason is not None:
            return
        self.reason = reason
        for caller in tuple(self.callers):
            caller.stopped(reason)
        for child in tuple(self.children):
            child.set(reason)

    def leave(self, loop: asyncio.AbstractEventLoop, reason: Callable[[], NotSent]) -> None:
        """End the waits on one loop, which is not running; those on others go on."""
        for caller in tuple(self.callers):
            if caller.future is not None and caller.future.get_loop() is loop:
                caller.stopped(reason)
        for child in tuple(self.children):
            child.leave(loop, reason)

    async def wait(self, future: asyncio.Future[T]) -> T:
        """Wait for a plain future, not a task's."""
        return await Caller(self).wait(future)

    async def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Run *work* in a task, which is cancelled and has ended if the stop is set meanwhile."""
        return await Caller(self).run(work)


class Caller(msgspec.Struct, eq=False):
    """Somebody who waits for one call.

    Attributes:
        stop: ends what is waited for before the write.
        started: the clock's monotonic time at which it began.
        begins_in: seconds within which the request must be written.
        ends_in: seconds within which all must have ended.
        seconds: the one of the two that is watched (see `deadline.py`).
        future: what is waited for now, or was last.
        request: the latest attempt's.
    """

    stop: Stop
    started: float = 0.0
    begins_in: float = _FOREVER
    ends_in: float = _FOREVER
    seconds: float = _FOREVER
    future: asyncio.Future[Any] | None = None
    request: Request | None = None
    expired: bool = False

    def __repr__(self) -> str:
        return f"<Caller{' on the wire' if self.on_the_wire else ''}>"

    @property
    def on_the_wire(self) -> bool:
        """Whether the latest attempt's request was written."""
        return self.request is not None and self.request.written

    def check(self) -> None:
        """Return if there is still something to wait for."""
        if self.expired:
            raise OutOfTime
        if (reason := self.stop.reason) is not None:
            raise reason()

    async def wait(self, future: asyncio.Future[T]) -> T:
        """Wait for a plain future, until the caller is out of time or stopped. Who is left before it is done leaves it done."""
        callers = self.stop.callers
        try:
            self.check()
            self.future = future
            callers.add(self)
            return await future
        finally:
            future.cancel()
            callers.discard(self)

    async def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Run *work* in a task, and wait as `wait` does; who leaves it has cancelled it.

        What has ended in the same moment as the wait counts as ended.
        """
        task = asyncio.get_running_loop().create_task(work)
        try:
            await self.wait(ended(task))
        except (OutOfTime, NotSent):
            if not task.done():
                raise
        finally:
            if not task.done():
                task.cancel()
                await asyncio.wait((task,))
        return task.result()

    async def sleep(self, clock: Clock, seconds: float) -> None:
        """Wait for so many seconds; raises as `wait` does."""
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        timer = clock.call_later(seconds, lambda: _finish(future))
        try:
            await self.wait(future)
        finally:
            timer.cancel()

    def stopped(self, reason: Callable[[], NotSent]) -> None:
        """The stop is set: what was not written is not waited for any more."""
        if not self.on_the_wire:
            self._leave(reason())

    def expire(self) -> None:
        """The time is over."""
        self.expired = True
        self._leave(OutOfTime())

    def _leave(self, error: Exception) -> None:
        future = self.future
        if future is None or future.done() or future.get_loop().is_closed():
            return
        if self.request is not None:
            self.request.withdrawn = not self.request.written
        future.set_exception(error)
        future.exception()  # whoever waits may be cancelled at the same moment, and never ask


def bare(future: asyncio.Future[None]) -> Awaitable[None]:
    """Wait for nothing but the future."""
    return future


def granted(future: asyncio.Future[Any]) -> bool:
    """Whether what was waited for came, even if whoever waited has left in the same moment."""
    return future.done() and not future.cancelled() and future.exception() is None


def ended(task: asyncio.Task[Any]) -> asyncio.Future[None]:
    """A plain future that is done when the task is. The task's error counts as read."""
    future: asyncio.Future[None] = task.get_loop().create_future()

    def tell(task: asyncio.Task[Any]) -> None:
        if not task.cancelled():
            task.exception()
        _finish(future)

    task.add_done_callback(tell)
    return future


def _finish(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)


class CallLeft(asyncio.CancelledError):
    """The task that waited for a call of a batch was cancelled; what is known of the call."""

    def __init__(self, error: MessagingError, answer: Answer[Any] | None, *reason: object) -> None:
        super().__init__(*reason)
        self.error: MessagingError = error
        self.answer: Answer[Any] | None = answer


class Batch:
    """The calls of one bulk send.

    Attributes:
        stop: what its calls, and whatever else belongs to the bulk send, wait with.
        lane: the name of its own lane, empty without one.
        took: told of each answer's time, in seconds from the request; None to tell nobody.
        requests: HTTP requests made, those answered 429 included.
        throttled: answers that said "too fast".
        kept: a ledger or an outbox keeps what becomes of the calls.
    """

    __slots__ = ("kept", "lane", "patience", "requests", "retries", "stop", "throttled", "took")

    def __init__(self, client: Stop, patience: float = float("inf")) -> None:
        self.stop: Stop = Stop(client)
        self.lane: str = ""
        self.took: Callable[[float], None] | None = None
        self.patience: float = patience
        self.kept: bool = False
        self.requests: int = 0
        self.throttled: int = 0
        self.retries: int = 0

    def halt(self) -> None:
        """End every call that waits; those under way finish."""
        self.stop.set(_halted)


def _halted() -> NotSent:
    return NotSent("the bulk send was stopped before this message was sent")
