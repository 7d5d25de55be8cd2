"""Wire evidence: has a byte of this request been handed to a connection?

Two joints of aiohttp tell, both public, and neither costs what a trace does (15-30 us a request):

* **The body is a payload of ours.** aiohttp buffers the head and writes it together with the first
  piece of the body, and the only way for it to get at the body is to ask `Body.write_with_length`.
  That is the moment before the first byte, so it is where ``written`` is set, and only if the
  connection is still open: on a closing one aiohttp refuses to write. Should a later aiohttp write
  the head earlier, a request without its body is still not a request.
  A trace's ``on_request_headers_sent`` is less exact: up to Python 3.11 it comes one turn of the
  loop before the write, which may then be refused.
* **The connector is a subclass of ours.** It knows when a request has its connection. A request
  without a body (a GET, a DELETE) is written in the same turn of the loop, so it is marked there.

`ClientSession` does not hand the request through to either, so a context variable does.
"""

from __future__ import annotations

import asyncio
import math
import socket
from contextlib import suppress
from contextvars import ContextVar
from weakref import WeakSet

from aiohttp import (
    ClientRequest,
    ClientTimeout,
    Payload,
    ServerDisconnectedError,
    TCPConnector,
    ThreadedResolver,
)
from aiohttp.abc import AbstractStreamWriter
from aiohttp.client_proto import ResponseHandler
from aiohttp.connector import Connection
from aiohttp.tracing import Trace

from ..settings import Settings
from .base import Request
from .unread import is_read_up, poll_of

KEEP_ALIVE = 20.0
"""Seconds an idle connection is kept: well below the minute after which load balancers drop it."""

DNS_CACHE = 30
"""Seconds a looked-up address is used."""


def finite(seconds: float) -> float | None:
    """As asyncio takes it: None is no bound."""
    return seconds if seconds < math.inf else None


class Passage:
    """One request's way through aiohttp."""

    __slots__ = ("connection", "limit", "request", "seen")

    def __init__(self, request: Request) -> None:
        self.request: Request = request
        self.seen: bool = False
        self.connection: asyncio.Transport | None = None
        self.limit: asyncio.Timeout | None = None

    def __deepcopy__(self, _memo: object) -> Passage:
        """Itself: tools that note requests copy their arguments, and this is no value."""
        return self

    def limited(self) -> asyncio.Timeout:
        """The time of the attempt: it starts anew with the write, whatever was waited for before."""
        patience = self.request.timeout
        waiting = min(patience.connect, patience.total)
        self.limit = asyncio.timeout(finite(waiting + patience.total))
        return self.limit

    @property
    def written(self) -> bool | None:
        """What is known; None if no connector of ours saw the request."""
        return self.request.written or (False if self.seen else None)

    def about_to_write(self) -> None:
        """Mark the request as written, unless the connection will refuse it."""
        if self.connection is None or not self.connection.is_closing():
            self.request.written = True
            if self.limit is not None and not self.limit.expired():
                due = asyncio.get_running_loop().time() + self.request.timeout.total
                self.limit.reschedule(finite(due))

    def spoil(self) -> None:
        """The answer was another request's: close the connection that it came on."""
        if self.connection is not None:
            self.connection.abort()


under_way: ContextVar[Passage | None] = ContextVar("under_way", default=None)


class Body(Payload):
    """A request's body, which marks the request as written the moment it is asked for."""

    def __init__(self, passage: Passage) -> None:
        super().__init__(passage.request.body)
        self._passage = passage
        self._size = len(passage.request.body)

    async def write(self, writer: AbstractStreamWriter) -> None:
        """Write the whole body."""
        await self.write_with_length(writer, None)

    async def write_with_length(
        self, writer: AbstractStreamWriter, content_length: int | None
    ) -> None:
        """Write the body, up to a length."""
        body = self._handed_over()
        await writer.write(body if content_length is None else body[:content_length])

    async def as_bytes(self, encoding: str = "utf-8", errors: str = "strict") -> bytes:
        """The body itself; whoever asks may write it."""
        return self._handed_over()

    def decode(self, encoding: str = "utf-8", errors: str = "strict") -> str:
        """The body as text; whoever asks may write it."""
        return self._handed_over().decode(encoding, errors)

    def _handed_over(self) -> bytes:
        # aiohttp writes in a task of its own, which runs once more after ours was cancelled.
        if self._passage.request.withdrawn:
            raise ConnectionAbortedError
        self._passage.about_to_write()
        return self._passage.request.body


class EvidenceConnector(TCPConnector):
    """aiohttp's connector, which also knows its sockets and tells a request that it is connected."""

    def __init__(self, settings: Settings) -> None:
        self.sockets: WeakSet[socket.socket] = WeakSet()
        self.abandoned: bool = False
        self._known: WeakSet[ResponseHandler] = WeakSet()
        super().__init__(  # pyright: ignore[reportUnknownMemberType] - a bare tuple in its types
            limit=settings.limits.max_connections,
            limit_per_host=settings.limits.max_connections,
            ttl_dns_cache=DNS_CACHE,
            keepalive_timeout=KEEP_ALIVE,
            resolver=ThreadedResolver(),
            ssl=settings.ssl or True,
            socket_factory=self._socket,
        )

    def __del__(self, *_: object) -> None:
        if not self.abandoned:
            super().__del__()

    def abandon(self) -> None:
        """Close its sockets, and nothing else: its loop can't run here any more."""
        self.abandoned = True
        for opened in list(self.sockets):
            with suppress(OSError):
                opened.close()

    def _socket(self, address: tuple[int, int, int, str, object]) -> socket.socket:
        family, kind, protocol, _, _ = address
        opened = socket.socket(family, kind, protocol)
        self.sockets.add(opened)
        return opened

    async def connect(
        self,
        req: ClientRequest,
        traces: list[Trace],
        timeout: ClientTimeout,  # noqa: ASYNC109 - aiohttp's signature
    ) -> Connection:
        """A connection for the request, which is told of it.

        A kept connection with something to read was closed by the server, or spoken on out of turn,
        and what was said would be taken for the answer to this request. It is put aside for
        another, even where the event loop has not noticed yet: nothing was written to it. What can't be
        seen here is a TLS record that has only begun.

        Raises:
            ServerDisconnectedError: a new connection is like that from its start.
        """
        passage = under_way.get()
        if passage is not None:
            passage.seen = True
        while True:
            connection = await super().connect(req, traces, timeout)
            protocol = connection.protocol
            kept = protocol in self._known
            if protocol is not None and await _is_free(protocol, kept=kept):
                break
            connection.close()
            if not kept:
                raise ServerDisconnectedError
        self._known.add(protocol)
        if passage is not None:
            passage.connection = connection.transport
            if not req.body:
                passage.about_to_write()
        return connection


async def _is_free(protocol: ResponseHandler, *, kept: bool) -> bool:
    """Whether nothing was said on it that nobody asked for.

    Of a new connection with TLS the kernel's buffer is not looked at: tickets may lie there.
    """
    transport = protocol.transport
    if transport is None:
        return False
    if kept:
        return not poll_of(transport)(0) and await is_read_up(protocol)
    encrypted = transport.get_extra_info("sslcontext") is not None
    return not protocol.should_close and (encrypted or not poll_of(transport)(0))
