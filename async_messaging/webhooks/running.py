"""Handlers at work: bounded in number and in the time that Twilio waits for them.

Twilio waits 15 seconds for an answer. A request lasts as long as its handler, whatever loop or
thread it came in by: where each request has a loop of its own (WSGI, `asyncio.run`), what was left
behind would vanish with the loop, and Twilio would have been told 2xx. A server that can answer
before a request is over gives `early`: a handler that takes longer than `answer_within` then goes
on while Twilio is told "no reply" (204); what it would have replied is lost, which is logged.

A handler is never cancelled because Twilio, or a proxy, hung up. Copies of one event that come
while it is handled wait for its answer, so that a retry after a broken connection still gets the
reply; a copy that comes by another thread's loop is turned away with a 503. So are more than
`limit` at once, before they begin.
"""

from __future__ import annotations

import asyncio
import inspect
import logging
import threading
from collections.abc import AsyncIterable, Awaitable, Callable
from typing import Protocol, TypeAlias, TypeVar, cast

from ..clock import Clock
from .answer import BUSY, FAILED, NO_REPLY, WebhookAnswer, plain
from .request import MAX_BODY, GivenHeaders
from .seen import Seen
from .sparing import SparingLog

logger: logging.Logger = logging.getLogger("async_messaging.webhooks")

T = TypeVar("T")

Early: TypeAlias = Callable[[WebhookAnswer], Awaitable[None]]
"""Sends an answer while the handler goes on."""


async def settled(value: T | Awaitable[T]) -> T:
    """What a method gives that may be plain or async."""
    if inspect.isawaitable(value):
        return cast("T", await value)
    return value


class Running:
    """The handlers that are at work."""

    def __init__(self, seen: Seen, clock: Clock, *, answer_within: float, limit: int) -> None:
        self._seen = seen
        self._clock = clock
        self._within = answer_within
        self._limit = limit
        self._tasks: dict[str, asyncio.Task[WebhookAnswer]] = {}
        self._moved: set[str] = set()
        self._busy = SparingLog(clock)
        self._lost = SparingLog(clock)
        self._lock = threading.Lock()

    def __repr__(self) -> str:
        return f"<Running, {len(self._tasks)} handlers, {len(self._moved)} behind their answer>"

    async def run(
        self,
        keys: tuple[str, ...],
        work: Callable[[], Awaitable[WebhookAnswer]],
        early: Early | None = None,
    ) -> WebhookAnswer:
        """The answer of *work*, at its end, unless the event has been handled."""
        own = keys[0]
        task = self._begun(keys, work)
        if task is None:
            return BUSY
        if early is not None and not await self._done(task, self._within):
            self._moved.add(own)
            await early(NO_REPLY)
        await self._done(task, None)
        return FAILED if task.cancelled() else task.result()

    def _begun(
        self, keys: tuple[str, ...], work: Callable[[], Awaitable[WebhookAnswer]]
    ) -> asyncio.Task[WebhookAnswer] | None:
        """The task that handles the event, here and now; None if it must come again."""
        own, loop = keys[0], asyncio.get_running_loop()
        with self._lock:
            task = self._tasks.get(own)
            if task is not None and not task.get_loop().is_closed():
                return task if task.get_loop() is loop else None
            if len(self._tasks) >= self._limit:
                self._busy.line(
                    lambda: f"a webhook was turned away: {self._limit} handlers at work"
                )
                return None
            task = self._tasks[own] = loop.create_task(self._once(keys, work))
        task.add_done_callback(lambda ended: self._ended(own, ended))
        return task

    async def _once(
        self, keys: tuple[str, ...], work: Callable[[], Awaitable[WebhookAnswer]]
    ) -> WebhookAnswer:
        try:
            if await settled(self._seen.knows(keys)):
                return NO_REPLY
            answer = await work()
            await settled(self._seen.keep(keys))
        except Exception as error:  # noqa: BLE001 - a handler may raise anything, and its text may hold a message
            logger.error("a webhook handler failed: %s", _where(error))  # noqa: TRY400 - no contents
            return FAILED
        if answer.body and keys[0] in self._moved:
            logger.warning("a reply came after %g s, when Twilio had its answer", self._within)
        return answer

    def _ended(self, own: str, task: asyncio.Task[WebhookAnswer]) -> None:
        with self._lock:
            if self._tasks.get(own) is task:
                del self._tasks[own]
        if own in self._moved:
            self._moved.discard(own)
            if task.cancelled():
                self._lost.line(lambda: "a webhook handler was cut off when Twilio had its answer")

    async def _done(self, task: asyncio.Task[WebhookAnswer], within: float | None) -> bool:
        """Wait for the task, so many seconds at most; who is cancelled here cancels no handler."""
        if task.done():
            return True
        waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()

        def wake(_: object = None) -> None:
            if not waiter.done():
                waiter.set_result(None)

        task.add_done_callback(wake)
        timer = None if within is None else self._clock.call_later(within, wake)
        try:
            await waiter
        finally:
            task.remove_done_callback(wake)
            if timer is not None:
                timer.cancel()
        return task.done()

    async def drain(self, timeout: float | None) -> int:  # noqa: ASYNC109 - waits for tasks of its own, cancels them after it
        """Wait for the handlers at work; returns how many had to be cancelled."""
        loop = asyncio.get_running_loop()
        tasks = {task for task in self._tasks.values() if task.get_loop() is loop}
        if not tasks:
            return 0
        _, left = await asyncio.wait(tasks, timeout=timeout)
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)
        if left:
            logger.error("%d webhook handlers were cancelled at the end", len(left))
        return len(left)


def _where(error: BaseException) -> str:
    """The error's class and the line that raised it; never its text."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    if trace is None:
        return type(error).__name__
    code = trace.tb_frame.f_code
    return f"{type(error).__name__} in {code.co_qualname}, line {trace.tb_lineno}"


async def whole_body(parts: AsyncIterable[bytes], within: float) -> bytes | WebhookAnswer:
    """A request's body, or the answer to one that is too long, or doesn't come within so many seconds."""
    body = bytearray()
    try:
        async with asyncio.timeout(within):
            async for part in parts:
                body += part
                if len(body) > MAX_BODY:
                    return plain(413)
    except TimeoutError:
        return plain(408)
    return bytes(body)


class Receiver(Protocol):
    """`Webhooks`, as a web server's adapter sees it."""

    read_within: float
    prefix: str

    async def handle(
        self,
        *,
        method: str,
        target: str,
        headers: GivenHeaders,
        body: bytes = b"",
        peer: str | None = None,
        early: Early | None = None,
    ) -> WebhookAnswer:
        """Do everything with a request, to its handler's end."""
        ...

    async def drain(self, timeout: float | None = 10.0) -> int:  # noqa: ASYNC109 - as Webhooks.drain
        """Wait for handlers at work."""
        ...
