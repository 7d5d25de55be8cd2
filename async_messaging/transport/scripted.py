"""A transport without a network: it answers from a script and records what it was asked.

It is the in-memory twin of the session pool, for tests of this library and of programs that use it:

```python
from async_messaging import MessagingClient, ScriptedTransport
from async_messaging.transport import scripted

transport = ScriptedTransport([scripted.json(201, {"sid": "SM" + "0" * 32, "status": "queued"})])
async with MessagingClient(account_sid=..., auth_token=..., transport=transport) as client:
    message = await client.messages.create(to="+15558675310", from_="+15017122661", body="Hi")
assert transport.requests[0].method == "POST"
```

An item of the script is an answer (`Response`, made easily by `json`), an error of ours, or a
`Hold`, which waits. A script that has come to its end raises `ScriptExhausted`.
"""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from types import MappingProxyType
from typing import Protocol, TypeAlias, Union

import msgspec

from ..errors import (
    ClientClosed,
    MessagingError,
    NotSent,
    SettingsError,
    UnexpectedAnswer,
)
from .base import Request, Response, Streamed

PIECE = 1 << 16
_NO_HEADERS: Mapping[str, str] = MappingProxyType({})


class ScriptExhausted(AssertionError):
    """The transport was asked once more than its script has items.

    It is not a `MessagingError`: nothing may take it for a failed send and repeat it.
    """


class Waitable(Protocol):
    """What a `Hold` waits for: `asyncio.Event`, `anyio.Event`."""

    async def wait(self) -> object:
        """Return once it has happened."""
        ...


class Hold:
    """An item that stays unanswered until something happens, for tests of time and cancellation.

    Args:
        release: awaited before *then* is played.
        then: the item that follows.
        written: whether the request counts as written while it waits.

    Attributes:
        reached: set once a request waits here.
    """

    def __init__(self, release: Waitable, then: Item, *, written: bool = True) -> None:
        self.release = release
        self.then = then
        self.written = written
        self.reached: asyncio.Event = asyncio.Event()

    def __repr__(self) -> str:
        return f"<Hold written={self.written} reached={self.reached.is_set()}>"


Item: TypeAlias = Union[Response, MessagingError, Hold]  # noqa: UP007 - evaluated while Hold's own annotations are strings
"""What a script is made of."""

Answering: TypeAlias = Callable[[Request], Item | Awaitable[Item]]
"""A script that looks at the request, plain or async."""


def json(status: int, data: object, *, headers: Mapping[str, str] = _NO_HEADERS) -> Response:
    """An answer with a JSON body.

    Args:
        status: the HTTP status.
        data: anything msgspec can encode.
        headers: further headers; names are lowered.
    """
    lowered = {name.lower(): value for name, value in headers.items()}
    content = msgspec.json.encode(data)
    return Response(status, {"content-type": "application/json", **lowered}, content)


class ScriptedTransport:
    """A `Transport` that answers from a script.

    A `Response` or an `OutcomeUnknown` marks the request as written, as a real transport does; a
    `NotSent` leaves it unwritten. An answer longer than the request's cap is `UnexpectedAnswer`.

    Args:
        script: an iterable of items, used up one a request, or a function from the request to an
            item, plain or async.

    Attributes:
        requests: all requests so far, in the order they came.
    """

    def __init__(self, script: Iterable[Item] | Answering) -> None:
        self.requests: list[Request] = []
        self._answering = script if callable(script) else _in_turn(script)
        self._closed = False

    def __repr__(self) -> str:
        return f"<ScriptedTransport after {len(self.requests)} requests>"

    async def send(self, request: Request, /) -> Response:
        """Play the next item.

        Raises:
            MessagingError: the item itself.
            ClientClosed: the transport was closed.
            NotSent: its caller has left before it was written.
            ScriptExhausted: there is no next item.
        """
        if self._closed:
            raise ClientClosed
        if request.withdrawn:
            raise NotSent
        self.requests.append(request)
        response = await self._played(request)
        if len(response.content) > request.cap:
            raise UnexpectedAnswer(
                f"the answer is longer than {request.cap} bytes", status=response.status
            )
        return response

    @asynccontextmanager
    async def stream(self, request: Request, /) -> AsyncGenerator[Streamed]:
        """Play the next item; its content is given in pieces of at most 64 KiB, without a cap.

        Raises:
            MessagingError: as `send` does.
        """
        if self._closed:
            raise ClientClosed
        self.requests.append(request)
        yield _Pieces(await self._played(request))

    async def close(self) -> None:
        """Refuse further requests."""
        self._closed = True

    async def _played(self, request: Request) -> Response:
        given = self._answering(request)
        item = await given if inspect.isawaitable(given) else given
        while isinstance(item, Hold):
            request.written = request.written or item.written
            item.reached.set()
            await item.release.wait()
            item = item.then
        if isinstance(item, MessagingError):
            request.written = request.written or not isinstance(item, NotSent | SettingsError)
            raise item
        request.written = True
        return item


def _in_turn(script: Iterable[Item]) -> Callable[[Request], Item]:
    items = iter(script)

    def answer(request: Request) -> Item:
        for item in items:
            return item
        raise ScriptExhausted(f"the script has no answer left for this {request.method}")

    return answer


class _Pieces:
    """A `Streamed` over a whole answer."""

    __slots__ = ("_content", "headers", "status")

    def __init__(self, response: Response) -> None:
        self.status = response.status
        self.headers = response.headers
        self._content = response.content

    async def chunks(self) -> AsyncIterator[bytes]:
        """The content in pieces of at most 64 KiB."""
        for start in range(0, len(self._content), PIECE):
            yield self._content[start : start + PIECE]
