"""The ceiling of asyncio: a bare Protocol, httptools to parse, msgspec to decode, nothing else.

No limits, no retries, no deadlines, no errors: what a user could write who needs none of them.
"""

from __future__ import annotations

import asyncio
from typing import cast
from urllib.parse import urlencode, urlsplit

import httptools
import msgspec

from benchmarks.peers.base import SENDER, Target, text_for

__all__ = ["Httptools", "connect"]


class Message(msgspec.Struct, gc=False):
    """A message's fields, as texts."""

    sid: str
    to: str
    status: str
    body: str
    direction: str
    num_segments: str
    account_sid: str
    date_created: str
    uri: str
    from_: str = msgspec.field(name="from")
    price: str | None = None
    date_sent: str | None = None
    error_code: int | None = None
    error_message: str | None = None
    messaging_service_sid: str | None = None


class Page(msgspec.Struct, gc=False):
    """A page of a listing."""

    messages: list[Message]
    next_page_uri: str | None = None


_message = msgspec.json.Decoder(Message).decode
_page = msgspec.json.Decoder(Page).decode


class Connection(asyncio.Protocol):
    """One connection, one request at a time."""

    def __init__(self) -> None:
        self.transport: asyncio.WriteTransport | None = None
        self.parser = httptools.HttpResponseParser(self)
        self.chunks: list[bytes] = []
        self.answer: asyncio.Future[bytes] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        self.transport = cast("asyncio.WriteTransport", transport)

    def data_received(self, data: bytes) -> None:
        """Parse."""
        self.parser.feed_data(data)

    def on_body(self, chunk: bytes) -> None:
        """Collect."""
        self.chunks.append(chunk)

    def on_message_complete(self) -> None:
        """Hand over the body."""
        body = self.chunks[0] if len(self.chunks) == 1 else b"".join(self.chunks)
        self.chunks = []
        if self.answer:
            self.answer.set_result(body)

    def connection_lost(self, exc: Exception | None) -> None:
        """Fail who waits."""
        if self.answer and not self.answer.done():
            self.answer.set_exception(exc or ConnectionResetError())

    async def ask(self, request: bytes) -> bytes:
        """Write a request; its answer's body."""
        assert self.transport
        self.answer = asyncio.get_running_loop().create_future()
        self.transport.write(request)
        return await self.answer


class Httptools:
    """Idle connections in a stack."""

    def __init__(self, target: Target) -> None:
        parts = urlsplit(target.url)
        self.host, self.port = parts.hostname or "", parts.port or 443
        self.context = target.context()
        self.path = target.path
        self.idle: list[Connection] = []
        rest = f" HTTP/1.1\r\nHost: {parts.netloc}\r\nAuthorization: {target.authorization}\r\n"
        self.rest = rest
        form = "Content-Type: application/x-www-form-urlencoded\r\n"
        self.head = f"POST {target.path}{rest}{form}Content-Length: ".encode()

    async def ask(self, request: bytes) -> bytes:
        """Borrow a connection."""
        if self.idle:
            connection = self.idle.pop()
        else:
            loop = asyncio.get_running_loop()
            _, connection = await loop.create_connection(
                Connection, self.host, self.port, ssl=self.context
            )
        body = await connection.ask(request)
        self.idle.append(connection)
        return body

    async def send(self, to: str) -> tuple[str, str]:
        """Post a form, decode the message."""
        form = urlencode({"To": to, "From": SENDER, "Body": text_for(to)}).encode()
        message = _message(await self.ask(b"%b%d\r\n\r\n%b" % (self.head, len(form), form)))
        return message.sid, message.to

    async def sids(self, page_size: int) -> list[str]:
        """Page after page, as structs."""
        path: str | None = f"{self.path}?PageSize={page_size}"
        messages: list[Message] = []
        while path:
            page = _page(await self.ask(f"GET {path}{self.rest}\r\n".encode()))
            messages += page.messages
            path = page.next_page_uri
        return [message.sid for message in messages]

    async def close(self) -> None:
        """Close the idle connections."""
        for connection in self.idle:
            if connection.transport:
                connection.transport.close()


async def connect(target: Target) -> Httptools:
    """Nothing is dialled yet."""
    return Httptools(target)
