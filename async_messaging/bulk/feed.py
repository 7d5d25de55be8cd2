"""Where a bulk send's drafts come from: any iterable, read only as far as a worker asks.

A plain source is read by the worker that asks. An asynchronous one is read by one task of its own:
a source with a timeout, a cancel scope or a task group around its ``yield`` must be driven from one
task, and what it does to the task that drives it reaches no send.

A draft counts as taken as soon as the source has given it. From then on it stands in `Feed.open`
until its result is recorded, so a row can't be lost between two tasks. One whose sender's rate
leaves no room yet is parked (see `parking.py`), and the worker takes another.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import (
    AsyncGenerator,
    AsyncIterable,
    AsyncIterator,
    Awaitable,
    Callable,
    Iterable,
    Iterator,
)
from typing import TypeAlias

from ..clock import Clock
from ..errors import InvalidInput
from ..models import MessageDraft
from .parking import MOST, Outlook, Parking, Taken
from .sources import Row

Draft: TypeAlias = MessageDraft | InvalidInput | Row
"""What a bulk send takes: a draft, why there is none, or either with its row."""


class Feed:
    """The drafts of one bulk send, numbered, for many workers.

    Attributes:
        open: drafts that were taken and have no result yet, by index.
        stopped: nothing that was taken waits for its turn any more; nothing more is taken if it is *closed*.
    """

    def __init__(
        self,
        drafts: Iterable[Draft] | AsyncIterable[Draft],
        failed: Callable[[BaseException], None],
        outlook: Outlook,
        clock: Clock,
    ) -> None:
        self._plain: Iterator[Draft] | None = None
        self.slow: AsyncIterator[Draft] | None = None
        if isinstance(drafts, AsyncIterable):
            self.slow = aiter(drafts)
        else:
            self._plain = iter(drafts)
        self.open: dict[int, Taken] = {}
        self.closed: bool = False
        self.stopped: bool = False
        self._parking = Parking(outlook, clock, self._wake_one)
        self._parked_one = False
        self._failed = failed
        self._index = -1
        self._ready: deque[Taken] = deque()
        self._asking: deque[asyncio.Future[None]] = deque()
        self._wanted = asyncio.Event()
        self._reader: asyncio.Task[object] | None = None
        self._reading = self._withdrawn = False

    def close(self) -> None:
        """Take nothing more. A source that is waited for is left, and one that can be is closed."""
        if not self.closed:
            self.closed = True
            self._wanted.set()
            self._wake_all()
            if self._reader is not None:
                # Not now: it may be the source itself, that is the reader, which closes.
                self._reader.get_loop().call_soon(self._withdraw)

    def stop(self) -> None:
        """Take nothing more, and give workers at once what waits for its turn."""
        self.close()
        self.stopped = True
        self._ready.extend(self._parking.clear())
        self._wake_all()

    def take(self) -> Taken | None:
        """The next draft, if there is nothing to wait for; else `next` has it."""
        parking = self._parking
        if parking.count:
            if (taken := parking.due()) is not None:
                if parking.count in {0, MOST - 1}:  # others wait for that
                    self._wake_all()
                    self._wanted.set()
                return taken
            if parking.count >= MOST:
                return None
        taken = self._ready.popleft() if self._ready else self._read_now()
        if taken is None or self.stopped or parking.goes(taken):
            return taken
        self._parked_one = True
        return None

    def _read_now(self) -> Taken | None:
        if self._plain is None or self.closed:
            return None
        try:
            for draft in self._plain:
                return self._numbered(draft)
        except (Exception, asyncio.CancelledError) as error:  # noqa: BLE001 - the source's own failure; the consumer gets it
            self._failed(error)
        self.close()
        return None

    async def next(self) -> Taken | None:
        """The next draft, waited for; None at the end."""
        while (taken := self.take()) is None:
            if self._parked_one:  # perhaps it is the next one's turn; many must not block the loop
                self._parked_one = False
                await asyncio.sleep(0)
            elif self.closed and not self._parking.count:
                return None
            else:
                await self._asked()
        return taken

    async def _asked(self) -> None:
        """Wait until there may be something to take."""
        asking: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._asking.append(asking)
        self._wanted.set()
        try:
            await asking
        except asyncio.CancelledError:
            asking.cancel()
            self._wake_one()  # perhaps it was this one's turn
            raise

    async def read(self) -> None:
        """Read an asynchronous source to its end, or until `close`; then close a generator."""
        source, self._reader = self.slow, asyncio.current_task()
        assert source is not None
        assert self._reader is not None
        try:
            await self._guarded(self._read_on(source))
            if self._withdrawn:
                self._reader.uncancel()
        finally:
            self.close()
        if isinstance(source, AsyncGenerator):
            await self._guarded(source.aclose())

    async def _guarded(self, reading: Awaitable[None]) -> None:
        try:
            await reading
        except asyncio.CancelledError as error:
            if not self.closed:
                self._failed(error)
        except Exception as error:  # noqa: BLE001 - the source's own failure; the consumer gets it
            self._failed(error)

    async def _read_on(self, source: AsyncIterator[Draft]) -> None:
        while not self.closed:
            if not self._is_asked() or self._parking.count >= MOST:
                self._wanted.clear()
                await self._wanted.wait()
                continue
            self._reading = True
            try:
                draft = await anext(source)
            except StopAsyncIteration:
                return
            finally:
                self._reading = False
            self._ready.append(self._numbered(draft))
            self._wake_one()

    def _withdraw(self) -> None:
        """End the wait for a source that nobody wants more of: no other way ends a foreign wait."""
        if self._reading and self._reader is not None and not self._withdrawn:
            self._withdrawn = True
            self._reader.cancel()

    def _numbered(self, draft: Draft) -> Taken:
        self._index += 1
        if isinstance(draft, Row):
            taken = Taken(self._index, draft.number, draft.to, draft.item)
        else:
            taken = Taken(self._index, self._index + 1, "", draft)
        self.open[self._index] = taken
        return taken

    def _is_asked(self) -> bool:
        while self._asking and self._asking[0].done():
            self._asking.popleft()
        return bool(self._asking)

    def _wake_one(self) -> None:
        if self._is_asked():
            self._asking.popleft().set_result(None)

    def _wake_all(self) -> None:
        while self._is_asked():
            self._wake_one()
