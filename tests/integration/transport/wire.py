"""A server of raw sockets that misbehaves on purpose, and how to run into it.

async with FaultServer(fault) as server:
    settings = ...  # base_url=server.url, ssl=server.ssl, limits=server.limits
    await provoke(fault, server, lambda: transport.send(...))
    assert len(server.requests) == fault.read_whole
"""

from __future__ import annotations

import asyncio
import os
import re
import socket
import ssl
import struct
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack, suppress
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import count
from typing import Self

import trustme

from async_messaging.credentials import Credentials
from async_messaging.settings import Limits, Settings
from tests.contract.wire_faults import (
    ANY_SID,
    Close,
    Drip,
    Flood,
    Hold,
    Read,
    ReadSome,
    Reset,
    Send,
    Silence,
    Step,
    WireFault,
)

LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
LOCAL = "127.0.0.1"
NOWHERE = ".".join(["a" * 60] * 5)
"""A host name too long to be looked up: it fails without asking anybody."""


def settings_for(
    *, ssl: ssl.SSLContext | None = None, limits: Limits | None = None, proxy: str | None = None
) -> Settings:
    """Settings of an account that does not exist."""
    account = "AC" + "0" * 32
    who = Credentials(account, account, "secret")
    return Settings(who, limits=limits or Limits(), ssl=ssl, proxy=proxy)


@cache
def authority() -> trustme.CA:
    return trustme.CA()


@cache
def server_context(kind: str) -> ssl.SSLContext:
    """What the server shows: a certificate that is good, or bad in one way."""
    past = datetime.now(UTC) - timedelta(days=2)
    host = "other.example" if kind == "wrong host" else LOCAL
    ca = trustme.CA() if kind == "untrusted" else authority()
    expiry = past if kind == "expired" else None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    ca.issue_cert(host, not_after=expiry).configure_cert(context)
    return context


@cache
def trusting() -> ssl.SSLContext:
    """A client's context that trusts the tests' own authority."""
    context = ssl.create_default_context()
    authority().configure_trust(context)
    return context


