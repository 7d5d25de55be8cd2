"""Many sends at once, with a bound on how many, and results as they finish.

N workers share one iterator over the drafts: nothing is read ahead, so a source of any length takes
constant memory. A worker that has a result waits until the consumer has room for it, so a slow
consumer slows the sending down. One failing message never ends the rest; an error that every
further message would meet (wrong credentials, a stopped account, a redirect) ends the intake.

Leaving the block early, an error in it, or cancellation: no more drafts are taken, calls that wait
end as not sent, calls under way finish. What was not consumed is then in `BulkSend.uncollected`.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable, Iterable, Iterator
from types import TracebackType
from typing import Self, TypeAlias

import anyio
import anyio.abc

from ..clock import Clock
from ..errors import InvalidInput, MessagingError, OutcomeUnknown, SettingsError
from ..models import Message, MessageDraft
from ..operation import Answer, Call
from ..pipeline.batch import Batch
from ..pipeline.limiter import Lane
from ..resources.messages import creation
from .report import BulkResult, Summary
from .sources import Row

__all__ = ["BulkSend", "Draft"]

Draft: TypeAlias = MessageDraft | InvalidInput | Row
"""What a bulk send takes: a draft, why there is none, or either with its row."""


class BulkSend:
    """A bulk send: an async context manager, and inside it an async iterator over results.

    Made by `MessagingClient.bulk`.

    Attributes:
        summary: the send in figures, kept up to date.
        uncollected: results that nobody has taken, once the block is left.
    """

    def __init__(
        self,
        run: Callable[[Call[Message]], Awaitable[Answer[Message]]],
        batch: Batch,
        drafts: Iterable[Draft] | AsyncIterable[Draft],
        concurrency: int,
        clock: Clock,
        lane: Lane | None,
        closed: Callable[[], None],
        told: Callable[[OutcomeUnknown, Call[Message]], None],
    ) -> None:
        if concurrency < 1:
            raise SettingsError("concurrency must be at least 1")
        self.summary: Summary = Summary(rate=None if lane is None else lane.full)
        self.uncollected: tuple[BulkResult, ...] = ()
        self._run = run
        self._batch = batch
        batch.took = self.summary.latencies.add
        self._concurrency = concurrency
        self._clock = clock
        self._lane = lane
        self._closed = closed
        self._told = told
        self._source = _Source(drafts)
        self._results: deque[BulkResult] = deque()
        self._busy = 0
        self._workers = 0
        self._error: BaseException | None = None
        self._news = asyncio.Event()
        self._room = asyncio.Event()
        self._started = clock.monotonic()
        self._tasks: anyio.abc.TaskGroup | None = None

    def __repr__(self) -> str:
        return f"<BulkSend {self.summary.rows} rows, {self._busy} in flight>"

    @property
    def in_flight(self) -> int:
        """Messages taken from the source that have no outcome yet."""
        return self._busy

    async def __aenter__(self) -> Self:
        self._started = self._clock.monotonic()
        self._tasks = anyio.create_task_group()
        await self._tasks.__aenter__()
        self._workers = self._concurrency
        for _ in range(self._concurrency):
            self._tasks.start_soon(self._work)
        return self

    def stop(self) -> None:
        """Take no more drafts; calls that wait end as not sent, those under way finish."""
        self._source.close()
        self._batch.halt()

    def __aiter__(self) -> AsyncIterator[BulkResult]:
        return self

    async def __anext__(self) -> BulkResult:
        while not self._results:
            if not self._workers:
                error, self._error = self._error, None
                if error is not None:
                    raise error
                raise StopAsyncIteration
            self._news.clear()
            await self._news.wait()
        result = self._results.popleft()
        self._room.set()
        return result

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._workers:
            self.stop()
        self._concurrency = 1 << 62
        self._room.set()
        try:
            if self._tasks is not None:
                await self._tasks.__aexit__(None, None, None)
        finally:
            self.uncollected = tuple(self._results)
            self._refresh()
            self._closed()
        if error is None and self._error is not None:
            raise self._error

    async def _work(self) -> None:
        try:
            take = self._source.take
            while (taken := take() or await self._source.taken()) is not None:
                index, draft = taken
                row, to, item = _parts(index, draft)
                self._busy += 1
                try:
                    if isinstance(item, InvalidInput):
                        result = self._invalid(index, row, to, item)
                        await asyncio.sleep(0)  # a run of invalid rows must not keep the loop busy
                    else:
                        result = await self._sent(index, row, to, item)
                finally:
                    self._busy -= 1
                if result.error is not None and result.error.stops:
                    self.stop()
                self.summary.add(result)
                self._refresh()
                if len(self._results) >= self._concurrency:
                    await self._room_made()
                self._results.append(result)
                self._news.set()
        except Exception as error:  # noqa: BLE001 - the source's own failure; the consumer gets it
            self._error = error
            self._source.close()
        finally:
            self._workers -= 1
            self._news.set()

    async def _room_made(self) -> None:
        while len(self._results) >= self._concurrency:
            self._room.clear()
            await self._room.wait()

    def _refresh(self) -> None:
        summary, batch = self.summary, self._batch
        summary.requests, summary.retries = batch.requests, batch.retries
        summary.throttled = batch.throttled
        summary.elapsed = self._clock.monotonic() - self._started
        if self._lane is not None:
            summary.attained = self._lane.attained
        elif summary.elapsed > 0:
            summary.attained = summary.segments / summary.elapsed

    def _invalid(self, index: int, row: int, to: str, error: InvalidInput) -> BulkResult:
        """The result of what can't be sent."""
        row, at = error.row or row, self._clock.time()
        return BulkResult(index=index, row=row, outcome="invalid", to=to, error=error, at=at)

    async def _sent(self, index: int, row: int, to: str, draft: MessageDraft) -> BulkResult:
        try:
            call = creation(draft)
            answer = await self._run(call)
            return BulkResult(
                index=index,
                row=row,
                outcome="accepted",
                to=to or draft.to,
                draft=draft,
                message=answer.value,
                attempts=answer.attempts,
                elapsed=answer.elapsed,
                at=self._clock.time(),
            )
        except MessagingError as raised:
            error = raised
            if isinstance(error, OutcomeUnknown):
                self._told(error, creation(draft))
        except Exception as failure:  # noqa: BLE001 - a defect; the row must have an outcome all the same
            self._error = failure
            self._source.close()
            name = type(failure).__name__
            error = OutcomeUnknown(f"the send failed in an unforeseen way ({name})")
        return self._failed(index, row, to or draft.to, draft, error)

    def _failed(
        self, index: int, row: int, to: str, draft: MessageDraft, error: MessagingError
    ) -> BulkResult:
        return BulkResult(
            index=index,
            row=row,
            outcome="invalid" if isinstance(error, InvalidInput) else error.outcome,
            to=to,
            draft=draft,
            error=error,
            attempts=error.attempts,
            elapsed=error.elapsed,
            at=self._clock.time(),
        )


