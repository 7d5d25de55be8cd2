"""A receiver of Twilio's webhooks: verify, read, handle, answer. It knows no web framework.

    hooks = Webhooks(auth_token=..., public_url="https://example.com")

    @hooks.on_message
    async def reply(message: InboundMessage) -> str:
        return "Thank you"

The adapters (`aiohttp_routes`, `asgi`) and `handle`, for any other server, do the same: a request
that Twilio did not sign gets a 403 and nothing else; one that can't be read a 4xx; an event that
was handled before a 204; a handler that fails a 500. Nothing of a request's contents is ever logged.
"""

from __future__ import annotations

import asyncio
import inspect
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, MutableMapping, Sequence
from typing import Any, Protocol, Self, TypeAlias, TypeVar

from ..clock import Clock, SystemClock
from ..errors import InvalidInput, InvalidSignature, MessagingError, SettingsError
from ..twiml import MessagingResponse
from .answer import FAILED, NO_REPLY, WebhookAnswer, plain, reply_of
from .events import Event, InboundMessage, StatusCallback
from .explanation import Explanation
from .keys import AccountTokens, AuthToken, Keys, SharedKey, Tokens
from .keywords import KEYWORDS, Keywords, KeywordTable
from .reading import read_event
from .request import MAX_BODY, GivenHeaders, Headers, is_form
from .running import Early, Running, settled
from .seen import MemorySeen, Seen
from .sparing import SparingLog
from .urls import PublicAddress
from .verifying import Verifier

logger: logging.Logger = logging.getLogger("async_messaging.webhooks")

_LONGEST_TOKEN = 128

Reply: TypeAlias = MessagingResponse | str | None
MessageHandler: TypeAlias = Callable[[InboundMessage], Reply | Awaitable[Reply]]
"""Takes a message and gives the reply, or None for none; plain (run in a thread) or async."""

StatusHandler: TypeAlias = Callable[[StatusCallback], Awaitable[None] | None]
"""Takes a status; plain (run in a thread) or async."""

M = TypeVar("M", bound=MessageHandler)
S = TypeVar("S", bound=StatusHandler)

Scope: TypeAlias = MutableMapping[str, Any]
AsgiApp: TypeAlias = Callable[
    [Scope, Callable[[], Awaitable[Scope]], Callable[[Scope], Awaitable[None]]], Awaitable[None]
]


class Suppressions(Protocol):
    """Keeps who wants no more messages. Its methods may be plain, if they don't block, or async."""

    def stop(
        self, *, number: str, sender: str, service: str, account: str, sid: str
    ) -> Awaitable[None] | None:
        """Note that somebody wrote STOP. It may be told twice.

        Args:
            number: who wrote, ``+1...`` or ``whatsapp:+1...``.
            sender: the number that was written to.
            service: its messaging service's sid, empty for none.
            account: the account's sid.
            sid: of the message that says so.
        """
        ...

    def start(
        self, *, number: str, sender: str, service: str, account: str, sid: str
    ) -> Awaitable[None] | None:
        """Note that somebody wrote START: it lifts what a STOP has set, and nothing else."""
        ...


