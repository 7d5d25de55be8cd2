"""The lean transport: aiohttp dials, a protocol of its own writes and reads.

Of the 260 us that aiohttp takes for a POST, some 200 are its session's machinery. Here a request
leaves as one prepared block of bytes, on a connection that was kept, and its answer is read by
`wire_parser.py` if it is plain, as nearly all are, else by aiohttp's own parser. Whatever happens
is told by the same errors as the session pool's: one table makes them, `failures.py`.

Since it owns the write, its evidence is exact: ``written`` is set right before the bytes are handed
to an open connection, and nothing is handed to one that is closing.

Where a connection is free, a request is sent in two steps, `begin_at_once` and `Pending.wait`, so that
whoever waits can be replaced: a POST outlives its caller's cancellation without a task of its own.

The session pool serves what does not come this way: streamed answers, which are downloads, and
every call while something stands in the place of aiohttp's session (see `altered.py`).
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager

from ..errors import ClientClosed, MessagingError, SettingsError
from ..settings import Settings
from .altered import session_is_altered
from .base import Pending, Request, Response, Streamed
from .failures import failure
from .per_loop import PerLoop
from .session_pool import SessionPool
from .wire_pool import WirePool

_URL = re.compile(r"(https?)://([^/?#@\\\s\x00-\x20\x7f]+)(/[!-\"$-~]*)?")
_LINE = re.compile(r"[^\x00\r\n]*")
_NAME = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_PORTS = {"http": ":80", "https": ":443"}
_REMEMBERED = 64


class WireTransport:
    """A `Transport` over connections of its own.

    Used as the session pool is: opened by the first request, closed by `close`, by one running loop
    at a time, by `asyncio.run` again and again, and by a forked child.
    """

    def __init__(self, settings: Settings) -> None:
        self._pools = PerLoop(lambda: WirePool(settings))
        self._sessions = SessionPool(settings)
        self._heads: dict[tuple[str, str], _Head] = {}

    def __repr__(self) -> str:
        return f"<WireTransport{' closed' if self._pools.closed else ''}>"

    async def send(self, request: Request, /) -> Response:
        """Write the request once and read the whole answer; raises what `SessionPool.send` does."""
        if session_is_altered():
            return await self._sessions.send(request)
        pending = self.begin_at_once(request) or await self._begin(request)
        try:
            await pending.wait()
        except asyncio.CancelledError:
            pending.abandon()
            raise
        return pending.result()

    def begin_at_once(self, request: Request, /) -> Pending | None:
        """Write the request if a connection is free; None, and nothing written, if there is none."""
        try:
            pool = self._pools.open_here()
            if pool is None or session_is_altered():
                return None
            head, now = self._head(request), pool.now()
            connection = pool.origin(head.origin).idle(now)
            if connection is None:
                return None
            return connection.write(request, head.block(request.body), now)
        except Exception as error:  # noqa: BLE001 - whatever it is, it becomes an error of ours
            ours = self._renamed(error)
        raise ours

    async def _begin(self, request: Request) -> Pending:
        """Wait for a connection and write the request. Cancelled meanwhile, nothing was written."""
        try:
            pool = self._pools.open_here() or await self._pools.get()
            head, began = self._head(request), pool.now()
            due = began + min(request.timeout.connect, request.timeout.total)
            origin = pool.origin(head.origin)
            connection = await origin.connection(began, due)
            if request.withdrawn:
                origin.free(connection)
                raise ConnectionAbortedError
            return connection.write(request, head.block(request.body), pool.now())
        except Exception as error:  # noqa: BLE001 - whatever it is, it becomes an error of ours
            ours = self._renamed(error)
        raise ours

    def stream(self, request: Request, /) -> AbstractAsyncContextManager[Streamed]:
        """Write the request and give the answer's head; the body is read by the caller."""
        return self._sessions.stream(request)

    async def close(self) -> None:
        """Close all connections. Further requests raise `ClientClosed`; closing twice is fine."""
        await self._pools.close()
        await self._sessions.close()

    def _renamed(self, error: Exception) -> MessagingError:
        if self._pools.closed and not isinstance(error, SettingsError):
            return ClientClosed()
        return failure(error, written=False)

    def _head(self, request: Request) -> _Head:
        head = self._heads.get((request.method, request.url))
        if head is not None and head.headers is request.headers:
            return head
        head = _Head(request)
        if len(self._heads) >= _REMEMBERED:
            self._heads.clear()
        self._heads[request.method, request.url] = head
        return head


class _Head:
    """A request's head, prepared for all requests that share its method, URL and headers."""

    __slots__ = ("_sized", "_start", "headers", "origin")

    def __init__(self, request: Request) -> None:
        url = _URL.fullmatch(request.url)
        if url is None:
            raise ValueError("the URL can't be sent")
        scheme, authority, path = url[1], url[2], url[3] or "/"
        self.headers: Mapping[str, str] = request.headers
        self.origin: str = f"{scheme}://{authority}"
        lines = [
            f"{request.method} {path} HTTP/1.1",
            f"Host: {authority.removesuffix(_PORTS[scheme])}",
            *(f"{_name(name)}: {_value(value)}" for name, value in request.headers.items()),
        ]
        self._sized = request.method in {"POST", "PUT"}
        self._start = "\r\n".join(lines).encode() + b"\r\n"

    def block(self, body: bytes) -> bytes:
        """The whole request, in one block."""
        if self._sized:
            return b"%bContent-Length: %d\r\n\r\n%b" % (self._start, len(body), body)
        return self._start + b"\r\n"


def _name(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise ValueError("a header's name can't be sent")
    return name


def _value(value: str) -> str:
    if not _LINE.fullmatch(value):
        raise ValueError("a header's value can't be sent")
    return value