def _parts(index: int, draft: Draft) -> tuple[int, str, MessageDraft | InvalidInput]:
    """Row, recipient as the source had it, and what is to be sent."""
    if isinstance(draft, Row):
        return draft.number, draft.to, draft.item
    return index + 1, "", draft


class _Source:
    """The drafts, numbered; many workers may iterate over it, and it can be closed."""

    def __init__(self, drafts: Iterable[Draft] | AsyncIterable[Draft]) -> None:
        self._plain: Iterator[Draft] | None = None
        self._async: AsyncIterator[Draft] | None = None
        if isinstance(drafts, AsyncIterable):
            self._async = aiter(drafts)
        else:
            self._plain = iter(drafts)
        self._turn = asyncio.Lock()
        self._index = -1
        self._closed = False

    def close(self) -> None:
        self._closed = True

    def take(self) -> tuple[int, Draft] | None:
        """The next draft, if there is nothing to wait for; else `taken` has it."""
        if self._closed or self._plain is None:
            return None
        for draft in self._plain:
            self._index += 1
            return self._index, draft
        self._closed = True
        return None

    async def taken(self) -> tuple[int, Draft] | None:
        """The next draft, waited for; None at the end."""
        async with self._turn:
            if not self._closed and self._async is not None:
                async for draft in self._async:
                    self._index += 1
                    return self._index, draft
        self._closed = True
        return None
