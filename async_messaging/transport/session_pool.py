"""The transport over aiohttp's `ClientSession`: one session for each loop, a pool of connections.

What leaves is the request as it stands: no headers of aiohttp's own but ``Host``,
``Content-Length`` and ``Accept-Encoding``, no cookies, no netrc, no proxy from the environment, the
URL verbatim, redirects never followed. What comes back is whole and bounded, or an error of ours
(see `failures.py`) that says how far the request got (see `evidence.py`).

The cap counts decompressed bytes while they are read, so that a small answer can't grow to fill
the memory. A head has 64 KiB and 128 headers at most.

aiohttp repeats a GET, PUT or DELETE once by itself if a kept connection turns out dead, which is
harmless for what may be repeated. It never repeats a POST, and nothing here asks it to.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import asynccontextmanager
from functools import lru_cache
from types import MappingProxyType

from aiohttp import ClientResponse, ClientSession, ClientTimeout, DummyCookieJar
from yarl import URL

from ..errors import ClientClosed, MessagingError
from ..settings import AttemptTimeout, Settings
from .altered import session_class
from .base import Request, Response, Streamed
from .decoding import ACCEPTED, decoder
from .evidence import Body, EvidenceConnector, Passage, finite, under_way
from .failures import failure
from .per_loop import PerLoop
from .reading import HEAD_CAP, Reading, lower

_DEFAULTS = MappingProxyType({"Accept-Encoding": ACCEPTED})
_NOT_OURS = ("Accept", "Content-Type", "User-Agent")


class SessionPool:
    """A `Transport` that speaks HTTP through aiohttp.

    Opened by the first request, closed by `close`. It may be used by one running loop at a time;
    `asyncio.run` may be called again and again over the same pool, without closing it, and a forked
    child starts with connections of its own.
    """

    def __init__(self, settings: Settings) -> None:
        self._sessions = PerLoop(lambda: _Sessions(settings))

    def __repr__(self) -> str:
        return f"<SessionPool{' closed' if self._sessions.closed else ''}>"

    async def send(self, request: Request, /) -> Response:
        """Write the request once and read the whole answer. Redirects are not followed.

        Raises:
            ConnectFailed: nothing was written.
            AnswerTimeout: written, and no complete answer came in time.
            ConnectionLost: written, and the connection broke before the answer's body.
            UnexpectedAnswer: an answer that is not HTTP, broke off, or is longer than the cap;
                `raw` then gives what had come of it.
            SettingsError: the pool is in use on another running loop, or the URL is not one.
        """
        passage = Passage(request)
        answer = Reading(request.cap, passage)
        try:
            session = (await self._sessions.get()).session()
            async with passage.limited(), await _start(session, passage) as response:
                return await answer.read(
                    response.status, response.headers, response.content, response.close
                )
        except Exception as error:  # noqa: BLE001 - whatever it is, it becomes an error of ours
            ours = self._renamed(error, passage, answer)
        raise ours

    @asynccontextmanager
    async def stream(self, request: Request, /) -> AsyncGenerator[Streamed]:
        """Write the request and give the answer's head; the body is read by the caller.

        The time allowed for reading holds between two pieces; there is no total, and no cap.
        """
        passage = Passage(request)
        ours: MessagingError | None = None
        try:
            session = (await self._sessions.get()).session()
            response = await _start(session, passage)
        except Exception as error:  # noqa: BLE001 - whatever it is, it becomes an error of ours
            ours = self._renamed(error, passage, Reading(0))
        else:
            async with response:
                yield _StreamedResponse(response)
        if ours is not None:
            raise ours

    def _renamed(self, error: Exception, passage: Passage, answer: Reading) -> MessagingError:
        """Our error for a foreign one.

        The callers raise it outside their ``except`` block: as a ``__context__`` the foreign one
        would go along, with its headers and URL.
        """
        if self._sessions.closed and not passage.written:
            return ClientClosed()
        ours = failure(
            error,
            written=passage.written,
            status=answer.status,
            headers=answer.headers,
            raw=answer.raw(),
        )
        passage.request.written = passage.request.written or ours.outcome == "unknown"
        return ours

    async def close(self) -> None:
        """Close all connections. Further requests raise `ClientClosed`; closing twice is fine."""
        await self._sessions.close()


class _Sessions:
    """The sessions of one loop, over one connector.

    There is one, unless the class was replaced since it was made, by a test as a rule: then what
    stands in its place makes another, and the first is used again when it is back.
    """

    __slots__ = ("_connector", "_made", "_proxy")

    def __init__(self, settings: Settings) -> None:
        self._proxy = settings.proxy
        self._connector = EvidenceConnector(settings)
        self._made: dict[tuple[object, object], ClientSession] = {}

    def session(self) -> ClientSession:
        """The session for the next request."""
        made_by = session_class()
        key = made_by, made_by.__init__
        if key not in self._made:
            self._made[key] = made_by(
                connector=self._connector,
                connector_owner=False,
                cookie_jar=DummyCookieJar(),
                headers=_DEFAULTS,
                skip_auto_headers=_NOT_OURS,
                proxy=self._proxy,
                auto_decompress=False,
                trust_env=False,
                raise_for_status=False,
                max_line_size=HEAD_CAP,
                max_field_size=HEAD_CAP,
            )
        return self._made[key]

    async def close(self) -> None:
        """Close all connections."""
        for session in self._made.values():
            await session.close()
        await self._connector.close()

    def abandon(self) -> None:
        """Let go of sessions whose loop can't run here any more."""
        for session in self._made.values():
            session.detach()
        self._connector.abandon()


async def _start(session: ClientSession, passage: Passage) -> ClientResponse:
    """Send the request and wait for the answer's head."""
    request = passage.request
    token = under_way.set(passage)
    try:
        response = await session.request(
            request.method,
            URL(request.url, encoded=True),
            headers=request.headers,
            data=Body(passage) if request.body or request.method in {"POST", "PUT"} else None,
            allow_redirects=False,
            timeout=_limits(request.timeout),
        )
    except asyncio.CancelledError:
        task = asyncio.current_task()
        if task is None or task.cancelling():
            raise
        # Nobody cancelled this task: a connector that closes cancels what waits in it.
        raise ConnectionAbortedError from None
    finally:
        under_way.reset(token)
    request.written = True
    return response


class _StreamedResponse:
    """A `Streamed` over aiohttp's response."""

    __slots__ = ("_response", "headers", "status")

    def __init__(self, response: ClientResponse) -> None:
        self._response = response
        self.status = response.status
        self.headers: Mapping[str, str] = lower(response.headers)

    async def chunks(self) -> AsyncIterator[bytes]:
        """The body in pieces of at most 64 KiB."""
        try:
            body = decoder(self.headers.get("content-encoding", ""))
            async for data in self._response.content.iter_any():
                for piece in body.pieces(data):
                    yield piece
            body.end()
        except Exception as error:  # noqa: BLE001 - whatever it is, it becomes an error of ours
            ours = failure(error, written=True, status=self.status, headers=self.headers)
        else:
            return
        self._response.close()
        raise ours


@lru_cache(maxsize=64)
def _limits(timeout: AttemptTimeout) -> ClientTimeout:
    """What aiohttp watches over; the total is watched by `Passage.limited`."""
    connect = min(timeout.connect, timeout.total)
    return ClientTimeout(total=None, connect=finite(connect), sock_read=finite(timeout.read))