class WireServer:
    """Does the same steps on every connection, again and again, until it closes it.

    Attributes:
        requests: the whole requests it has read, head and body.
        connections: how many connections it has accepted.
        held: what a `Hold` waits for.
        busy: set once a whole request has been read.
    """

    def __init__(
        self, does: tuple[Step, ...], *, tls: ssl.SSLContext | None = None, port: int = 0
    ) -> None:
        self.requests: list[bytes] = []
        self.connections = 0
        self.busy = asyncio.Event()
        self.held = asyncio.Event()
        self.port = port
        self._does = does
        self._tls = tls
        self._open: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None

    @property
    def url(self) -> str:
        return f"{'https' if self._tls else 'http'}://{LOCAL}:{self.port}"

    @property
    def open_connections(self) -> int:
        """Connections that neither side has closed."""
        return len(self._open)

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, LOCAL, self.port, ssl=self._tls)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()
        for writer in self._open:
            writer.transport.abort()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._server.wait_closed()

    def hang_up(self) -> None:
        """End all connections now, within this turn of the loop."""
        for writer in self._open:
            raw = writer.get_extra_info("socket")
            with socket.socket(fileno=os.dup(raw.fileno())) as copy:
                copy.shutdown(socket.SHUT_RDWR)

    async def all_closed(self) -> None:
        """Wait until no connection is open."""
        while self._tasks:
            await asyncio.wait(self._tasks)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self._open.add(writer)
        try:
            # Streams of Python 3.11 report a handler that ends cancelled, so it ends in order.
            with suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
                while await self._run(reader, writer):
                    pass
        finally:
            self._open.discard(writer)
            self._tasks.discard(task)
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()

    async def _run(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """Do all steps once; say whether the connection is still open."""
        for step in self._does:
            match step:
                case Read():
                    self.requests.append(await read_request(reader))
                    self.busy.set()
                case ReadSome():
                    await reader.readexactly(3)
                case Hold():
                    await self.held.wait()
                case Send() | Drip() | Flood():
                    await say(writer, step)
                case Silence():
                    await self._hear(reader)
                    return False
                case Close():
                    return False
                case Reset():
                    reset(writer)
                    return False
        return True

    async def _hear(self, reader: asyncio.StreamReader) -> None:
        """Say nothing until the caller closes; a request that comes is one that was read."""
        while True:
            request = await read_request(reader)
            if request.startswith((b"POST ", b"GET ")):
                self.requests.append(request)


_sids = count(1)


async def say(writer: asyncio.StreamWriter, step: Send | Drip | Flood) -> None:
    match step:
        case Send(data):
            writer.write(data.replace(ANY_SID, b"SM%032d" % next(_sids)))
            await writer.drain()
        case Drip(data):
            for byte in data:
                writer.write(bytes([byte]))
                await writer.drain()
                await asyncio.sleep(0.01)
        case Flood(data):
            while True:
                writer.write(data)
                await writer.drain()


def reset(writer: asyncio.StreamWriter) -> None:
    raw = writer.get_extra_info("socket")
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


async def read_request(reader: asyncio.StreamReader) -> bytes:
    head = await reader.readuntil(b"\r\n\r\n")
    length = LENGTH.search(head)
    return head + await reader.readexactly(int(length[1]) if length else 0)


def unaccepting() -> tuple[list[socket.socket], int]:
    """A port that takes no more connections: its queue of one is full and nobody empties it."""
    listener = socket.socket()
    listener.bind((LOCAL, 0))
    listener.listen(0)
    port = listener.getsockname()[1]
    opened = [listener]
    for _ in range(3):
        waiting = socket.socket()
        waiting.setblocking(False)
        with suppress(BlockingIOError):
            waiting.connect((LOCAL, port))
        opened.append(waiting)
    return opened, port


def closed_port() -> tuple[list[socket.socket], int]:
    """A port where nobody listens, kept from others while the test runs."""
    taken = socket.socket()
    taken.bind((LOCAL, 0))
    return [taken], taken.getsockname()[1]


class FaultServer:
    """The way to a server, prepared so that a `WireFault` happens.

    Attributes:
        url: the origin to send to.
        ssl: the TLS context for the client, if it needs one.
        limits: the limits for the client.
    """

    def __init__(self, fault: WireFault) -> None:
        self.fault = fault
        self.url = f"http://{NOWHERE}"
        self.ssl: ssl.SSLContext | None = None
        self.limits = Limits(max_connections=1 if fault.setup == "pool busy" else 4)
        self.server: WireServer | None = None
        self._stack = AsyncExitStack()

    @property
    def requests(self) -> list[bytes]:
        """The whole requests that the server has read."""
        return self.server.requests if self.server else []

    async def __aenter__(self) -> Self:
        setup = self.fault.setup
        if setup in {"refused", "backlog full"}:
            opened, port = closed_port() if setup == "refused" else unaccepting()
            for each in opened:
                self._stack.callback(each.close)
            self.url = f"http://{LOCAL}:{port}"
        elif setup != "unknown host":
            encrypted = setup in {"tls", "untrusted", "expired", "wrong host"}
            context = server_context(setup) if encrypted else None
            self.server = WireServer(self.fault.does, tls=context)
            await self._stack.enter_async_context(self.server)
            self.url = self.server.url.replace(
                "http:", "https:" if setup == "handshake cut" else "http:"
            )
            if encrypted:
                self.ssl = trusting()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()


async def provoke(
    fault: WireFault,
    server: FaultServer,
    send: Callable[[], Awaitable[object]],
    occupy: Callable[[], Awaitable[object]],
) -> None:
    """Call *send* so that the fault happens to it, and let its error out.

    Args:
        occupy: another send, which takes the only connection there is.
    """
    if fault.setup != "pool busy":
        await send()
        return
    assert server.server is not None
    first = asyncio.ensure_future(occupy())
    await server.server.busy.wait()
    server.server.requests.clear()
    try:
        await send()
    finally:
        first.cancel()
        await asyncio.gather(first, return_exceptions=True)
