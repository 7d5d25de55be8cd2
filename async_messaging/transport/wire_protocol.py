"""One connection: writes a request as one block, reads its answer, and is free again.

One request is under way at a time. Its answer is nearly always plain and comes in one piece, which
is read here (see `wire_parser.py`). For any other the connection is lent to a protocol of aiohttp's,
with all that has come, and a task reads on as the session pool would. It is made then: kept with
each connection it would take 1.3 KB.

A `Pending` is the request once it is written. Whoever waits for it may be cancelled, and somebody
else may go on waiting: the answer is kept until it is asked for. Only `Pending.abandon` closes the
connection.

There is no timer a request: each connection has one, set to the earliest moment at which something
could be late, and set again when it rings in vain.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Protocol, TypeAlias

import msgspec
from aiohttp import ServerDisconnectedError

from ..errors import MessagingError
from .base import Request, Response
from .failures import failure
from .private import Handler, lend, next_answer
from .reading import KEPT, Reading
from .tls import Encrypted
from .unread import is_read_up, poll_of
from .wire_parser import Head, plain_head

Outcome: TypeAlias = Response | MessagingError

_INFINITE = float("inf")
_NO_HEADERS: Mapping[str, str] = {}


class Owner(Protocol):
    """Where a connection goes when it is free, and who counts those that are open."""

    def free(self, connection: Connection, /) -> None:
        """It may be used again."""
        ...

    def gone(self, connection: Connection, /) -> None:
        """It has closed."""
        ...


class Pending(msgspec.Struct, eq=False):
    """A request that was written, and its answer once there is one."""

    request: Request
    _connection: Connection
    done: bool = False
    _outcome: Outcome | None = None
    _waiter: asyncio.Future[None] | None = None

    def __repr__(self) -> str:
        return f"<Pending done={self.done}>"

    def wait(self) -> asyncio.Future[None]:
        """Await it until it is done. A wait that is cancelled leaves the request under way."""
        waiter = self._waiter = self._connection.loop.create_future()
        if self.done:
            waiter.set_result(None)
        return waiter

    def result(self) -> Response:
        """The answer, once it is done."""
        outcome = self._outcome
        if isinstance(outcome, MessagingError):
            raise outcome
        if outcome is None:
            raise asyncio.InvalidStateError
        return outcome

    def finish(self, outcome: Outcome) -> None:
        """The answer, or why there is none."""
        self._outcome, self.done = outcome, True
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    def abandon(self) -> None:
        """Nobody wants the answer any more: close the connection, on which it might still come."""
        if not self.done:
            self._connection.fail(ConnectionAbortedError())


class Connection(asyncio.BaseProtocol):
    """A connection to one origin."""

    __slots__ = (
        "_head",
        "_heard",
        "_lent",
        "_lost",
        "_missing",
        "_odd",
        "_owner",
        "_pending",
        "_pieces",
        "_read",
        "_reader",
        "_rings_at",
        "_timer",
        "_total",
        "_unread",
        "closed",
        "loop",
        "since",
        "transport",
    )

    def __init__(self, transport: asyncio.Transport, owner: Owner) -> None:
        self.loop: asyncio.AbstractEventLoop = asyncio.get_running_loop()
        self.transport: asyncio.Transport = transport
        self.since: float = 0.0
        self.closed: bool = False
        self._owner = owner
        self._unread = transport.unread if isinstance(transport, Encrypted) else poll_of(transport)
        self._pending: Pending | None = None
        self._head: Head | None = None
        self._pieces: list[bytes | memoryview] = []
        self._missing = 0
        self._lent: Handler | None = None
        self._lost: asyncio.Future[None] | None = None
        self._odd: Reading | None = None
        self._reader: asyncio.Task[None] | None = None
        self._heard = self._read = self._total = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self._rings_at = _INFINITE
        transport.set_protocol(self)

    @property
    def is_usable(self) -> bool:
        """Whether nothing was heard on it since it is free.

        It is looked for even where the event loop has not noticed yet, see `unread.py`.
        """
        return not self.closed and not self.transport.is_closing() and not self._unread(0)

    def write(self, request: Request, block: bytes, now: float) -> Pending:
        """Write a request, head and body in one. The attempt's time starts here.

        Raises:
            ConnectionResetError: the connection is closing; nothing was written.
        """
        if self.transport.is_closing():
            raise ConnectionResetError
        pending = self._pending = Pending(request, self)
        self.since = self._heard = now
        self._read, self._total = request.timeout.read, now + request.timeout.total
        if now + self._read < self._rings_at or self._total < self._rings_at:
            self._ring_at(min(self._total, now + self._read))
        request.written = True
        try:
            self.transport.write(block)
        except ConnectionResetError:  # before any of it was handed over
            request.written = False
            self._pending = None
            self.close()
            raise
        return pending

    def heard(self, data: bytes) -> None:
        """A piece has come."""
        pending = self._pending
        if pending is None:  # nobody asked
            self.close()
            return
        if self._head is not None:
            self._pieces.append(data)
            self._came(len(data), self._head)
            return
        head, came = plain_head(data), len(data)
        if head is None or head.end - head.start > pending.request.cap:
            self._lend(data, pending)
        elif head.end <= came:
            if head.end < came:
                self.close()  # more than was asked: the answer stands, the connection is spoilt
            self._answered(pending, head, data[head.start : head.end])
        else:
            self._head = head
            self._expect(data[head.start :], head.end - came)
            self._heard = self.loop.time()

    def _expect(self, begun: bytes, missing: int) -> None:
        """So much of the body has come, and so many bytes have not."""
        self._pieces = [begun]
        self._missing = missing

    def _came(self, length: int, head: Head) -> None:
        """More of the body is among the pieces."""
        self._heard = self.loop.time()
        self._missing -= length
        if self._missing > 0 or self._pending is None:
            return
        body = b"".join(self._pieces)
        self._head, self._pieces = None, []
        if self._missing < 0:  # more than was asked: the answer stands, the connection is spoilt
            self.close()
            body = body[: head.end - head.start]
        self._answered(self._pending, head, body)

    def _answered(self, pending: Pending, head: Head, body: bytes) -> None:
        self._pending = None
        if head.kept and not self.closed:
            self._owner.free(self)
        else:
            self.close()
        pending.finish(Response(head.status, head.headers, body, self))

    def _lend(self, data: bytes, pending: Pending) -> None:
        """An odd answer: aiohttp's protocol reads it, from its beginning."""
        odd = self._odd = Reading(pending.request.cap, self)
        handler = self._lent = lend(self.transport, self._read)
        self._read = _INFINITE
        handler.data_received(data)
        self._reader = self.loop.create_task(self._read_odd(pending, odd, handler))

    async def _read_odd(self, pending: Pending, odd: Reading, handler: Handler) -> None:
        outcome: Outcome
        try:
            status, headers, content = await next_answer(handler)
            outcome = await odd.read(status, headers, content, self.close)
        except Exception as error:  # noqa: BLE001 - whatever it is, it becomes an error of ours
            outcome = self._failure(error)
        if self._pending is not pending:
            return
        self._pending = self._odd = self._reader = None
        if self.closed or self.transport.is_closing() or not await is_read_up(handler):
            self.close()
        else:
            self._lent = None
            self.transport.set_protocol(self)
            self._owner.free(self)
        pending.finish(outcome)

    def fail(self, error: Exception) -> None:
        """No answer will come for the request under way."""
        pending = self._pending
        if pending is not None:
            ours = self._failure(error)
            self._pending = None
            pending.finish(ours)
        if self._reader is not None:
            self._reader.cancel()
        self.close()

    def spoil(self) -> None:
        """An answer on it was another request's: close it, and end what is under way on it."""
        self.fail(ConnectionAbortedError())

    def _failure(self, error: Exception) -> MessagingError:
        status, headers, raw = None, _NO_HEADERS, None
        if self._odd is not None:
            status, headers, raw = self._odd.status, self._odd.headers, self._odd.raw()
        elif self._head is not None:
            status, headers = self._head.status, self._head.headers
            came = self._head.end - self._head.start - self._missing
            raw = b"".join(self._pieces)[:came][:KEPT].decode("latin-1")
        return failure(error, written=True, status=status, headers=headers, raw=raw)

    def close(self) -> None:
        """Close it at once."""
        if self.closed:
            return
        self.closed = True
        if self._timer is not None:
            self._timer.cancel()
        self.transport.abort()
        self._owner.gone(self)

    def lost(self) -> asyncio.Future[None] | None:
        """Done when the transport has closed; None if it has."""
        if self._lent is not None:
            return self._lent.closed
        self._lost = self.loop.create_future()
        return self._lost

    def connection_lost(self, exc: Exception | None) -> None:
        """The transport has closed."""
        if self._lost is not None:
            self._lost.set_result(None)
        if self._odd is None:
            self.fail(exc or ServerDisconnectedError())

    def _ring_at(self, due: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer, self._rings_at = self.loop.call_at(due, self._ring), due

    def _ring(self) -> None:
        self._timer, self._rings_at = None, _INFINITE
        if self._pending is None:
            return
        due = min(self._total, self._heard + self._read)
        if self.loop.time() < due:
            self._ring_at(due)
        else:
            self.fail(TimeoutError())


class PlainConnection(Connection, asyncio.Protocol):
    """A connection whose loop hands over pieces of its own."""

    __slots__ = ()

    def data_received(self, data: bytes) -> None:
        """A piece has come."""
        self.heard(data)


class BufferedConnection(Connection, asyncio.BufferedProtocol):
    """A connection that receives into a buffer which its whole loop shares.

    asyncio's own transports take a fresh quarter of a mebibyte for each piece otherwise: up to
    three calls of the system and two page faults a send, 10 us. What is missing of a body that
    comes in several pieces is received where it will stay, without a copy of each. What comes
    beyond it stays in the kernel's buffer, where `is_usable` sees it.
    """

    __slots__ = ("_buffer", "_rest")

    def __init__(self, transport: asyncio.Transport, owner: Owner, buffer: memoryview) -> None:
        self._buffer = buffer
        self._rest: memoryview | None = None
        super().__init__(transport, owner)

    def _expect(self, begun: bytes, missing: int) -> None:
        super()._expect(begun, missing)
        self._rest = memoryview(bytearray(missing))
        self._pieces.append(self._rest)

    def get_buffer(self, sizehint: int) -> memoryview:
        """Where the next piece goes."""
        return self._buffer if self._rest is None else self._rest[-self._missing :]

    def buffer_updated(self, nbytes: int) -> None:
        """A piece has come."""
        if self._rest is None or self._head is None:
            self.heard(bytes(self._buffer[:nbytes]))
            return
        if nbytes == self._missing:
            self._rest = None
        self._came(nbytes, self._head)
