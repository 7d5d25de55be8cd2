"""The connections of one loop: kept, bounded for each origin, and dialled by aiohttp.

A request takes the connection that was used last, so that as few as needed stay warm and the others
grow old and are closed. Where all are busy and no more may be opened, requests wait in line; a
connection that becomes free, or the right to open one, goes to the first of them. They wait, too,
where the process has no file left for another connection.

No more than 256 are dialled at a time, however many may be open: what dialling takes for a while is
as much as a connection keeps, and with 10,000 at once it would stay with the process.
"""

from __future__ import annotations

import asyncio
import errno
import math
from collections import deque
from collections.abc import Callable
from contextlib import suppress

from ..settings import Settings
from .evidence import KEEP_ALIVE, EvidenceConnector, finite
from .private import dial
from .tls import Encrypted
from .wire_protocol import BufferedConnection, Connection, PlainConnection

PIECE = 1 << 18
"""Bytes that are received at once."""

FULL = 1.0
"""Seconds in which no more are dialled after one found no file left, unless one has closed."""

DIALS = 256
"""Connections to one origin that are dialled at a time: as many as may be open, if nobody says."""


class Origin:
    """The connections to one origin."""

    __slots__ = ("_dialling", "_full_until", "_idle", "_pool", "_url", "_waiters", "open")

    def __init__(self, pool: WirePool, url: str) -> None:
        self._pool = pool
        self._url = url
        self._idle: dict[Connection, None] = {}
        self._waiters: deque[asyncio.Future[Connection | None]] = deque()
        self._dialling = 0
        self._full_until = 0.0
        self.open: int = 0

    def idle(self, now: float) -> Connection | None:
        """A connection that can be used at once, if there is one."""
        while self._idle:
            connection, _ = self._idle.popitem()
            if now - connection.since <= KEEP_ALIVE and connection.is_usable:
                return connection
            connection.close()
        return None

    async def connection(self, now: float, due: float) -> Connection:
        """A connection, waited for or new.

        The wait is in this one coroutine, and has a bare timer instead of `asyncio.timeout`: a send
        that waits takes 0.7 KB less.
        """
        while (connection := self.idle(now)) is None:
            if self._may_dial:
                self._begin_dialling()
            else:
                loop = asyncio.get_running_loop()
                waiter: asyncio.Future[Connection | None] = loop.create_future()
                self._waiters.append(waiter)
                timer = loop.call_at(due, _expire, waiter) if due < math.inf else None
                try:
                    connection = await waiter
                except (asyncio.CancelledError, TimeoutError):
                    self._has_left(waiter)
                    raise
                finally:
                    if timer is not None:
                        timer.cancel()
            if connection is None:
                if (connection := await self._dialled(due)) is not None:
                    return connection
                # No file was left for another: wait for one of those that are open.
            elif connection.is_usable:
                return connection
            else:
                connection.close()
        return connection

    def _has_left(self, waiter: asyncio.Future[Connection | None]) -> None:
        """Somebody waits no longer: what was just given to him goes to the next."""
        if waiter.cancelled() or waiter.exception() is not None:
            with suppress(ValueError):
                self._waiters.remove(waiter)
        elif (connection := waiter.result()) is None:
            self._end_dialling(failed=True)
        else:
            self.free(connection)

    @property
    def _may_dial(self) -> bool:
        if self._full_until and self.open and self._pool.now() < self._full_until:
            return False
        return self.open < self._pool.most and self._dialling < DIALS

    def _begin_dialling(self) -> None:
        self.open += 1
        self._dialling += 1

    def _end_dialling(self, *, failed: bool) -> None:
        self._dialling -= 1
        if failed:
            self.open -= 1
        self._let_dial()

    async def _dialled(self, due: float) -> Connection | None:
        """A new connection; None where the process has no file left for it, but has others open."""
        failed = True
        try:
            async with asyncio.timeout_at(finite(due)):
                connection = await self._pool.dial(self, self._url)
            failed = False
        except Exception as error:
            if not _has_no_file_left(error) or self.open < 2:  # 1: the one that was to be opened
                raise
            self._full_until = self._pool.now() + FULL
            return None
        finally:
            self._end_dialling(failed=failed)
        return connection

    def free(self, connection: Connection, /) -> None:
        """A connection may be used again."""
        while self._waiters:
            waiter = self._waiters.popleft()
            if not waiter.done():
                waiter.set_result(connection)
                return
        self._idle[connection] = None
        if not self._pool.sweeps:
            self._pool.sweep_later()

    def gone(self, connection: Connection, /) -> None:
        """A connection has closed."""
        self._idle.pop(connection, None)
        self._pool.connections.discard(connection)
        self.open -= 1
        self._full_until = 0.0
        self._let_dial()

    def _let_dial(self) -> None:
        """If one may be opened, the first that waits does it."""
        while self._waiters and self._may_dial:
            waiter = self._waiters.popleft()
            if not waiter.done():
                self._begin_dialling()
                waiter.set_result(None)

    def sweep(self, now: float) -> bool:
        """Close what has been idle for long; says whether there is more to watch."""
        for connection in list(self._idle):
            if now - connection.since > KEEP_ALIVE:
                connection.close()
        return bool(self._idle)

    def refuse(self) -> None:
        """The pool has closed: nobody waits here any more."""
        waiting, self._waiters = self._waiters, deque()
        for waiter in waiting:
            if not waiter.done():
                waiter.set_exception(ConnectionAbortedError())


