"""The contract between resources and the pipeline: an API call as a plain value.

A resource builds a frozen `Call`; something that is a `Run` carries it to Twilio and brings back an
`Answer`. Neither knows the other. Bulk sends, ledgers, retries and tests all need a send that has
not happened yet; a `Call` is it.
"""

from __future__ import annotations

import asyncio
import math
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Generator, Mapping
from contextlib import AbstractAsyncContextManager
from contextvars import ContextVar
from functools import partial
from types import MappingProxyType
from typing import Any, Generic, Literal, Protocol, TypeVar

import msgspec

from .errors import UnexpectedAnswer

T = TypeVar("T")

Method = Literal["GET", "POST", "PUT", "DELETE"]
Product = Literal["api", "messaging", "pricing", "content", "oauth"]
Safety = Literal["read", "repeatable", "creates"]
"""``read`` and ``repeatable`` calls may be repeated after any failure; ``creates`` may not."""

FORM = "application/x-www-form-urlencoded"
ANSWER_CAP = 1 << 20
PAGE_CAP = 16 << 20
DOWNLOAD_CAP = 256 << 20
"""Media have 16 MB at most, documents of WhatsApp 100."""

_EMPTY: Mapping[str, str] = MappingProxyType({})
_REQUEST_ID = re.compile(r"RQ[0-9A-Za-z]{1,64}")


class Call(msgspec.Struct, Generic[T], frozen=True, gc=False):
    """One request to Twilio, not yet sent, together with how to read its answer.

    Attributes:
        operation: the operation's name in Twilio's specification: ``CreateMessage``.
        path: path of the request; ``{AccountSid}`` is filled in by the client.
        safety: what a repetition would do; there is no default, for none would be safe.
        query: the encoded query, without ``?``.
        body: the encoded body.
        lanes: rate limits that apply beside the account's: a sender, a service.
        weight: what the call costs in each lane, in segments; 0 passes the lanes by.
        cap: the longest answer that is read, in bytes.
        done: how to see that a repeatable call's work is done already.
        to: whom the message goes to that the call creates.
    """

    operation: str
    method: Method
    product: Product
    path: str
    decode: Callable[[bytes], T]
    safety: Safety
    query: str = ""
    body: bytes = b""
    content_type: str = FORM
    headers: Mapping[str, str] = _EMPTY
    lanes: tuple[str, ...] = ()
    weight: int = 0
    cap: int = ANSWER_CAP
    done: Done[T] | None = None
    to: str = ""

    def __repr__(self) -> str:
        return f"<Call {self.operation} {self.method} {self.path}>"

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        """Keep the body out of rich's own way of showing structs."""
        return [("operation", self.operation)]


def _is_there(_resource: object) -> bool:
    return True


class Done(msgspec.Struct, Generic[T], frozen=True):
    """How to see that a call's work is done: its first answer was lost, its repetition refused.

    Attributes:
        read: reads the resource.
        holds: whether the resource is in the state that the call wants; it need only be there
            where nothing is said.
    """

    read: Call[T]
    holds: Callable[[T], bool] = _is_there


def request_id_of(headers: Mapping[str, str]) -> str:
    """Twilio's request id, which is logged and shown; nothing else that stands in its place."""
    given = headers.get("twilio-request-id", "")
    return given if _REQUEST_ID.fullmatch(given) else ""


class Answer(msgspec.Struct, Generic[T], frozen=True, gc=False):
    """What a call brought back.

    Attributes:
        value: the decoded answer.
        headers: the answer's headers, names in lower case.
        content: the answer's bytes.
        attempts: requests made, those answered 429 not counted.
        elapsed: seconds from the call to its answer, waits included.
    """

    value: T
    status: int
    headers: Mapping[str, str]
    content: bytes
    attempts: int
    elapsed: float

    @property
    def request_id(self) -> str:
        """Twilio's ``Twilio-Request-Id``, empty where it gave none."""
        return request_id_of(self.headers)

    def __repr__(self) -> str:
        return f"<Answer {self.status} {self.request_id} attempts={self.attempts}>"

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        """Keep the content out of rich's own way of showing structs."""
        return [("status", self.status)]


