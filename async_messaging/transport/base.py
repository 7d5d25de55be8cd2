"""What a transport is: it moves bytes, and tells how far they got.

A transport raises errors of ours only, and their class is the *wire evidence*:

* `ConnectFailed`: no byte of the request was handed to a connection, so nothing was sent.
* `AnswerTimeout`, `ConnectionLost`, `UnexpectedAnswer`: bytes were handed over, or may have been.

`Request.written` says the same while a request is still under way: it is set before the first byte
is handed over, so that a caller who gives up knows whether the request can be called back.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from typing import Protocol, runtime_checkable

import msgspec

from ..operation import Download, Method
from ..settings import AttemptTimeout


class Request(msgspec.Struct, gc=False):
    """One HTTP request, ready to be written.

    Attributes:
        url: the whole URL, its path and query encoded; sent as it stands.
        headers: all headers but ``Host`` and ``Content-Length``.
        cap: the longest answer that is read, in bytes.
        written: set by the transport before the first byte is handed to a connection.
        withdrawn: set by a caller who left while it was not written; it may not be written after.
    """

    method: Method
    url: str
    headers: Mapping[str, str]
    body: bytes
    timeout: AttemptTimeout
    cap: int
    written: bool = False
    withdrawn: bool = False

    def __repr__(self) -> str:
        return f"<Request {self.method} written={self.written}>"

    def __rich_repr__(self) -> list[tuple[str, str]]:
        """Keep headers and body out of rich's own way of showing structs."""
        return [("method", self.method)]


class Carrier(Protocol):
    """What an answer came on: a connection, or a request's way through aiohttp."""

    def spoil(self) -> None:
        """Close it, and end what is under way on it: its answers are not its requests'."""
        ...


class Response(msgspec.Struct, frozen=True):  # seen by the collector: its carrier may hold it
    """A whole HTTP answer.

    Attributes:
        headers: names in lower case; repeated ones joined by ``, ``.
        content: the body, decompressed, at most the request's cap.
        carrier: to be spoilt if the answer turns out to be another request's.
    """

    status: int
    headers: Mapping[str, str]
    content: bytes
    carrier: Carrier | None = None

    def __repr__(self) -> str:
        return f"<Response {self.status}, {len(self.content)} bytes>"


class Streamed(Download, Protocol):
    """An answer whose body is read in pieces."""

    @property
    def status(self) -> int:
        """The HTTP status."""
        ...


class Transport(Protocol):
    """Something that carries requests to a server."""

    async def send(self, request: Request, /) -> Response:
        """Write the request once and read the whole answer. Redirects are not followed.

        Raises:
            ConnectFailed: nothing was written.
            OutcomeUnknown: written, at least in part, and no usable answer came.
            SettingsError: the transport is in use on another running loop.
            ClientClosed: the transport was closed.
        """
        ...

    def stream(self, request: Request, /) -> AbstractAsyncContextManager[Streamed]:
        """Write the request and give the answer's head; the body is read by the caller."""
        ...

    async def close(self) -> None:
        """Close all connections; a closed transport refuses to send."""
        ...


class Pending(Protocol):
    """A request under way, whose answer may be waited for by one caller after another."""

    @property
    def done(self) -> bool:
        """Whether the answer has come, or never will."""
        ...

    def wait(self) -> asyncio.Future[None]:
        """A plain future to await until it is done. One that is cancelled, or fails, changes nothing."""
        ...

    def result(self) -> Response:
        """The answer, once it is done."""
        ...

    def abandon(self) -> None:
        """Give the request up: nobody wants its answer any more."""
        ...


@runtime_checkable
class Begins(Protocol):
    """A transport that writes at once where a connection is free: such a request needs no task."""

    def begin_at_once(self, request: Request, /) -> Pending | None:
        """Write the request if a connection is free; None, and nothing written, if there is none."""
        ...