class WirePool:
    """All connections of one loop, at most so many to one origin."""

    def __init__(self, settings: Settings) -> None:
        self.most: int = settings.limits.max_connections
        self.connections: set[Connection] = set()
        self._loop = asyncio.get_running_loop()
        self.now: Callable[[], float] = self._loop.time
        self._connector = EvidenceConnector(settings)
        self._origins: dict[str, Origin] = {}
        self._closed = False
        self.sweeps: bool = False
        self._sweeper: asyncio.TimerHandle | None = None
        # Others than a selector's receive ahead, and can't share a buffer for that.
        selects = isinstance(self._loop, asyncio.SelectorEventLoop)
        self._buffer = memoryview(bytearray(PIECE)) if selects else None

    def origin(self, url: str) -> Origin:
        """The connections to an origin."""
        found = self._origins.get(url)
        if found is None:
            found = self._origins[url] = Origin(self, url)
        return found

    async def dial(self, origin: Origin, url: str) -> Connection:
        """A new connection."""
        transport = await dial(self._connector, url, self._buffer)
        if self._closed:
            transport.abort()
            raise ConnectionAbortedError
        if self._buffer is None or isinstance(transport, Encrypted):
            connection: Connection = PlainConnection(transport, origin)
        else:
            connection = BufferedConnection(transport, origin, self._buffer)
        self.connections.add(connection)
        return connection

    def sweep_later(self) -> None:
        """Look for old connections after a while."""
        self.sweeps = True
        self._sweeper = self._loop.call_later(KEEP_ALIVE, self._sweep)

    def _sweep(self) -> None:
        self.sweeps = False
        now = self._loop.time()
        left = [origin.sweep(now) for origin in self._origins.values()]
        if any(left):
            self.sweep_later()

    async def close(self) -> None:
        """Close all connections, and wait until they have closed."""
        self._closed = True
        if self._sweeper is not None:
            self._sweeper.cancel()
        for origin in self._origins.values():
            origin.refuse()
        closing = [lost for one in self.connections if (lost := one.lost()) is not None]
        for connection in list(self.connections):
            connection.fail(ConnectionAbortedError())
        await self._connector.close()
        if closing:
            await asyncio.wait(closing)

    def abandon(self) -> None:
        """Let go of them: their loop can't run here any more."""
        self._connector.abandon()


def _has_no_file_left(error: Exception) -> bool:
    cause: object = getattr(error, "os_error", error)  # aiohttp's wraps the system's
    return isinstance(cause, OSError) and cause.errno in {errno.EMFILE, errno.ENFILE}


def _expire(waiter: asyncio.Future[Connection | None]) -> None:
    """It was waited for too long."""
    if not waiter.done():
        waiter.set_exception(TimeoutError())