class Run(Protocol):
    """Anything that can carry a call to Twilio and bring the answer back."""

    def __call__(self, call: Call[T], /) -> Awaitable[Answer[T]]:
        """Run the call, to be awaited; raises a `MessagingError` that says what is known of its effect."""
        ...


class Download(Protocol):
    """An answer whose body comes in pieces."""

    @property
    def headers(self) -> Mapping[str, str]:
        """The headers, names in lower case."""
        ...

    def chunks(self) -> AsyncIterator[bytes]:
        """The body in pieces, decompressed.

        Raises:
            UnexpectedAnswer: it breaks off, or is not what its encoding says.
            AnswerTimeout: the next piece did not come in time.
        """
        ...


class Stream(Protocol):
    """Anything that can open a download."""

    def __call__(self, call: Call[Any], /) -> AbstractAsyncContextManager[Download]:
        """Open it; at most two redirects are followed, to Twilio's own stores, unauthenticated."""
        ...


class _Record:
    __slots__ = ("answer",)

    def __init__(self) -> None:
        self.answer: Answer[Any] | None = None


last_answer: ContextVar[_Record | None] = ContextVar("last_answer", default=None)
"""Where the pipeline leaves the whole answer while `with_raw_response` waits for it."""


async def with_raw_response(awaitable: Awaitable[T]) -> Answer[T]:
    """The whole answer of any call: status, headers, request id, bytes, attempts.

    Args:
        awaitable: a call not yet awaited, ``client.messages.create(...)``. One that makes
            several requests, a listing, gives the answer of its last.

    Raises:
        TypeError: the awaitable made no call: a listing with ``limit=0``, or a download, whose
            answer is never held as a whole. A task or future is refused before it is awaited: it
            may have begun already, where nobody saw its answer.
        MessagingError: what the call itself raises.
    """
    if isinstance(awaitable, asyncio.Future):
        raise TypeError("with_raw_response: give it the call itself, not a task or a future")
    record = _Record()
    token = last_answer.set(record)
    try:
        value = await awaitable
    finally:
        last_answer.reset(token)
    if record.answer is None:
        raise TypeError("with_raw_response: this awaitable made no call of the client")
    return msgspec.structs.replace(record.answer, value=value)


class PageBody(msgspec.Struct, Generic[T], frozen=True):
    """A decoded page: its items, and path and query of the next one."""

    items: tuple[T, ...]
    next_path: str | None = None


class Page(Generic[T]):
    """One page of a listing.

    Attributes:
        items: the page's items, in Twilio's order.
        following: the call for the next page, None on the last.
    """

    __slots__ = ("_asked", "_number", "_run", "following", "items")

    def __init__(
        self,
        run: Run,
        body: PageBody[T],
        call: Call[PageBody[T]],
        asked: dict[tuple[str, str], int] | None = None,
        number: int = 0,
    ) -> None:
        self._run = run
        self._asked = {(call.path, call.query): 0} if asked is None else asked
        self._number = number
        self.items: tuple[T, ...] = body.items
        self.following: Call[PageBody[T]] | None = _following(call, body.next_path)

    def __repr__(self) -> str:
        return f"<Page of {len(self.items)} items>"

    @property
    def has_next(self) -> bool:
        """Whether Twilio named a next page."""
        return self.following is not None

    async def next(self) -> Page[T] | None:
        """The next page, or None after the last.

        Raises:
            UnexpectedAnswer: the next page is named that came before: the list would never end.
        """
        call, number = self.following, self._number + 1
        if call is None:
            return None
        if self._asked.setdefault((call.path, call.query), number) != number:
            raise UnexpectedAnswer(f"{call.operation}: a page names an earlier one as its next")
        return Page(self._run, (await self._run(call)).value, call, self._asked, number)