class Webhooks:
    """Receives messages and statuses. Also an async context manager that drains at its end.

    Args:
        auth_token: the account's auth token; several while one takes the other's place; or a
            callable, plain or async, that gives the present ones.
        public_url: where Twilio reaches the application, with the path that a proxy takes off.
        shared_keys: secrets of shared keys by their id.
        secrets: in place of `auth_token`, for several accounts: tokens by account sid, or a
            callable that is asked for an account's.
        trusted_hops: addresses or networks of proxies whose ``X-Forwarded-Host``, ``-Proto`` and
            ``-Port`` is believed; no other's is.
        suppressions: is told of STOP and START.
        keywords: what counts as STOP, START, HELP.
        seen: keeps events that were handled; in memory, if not given.
        answer_within: seconds after which Twilio is told "no reply" while a handler goes on, where
            the server can answer before a request is over: the ASGI and aiohttp adapters can.
        read_within: seconds in which a request must have come.
        max_running: handlers at work at once; an event beyond them is answered 503.
        clock: for tests.

    Attributes:
        prefix: the path of the public URL, without a slash at its end.
        read_within: as given.

    Raises:
        SettingsError: an argument can't be used. Without any secret, every request is refused.
    """

    def __init__(
        self,
        *,
        auth_token: AuthToken | None = None,
        public_url: str | None = None,
        shared_keys: Mapping[str, Tokens | SharedKey] | None = None,
        secrets: AccountTokens | None = None,
        trusted_hops: Sequence[str] = (),
        suppressions: Suppressions | None = None,
        keywords: KeywordTable = KEYWORDS,
        seen: Seen | None = None,
        answer_within: float = 10.0,
        read_within: float = 10.0,
        max_running: int = 1000,
        clock: Clock | None = None,
    ) -> None:
        clock = clock or SystemClock()
        address = PublicAddress(public_url, trusted_hops)
        self.prefix: str = address.prefix
        self.read_within: float = read_within
        self._verifier = Verifier(Keys(auth_token, shared_keys, secrets), address, clock)
        self._suppressions = suppressions
        self._keywords = Keywords(keywords)
        self._running = Running(
            MemorySeen() if seen is None else seen,
            clock,
            answer_within=answer_within,
            limit=max_running,
        )
        self._unread = SparingLog(clock)
        self._on_message: Callable[[InboundMessage], Awaitable[Reply]] | None = None
        self._on_status: Callable[[StatusCallback], Awaitable[None]] | None = None

    def __repr__(self) -> str:
        return f"<Webhooks {self._running!r}>"

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.drain()

    def on_message(self, handler: M) -> M:
        """Have messages handled: a decorator.

        Raises:
            SettingsError: another handler was named before.
        """
        if self._on_message is not None:
            raise SettingsError("messages have a handler already")
        self._on_message = _async(handler)
        return handler

    def on_status(self, handler: S) -> S:
        """Have statuses handled: a decorator.

        Raises:
            SettingsError: another handler was named before.
        """
        if self._on_status is not None:
            raise SettingsError("statuses have a handler already")
        self._on_status = _async(handler)
        return handler

    def validate(self, *, url: str, headers: GivenHeaders, body: bytes | str = b"") -> None:
        """Verify a request, whoever received it. Does nothing else.

        Args:
            url: the whole URL as Twilio called it, or path and query to go with `public_url`.
            headers: at least the signature's, and `Content-Type`.
            body: as it came, before any parsing; empty for a GET.

        Raises:
            InvalidSignature: Twilio did not sign it.
            SettingsError: the secrets can only be awaited.
        """
        self._verifier.check(url, Headers(headers), _bytes(body))

    def explain(self, *, url: str, headers: GivenHeaders, body: bytes | str = b"") -> Explanation:
        """Why a request is refused; the arguments are those of `validate`.

        The answer holds no secret and no parameter's value. Don't send it to who made the request.
        """
        try:
            return self._verifier.explain(url, Headers(headers), _bytes(body))
        except MessagingError as error:
            return Explanation(valid=False, reason=str(error))

    async def handle(
        self,
        *,
        method: str,
        target: str,
        headers: GivenHeaders,
        body: bytes = b"",
        peer: str | None = None,
        early: Early | None = None,
    ) -> WebhookAnswer:
        """Do everything with a request that some server has read; give back its answer.

        It returns when the event's handler is through, and not before: a loop that ends with the
        request, as under WSGI or `asyncio.run`, cuts nothing off.

        Args:
            method: GET or POST.
            target: path and query, as they came, not decoded.
            headers: the request's.
            body: the request's, at most 64 KiB.
            peer: the address that the connection comes from; needed for trusted hops alone.
            early: sends an answer at once, in a server that goes on with the request after it: it
                is given "no reply" when a handler takes longer than `answer_within`, and what
                is returned later must not be sent any more.
        """
        read = Headers(headers)
        wrong = _wrong(method, read, body)
        if wrong is not None:
            return wrong
        try:
            envelope = await self._verifier.admit(target, read, body, peer)
            if envelope is None:
                return plain(403)
            token = read.get("i-twilio-idempotency-token")[:_LONGEST_TOKEN]
            query = envelope.query if body else None
            event = read_event(envelope.pairs, query=query, token=token, keywords=self._keywords)
        except (InvalidInput, InvalidSignature) as error:  # the latter: a header twice
            reason = getattr(error, "reason", "a header is there twice")
            self._unread.line(lambda: f"a webhook can't be read: {reason}")
            return plain(400)
        except SettingsError as error:
            logger.error("a webhook could not be verified: %s", error)  # noqa: TRY400 - no contents
            return FAILED
        keys = (event.key, f"token|{event.account_sid}|{token}") if token else (event.key,)
        return await self._running.run(keys, lambda: self._handled(event), early)

    async def drain(self, timeout: float | None = 10.0) -> int:  # noqa: ASYNC109 - see Running.drain
        """Wait for handlers at work; returns how many were cancelled since they took too long.

        The ASGI application does this by itself where it is the whole application, the aiohttp
        one with ``app.cleanup_ctx.append(hooks.aiohttp_cleanup)``.

        Args:
            timeout: seconds to wait; None for as long as it takes.
        """
        return await self._running.drain(timeout)

    def aiohttp_routes(self, *paths: str) -> list[Any]:
        """Routes for ``app.add_routes(...)``: GET and POST of each path.

        What a request tells of is seen from its parameters, so each path takes both, messages and
        statuses.
        """
        from .aiohttp_adapter import routes

        return routes(self, paths or ("/sms", "/status"))

    async def aiohttp_cleanup(self, _app: object) -> AsyncGenerator[None]:
        """Drain at the application's end: ``app.cleanup_ctx.append(hooks.aiohttp_cleanup)``."""
        yield
        await self.drain()

    def asgi(self, *paths: str) -> AsgiApp:
        """An ASGI application that answers these paths, below wherever it is mounted.

        Args:
            paths: ``/sms`` and ``/status``, if none are given; each takes messages and statuses.
        """
        from .asgi_adapter import AsgiWebhooks

        return AsgiWebhooks(self, paths or ("/sms", "/status"))

    async def _handled(self, event: Event) -> WebhookAnswer:
        if isinstance(event, StatusCallback):
            if self._on_status is not None:
                await self._on_status(event)
            return NO_REPLY
        await self._suppress(event)
        if self._on_message is None:
            return NO_REPLY
        return reply_of(await self._on_message(event))

    async def _suppress(self, message: InboundMessage) -> None:
        if self._suppressions is None or message.keyword not in {"STOP", "START"}:
            return
        tell = self._suppressions.stop if message.keyword == "STOP" else self._suppressions.start
        told = tell(
            number=message.from_,
            sender=message.to,
            service=message.messaging_service_sid or "",
            account=message.account_sid,
            sid=message.sid,
        )
        if told is not None:
            await told


E = TypeVar("E")
R = TypeVar("R")


def _async(handler: Callable[[E], R | Awaitable[R]]) -> Callable[[E], Awaitable[R]]:
    """The handler as an async one; a plain one runs in a thread."""
    own: object = getattr(handler, "__call__", None)  # noqa: B004 - an object's async method counts
    if inspect.iscoroutinefunction(handler) or inspect.iscoroutinefunction(own):
        return lambda event: settled(handler(event))

    async def in_a_thread(event: E) -> R:
        return await settled(await asyncio.to_thread(handler, event))

    return in_a_thread


def _wrong(method: str, headers: Headers, body: bytes) -> WebhookAnswer | None:
    """The answer to what no webhook is."""
    if method not in {"GET", "POST"}:
        return plain(405, Allow="GET, POST")
    if len(body) > MAX_BODY:
        return plain(413)
    try:
        encoding = headers.get("content-encoding").lower()
        form = not body or is_form(headers.get("content-type"))
    except MessagingError:
        return plain(400)
    if not form or encoding not in {"", "identity"}:
        return plain(415)
    return plain(400) if body and method == "GET" else None


def _bytes(body: bytes | str) -> bytes:
    return body.encode() if isinstance(body, str) else body
