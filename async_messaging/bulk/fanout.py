"""Many sends at once, with a bound on how many, and results as they finish.

N workers share one feed of drafts: nothing is read ahead, but where a sender's rate makes its
messages wait, so a source of any length takes constant memory. A worker that has given its result
waits until the consumer has room for more, so a slow consumer slows the sending down. One failing
message never ends the rest; an error that every further message would meet (wrong credentials, a
stopped account, a redirect, a closed client) ends the intake.

Leaving the block early, an error in it, or cancellation: no more drafts are taken, calls that wait
end as not sent, calls under way finish. What was not consumed is then in `BulkSend.uncollected`.

**No row without a result.** A draft stands in the feed's `open` from the moment the source gives it
until its result is recorded; what still stands there when the block is left was not sent, and is
told as such. Workers are shielded from cancel scopes around the block, so that a scope which ends,
or a task group one of whose tasks fails, finds calls under way finished or told. Who is cancelled a
second time waits no longer: see `BulkSend.abandon`.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable, Iterable
from contextlib import suppress
from types import TracebackType
from typing import Self, TypeVarTuple

import anyio
import anyio.abc

from ..errors import (
    ClientClosed,
    InvalidInput,
    MessagingError,
    NotSent,
    OutcomeUnknown,
    SettingsError,
)
from ..models import Message, MessageDraft
from ..operation import Answer
from ..pipeline.batch_run import BatchRun
from ..pipeline.stop import CallLeft
from ..resources.messages import creation
from .feed import Draft, Feed
from .parking import Taken
from .report import BulkResult, Summary

Ts = TypeVarTuple("Ts")


class BulkSend:
    """A bulk send: an async context manager, and inside it an async iterator over results.

    Made by `MessagingClient.bulk`.

    Attributes:
        summary: the send in figures, kept up to date.
        uncollected: results that nobody has taken, once the block is left; together with those
            that were taken they are one for each row that the source gave.
    """

    def __init__(
        self,
        calls: BatchRun,
        drafts: Iterable[Draft] | AsyncIterable[Draft],
        concurrency: int,
    ) -> None:
        if concurrency < 1:
            raise SettingsError("concurrency must be at least 1")
        self.summary: Summary = Summary(rate=None if calls.lane is None else calls.lane.full)
        self.uncollected: tuple[BulkResult, ...] = ()
        self._calls = calls
        calls.batch.took = self.summary.latencies.add
        self._concurrency = concurrency
        self._clock = calls.clock
        self._feed = Feed(drafts, self._fail, calls.outlook, calls.clock)
        self._results: deque[BulkResult] = deque()
        self._workers = 0
        self._scopes: set[anyio.CancelScope] = set()
        self._error: BaseException | None = None
        self._news = asyncio.Event()
        self._room = asyncio.Event()
        self._started = calls.clock.monotonic()
        self._tasks: anyio.abc.TaskGroup | None = None
        self._left = False
        self._over: asyncio.Future[None] | None = None

    def __repr__(self) -> str:
        return f"<BulkSend {self.summary.rows} rows, {self.in_flight} in flight>"

    @property
    def in_flight(self) -> int:
        """Messages taken from the source that have no outcome yet."""
        return len(self._feed.open)

    async def __aenter__(self) -> Self:
        """Begin to send.

        Raises:
            SettingsError: it was entered before.
        """
        if self._tasks is not None:
            raise SettingsError("a bulk send is entered once; make another for further drafts")
        self._started = self._clock.monotonic()
        self._tasks = anyio.create_task_group()
        await self._tasks.__aenter__()
        self._workers = self._concurrency
        self._over = asyncio.get_running_loop().create_future()
        start = self._tasks.start_soon
        start(self._shielded, self._heed, self._over, name="bulk send: stop")
        if self._feed.slow is not None:
            start(self._shielded, self._feed.read, name="bulk send: source")
        for _ in range(self._concurrency):
            start(self._shielded, self._work, name="bulk send: worker")
        return self

    def stop(self) -> None:
        """Take no more drafts; calls that wait end as not sent, those under way finish."""
        self._calls.batch.halt()
        self._feed.stop()

    def abandon(self) -> None:
        """Stop, and don't wait for calls under way either: their rows are unknown.

        Their requests go on until the client is closed; what they learn comes by
        `client.events.on_late_answer` and in the log.
        """
        self.stop()
        for scope in tuple(self._scopes):
            scope.cancel()

    def __aiter__(self) -> AsyncIterator[BulkResult]:
        """The results, in the order in which messages end.

        Raises:
            SettingsError: it is not inside its ``async with``.
        """
        if self._tasks is None or self._left:
            raise SettingsError(
                "a bulk send runs inside `async with`: async with client.bulk(drafts) as results"
            )
        return self

    async def __anext__(self) -> BulkResult:
        if self._tasks is None:
            aiter(self)
        while not self._results:
            if self._has_ended():
                error, self._error = self._error, None
                if error is not None:
                    raise error
                raise StopAsyncIteration
            self._news.clear()
            await self._news.wait()
        result = self._results.popleft()
        self._room.set()
        return result

    def _has_ended(self) -> bool:
        return not self._workers or (self._feed.closed and not self._feed.open)

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        assert self._tasks is not None
        if not self._has_ended():
            self.stop()
        self._left = True
        self._room.set()
        if self._over is not None and not self._over.done():
            self._over.set_result(None)
        self._tasks.cancel_scope.shield = True
        try:
            await self._workers_end()
        finally:
            try:
                await self._tasks.__aexit__(None, None, None)
            finally:
                self._close()
        if error is None and self._error is not None:
            raise self._error

    async def _workers_end(self) -> None:
        """Return when no worker runs; whoever is cancelled here waits no longer."""
        try:
            while self._scopes:
                self._news.clear()
                await self._news.wait()
        except asyncio.CancelledError:
            self.abandon()
            raise

    def _close(self) -> None:
        for taken in tuple(self._feed.open.values()):
            self._failed(taken, NotSent("the bulk send was left before this message was sent"))
        self.uncollected = tuple(self._results)
        self._results.clear()
        self._refresh()
        self._calls.close()

    async def _heed(self, over: asyncio.Future[None]) -> None:
        """Stop the feed when the calls are stopped, be it by the client's end."""
        with suppress(NotSent):
            await self._calls.batch.stop.wait(over)
        self._feed.stop()

    async def _shielded(self, work: Callable[[*Ts], Awaitable[None]], *arguments: *Ts) -> None:
        with anyio.CancelScope(shield=True) as scope:
            self._scopes.add(scope)
            try:
                await work(*arguments)
            except asyncio.CancelledError as error:
                if not scope.cancel_called:  # by somebody who knows of tasks, not of this send
                    self._fail(error)
                    self.stop()
            finally:
                self._scopes.discard(scope)
                self._news.set()

    async def _work(self) -> None:
        feed = self._feed
        try:
            while (taken := feed.take() or await feed.next()) is not None:
                await self._sent(taken)
                while len(self._results) >= self._concurrency and not self._left:
                    self._room.clear()
                    await self._room.wait()
        finally:
            self._workers -= 1

    def _fail(self, error: BaseException) -> None:
        """The consumer gets this error after the results; the first one counts."""
        self._error = self._error or error
        self._feed.close()

    async def _sent(self, taken: Taken) -> None:
        """Send one message and record its result, whatever ends it."""
        draft = taken.item
        if not isinstance(draft, MessageDraft):
            self._failed(taken, _invalid(draft))
            await asyncio.sleep(0)  # a run of invalid rows must not keep the loop busy
            return
        try:
            answer = await self._calls.run(creation(draft))
        except MessagingError as error:
            self._failed(taken, error)
        except CallLeft as left:
            if left.answer is not None:
                self._accepted(taken, draft, left.answer)
            else:
                self._failed(taken, left.error)
            raise
        except BaseException as error:
            name = type(error).__name__
            self._failed(taken, OutcomeUnknown(f"the send failed in an unforeseen way ({name})"))
            if not isinstance(error, Exception):
                raise
            self._fail(error)
        else:
            self._accepted(taken, draft, answer)

    def _accepted(self, taken: Taken, draft: MessageDraft, answer: Answer[Message]) -> None:
        self._record(
            BulkResult(
                index=taken.index,
                row=taken.row,
                outcome="accepted",
                to=taken.to or draft.to,
                draft=draft,
                message=answer.value,
                attempts=answer.attempts,
                elapsed=answer.elapsed,
                at=self._clock.time(),
            )
        )

    def _failed(self, taken: Taken, error: MessagingError) -> None:
        draft = taken.item if isinstance(taken.item, MessageDraft) else None
        invalid = error if isinstance(error, InvalidInput) else None
        self._record(
            BulkResult(
                index=taken.index,
                row=taken.row if invalid is None else invalid.row or taken.row,
                outcome=error.outcome if invalid is None else "invalid",
                to=taken.to or (draft.to if draft is not None else ""),
                draft=draft,
                error=error,
                attempts=error.attempts,
                elapsed=error.elapsed,
                at=self._clock.time(),
            )
        )

    def _record(self, result: BulkResult) -> None:
        """The row's one result."""
        self._results.append(result)
        del self._feed.open[result.index]
        self._news.set()
        error = result.error
        if error is not None and (error.stops or isinstance(error, ClientClosed | SettingsError)):
            self.stop()
        self.summary.add(result)
        self._refresh()

    def _refresh(self) -> None:
        summary, batch, lane = self.summary, self._calls.batch, self._calls.lane
        summary.requests, summary.retries = batch.requests, batch.retries
        summary.throttled = batch.throttled
        summary.elapsed = self._clock.monotonic() - self._started
        if lane is not None:
            summary.attained = lane.attained
        elif summary.elapsed > 0:
            summary.attained = summary.segments / summary.elapsed


def _invalid(item: object) -> InvalidInput:
    """Why this can't be sent."""
    if isinstance(item, InvalidInput):
        return item
    return InvalidInput(f"is {type(item).__name__}, not MessageDraft")