def _following(call: Call[PageBody[T]], next_path: str | None) -> Call[PageBody[T]] | None:
    """The call for the next page: its path and query as the server gave them, its host ours."""
    if not next_path:
        return None
    path, _, query = next_path.partition("?")
    return msgspec.structs.replace(call, path=path, query=query)


async def _first_page(run: Run, call: Call[PageBody[T]]) -> Page[T]:
    return Page(run, (await run(call)).value, call)


class Listing(Generic[T]):
    """The items of a collection, fetched page by page.

    ``await listing`` gives a list of all items up to the limit; ``async for item in listing``
    streams them and fetches the next page ahead; ``await listing.page()`` gives one page;
    ``listing.pages()`` iterates over pages.
    """

    __slots__ = ("_first", "_limit", "_run")

    def __init__(self, run: Run, first: Call[PageBody[T]], limit: int | None = None) -> None:
        self._run = run
        self._first = first
        self._limit = math.inf if limit is None else limit

    def __await__(self) -> Generator[Any, None, list[T]]:
        return self._all().__await__()

    async def _all(self) -> list[T]:
        items: list[T] = []
        pages = self.pages()
        try:
            async for page in pages:
                items += page.items
        finally:
            await pages.aclose()
        return items if math.isinf(self._limit) else items[: int(self._limit)]

    def __aiter__(self) -> AsyncIterator[T]:
        return self._items()

    async def _items(self) -> AsyncIterator[T]:
        left = self._limit
        pages = self.pages()
        try:
            async for page in pages:
                for item in page.items:
                    if left <= 0:
                        return
                    yield item
                    left -= 1
        finally:
            await pages.aclose()

    async def page(self) -> Page[T]:
        """The first page; `Page.next` gives the following ones. The limit does not apply."""
        return await _first_page(self._run, self._first)

    def pages(self) -> Pages[T]:
        """Iterate over pages until the limit is reached, the next one fetched ahead."""
        return Pages(self._run, self._first, self._limit)


class Pages(Generic[T]):
    """Iterator over pages. It owns the task that fetches the next page, and ends it when closed."""

    __slots__ = ("_ahead", "_left", "_next")

    def __init__(self, run: Run, first: Call[PageBody[T]], limit: float) -> None:
        self._next: Callable[[], Coroutine[Any, Any, Page[T] | None]] | None
        self._next = partial(_first_page, run, first)
        self._left = limit
        self._ahead: asyncio.Task[Page[T] | None] | None = None

    def __aiter__(self) -> Pages[T]:
        return self

    async def __anext__(self) -> Page[T]:
        if self._next is None or self._left <= 0:
            raise StopAsyncIteration
        ahead, self._ahead = self._ahead, None
        page = await (self._next() if ahead is None else _own(ahead))
        if page is None:
            raise StopAsyncIteration
        self._left -= len(page.items)
        self._next = page.next if page.has_next else None
        if self._next is not None and self._left > 0:
            self._ahead = asyncio.get_running_loop().create_task(self._next())
            self._ahead.add_done_callback(_read)
        return page

    async def aclose(self) -> None:
        """End the fetch of the next page, if one runs."""
        ahead, self._ahead, self._next = self._ahead, None, None
        if ahead is not None:
            ahead.cancel()
            await asyncio.wait((ahead,))

    def __del__(self) -> None:
        ahead = getattr(self, "_ahead", None)
        if ahead is not None and not ahead.done():
            loop = ahead.get_loop()
            if not loop.is_closed():
                loop.call_soon_threadsafe(ahead.cancel)


async def _own(task: asyncio.Task[T]) -> T:
    """Await the task; a cancelled wait ends it too."""
    try:
        return await task
    except asyncio.CancelledError:
        task.cancel()
        raise


def _read(task: asyncio.Task[Any]) -> None:
    """Read a finished task's error, so that asyncio does not report one that nobody asks for."""
    if not task.cancelled():
        task.exception()
