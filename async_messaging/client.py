"""`MessagingClient`: opens, closes and wires what the other modules are. Only this one knows all.

A client may be used by one running loop at a time. A later loop, or a child process after a fork,
gets fresh connections; a second *running* loop is a `SettingsError`.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncIterable, Awaitable, Coroutine, Iterable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Self, TypedDict, TypeVar, Unpack

from .credentials import find_credentials
from .errors import SettingsError
from .resources import Surface
from .settings import (
    AttemptTimeout,
    Limits,
    OnUnknown,
    Options,
    Priority,
    Secret,
    Settings,
    TransportName,
    from_env,
)

if TYPE_CHECKING:
    from ssl import SSLContext

    from .bulk.fanout import BulkSend
    from .bulk.feed import Draft
    from .clock import Clock
    from .codec.codes import CodeFacts
    from .operation import Answer, Call, Download
    from .pipeline.batch_run import BatchRun
    from .pipeline.events import Events, Stats
    from .pipeline.pipeline import Pipeline
    from .settling.attempts import Attempts
    from .settling.changes import Policy
    from .settling.driver import Settler
    from .settling.single import OwnSends
    from .transport.base import Transport

T = TypeVar("T")

logger: logging.Logger = logging.getLogger("async_messaging")

_told: set[str] = set()


class CallOptions(TypedDict, total=False):
    """What `ClientView.with_options` takes; see `Options` for the meanings."""

    timeout: float | None
    attempt_timeout: AttemptTimeout | float
    retries: int
    max_wait: float | None
    priority: Priority
    on_unknown: OnUnknown
    extra: Mapping[str, str]


def _changed(options: Options, changes: CallOptions) -> Options:
    values: dict[str, Any] = {"attempt_timeout": options.attempt_timeout, **changes}
    values["attempt_timeout"] = AttemptTimeout.of(values["attempt_timeout"])
    return replace(options, **values)


class ClientView(Surface):
    """The resources, with options of their own. Nothing to open or close: the client does that."""

    def __init__(self, pipeline: Pipeline, options: Options) -> None:
        super().__init__(self.run, self._open)
        self._pipeline = pipeline
        self._options = options

    def run(self, call: Call[T], /, *, kept: bool = False) -> Coroutine[Any, Any, Answer[T]]:
        """Carry any call to Twilio, to be awaited: what resources, bulk sends and ledgers go through.

        Args:
            call: the call.
            kept: a ledger or an outbox keeps what becomes of it, and settles it.

        Raises:
            MessagingError: with what is known of the call's effect in `.outcome`.
        """
        return self._pipeline.run(call, self._options, kept=kept)

    def _open(self, call: Call[Any], /) -> AbstractAsyncContextManager[Download]:
        from .pipeline.downloads import open_download

        return open_download(self._pipeline, call, self._options)

    @property
    def clock(self) -> Clock:
        """Where the client's time comes from."""
        return self._pipeline.clock

    @property
    def settings(self) -> Settings:
        """What the client was made with."""
        return self._pipeline.settings

    @property
    def options(self) -> Options:
        """The options of every call."""
        return self._options

    @property
    def events(self) -> Events:
        """Register handlers: ``client.events.on_retry(handler)`` and others."""
        return self._pipeline.events

    def with_options(self, **changes: Unpack[CallOptions]) -> ClientView:
        """The same client with other options: ``client.with_options(timeout=8, priority="high")``.

        Args:
            **changes: fields of `Options`: ``timeout``, ``attempt_timeout``, ``retries``,
                ``max_wait``, ``priority``, ``on_unknown``, ``extra``.

        Raises:
            SettingsError: a value can't be used.
        """
        return ClientView(self._pipeline, _changed(self._options, changes))

    def for_account(
        self,
        account_sid: str,
        *,
        auth_token: Secret | None = None,
        api_key: str | None = None,
        api_secret: Secret | None = None,
    ) -> ClientView:
        """Another account, over the same connections, with lanes and limits of its own.

        Without credentials of its own, this client's are used. Only the 2010 API names the account
        in its paths; elsewhere credentials alone decide, so there such a view refuses to call
        instead of acting on the parent.

        Args:
            account_sid: the other account, ``AC...``.
            auth_token: its auth token.
            api_key: an API key of it, ``SK...``.
            api_secret: the key's secret.

        Raises:
            SettingsError: the sid or the credentials can't be used.
        """
        if auth_token or api_key or api_secret:
            credentials = find_credentials(
                account_sid=account_sid,
                auth_token=auth_token,
                api_key=api_key,
                api_secret=api_secret,
            )
        else:
            credentials = self._pipeline.settings.credentials.lent_to(account_sid)
        view = ClientView(self._pipeline.for_account(credentials), self._options)
        view._reads()
        return view

    @property
    def sends(self) -> OwnSends:
        """What the client remembers of its own creations."""
        from .settling.single import OwnSends

        sends = self._pipeline.account.sends
        assert isinstance(sends, OwnSends)
        return sends

    def settler(self, attempts: Attempts, policy: Policy) -> Settler:
        """Settles what a ledger or an outbox keeps, the client's own sends considered."""
        return self.sends.settler(attempts, policy, self.sends)

    def _reads(self) -> None:
        """Tell the memory of sends what it reads Twilio's list by."""
        self.sends.reads(
            self.messages,
            lambda sid: self.content.fetch(sid),  # noqa: PLW0108 - loads templates when asked
            self._pipeline.account.under_way,
        )

    @staticmethod
    async def with_raw_response(awaitable: Awaitable[T]) -> Answer[T]:
        """The whole answer of a call: ``await client.with_raw_response(client.messages.list())``.

        Args:
            awaitable: a call not yet awaited. One that makes several requests, a listing, gives the
                answer of its last.

        Raises:
            TypeError: the awaitable made no call.
            MessagingError: what the call itself raises.
        """
        from .operation import with_raw_response

        return await with_raw_response(awaitable)

    def stats(self) -> Stats:
        """Counters since the client was made, and what is going on now, of all its accounts."""
        return self._pipeline.shared.stats()

    def bulk(
        self,
        drafts: Iterable[Draft] | AsyncIterable[Draft],
        *,
        concurrency: int = 64,
        rate: float | None = None,
    ) -> BulkSend:
        """Send many messages: an async context manager that gives results as they finish.

        Args:
            drafts: drafts, and `InvalidInput` for those that could not be made; any iterable. An
                asynchronous generator is closed in the end.
            concurrency: how many calls may be under way.
            rate: segments a second, or None for the client's own limits only.

        Raises:
            SettingsError: the rate or the concurrency can't be used.
        """
        from .bulk.fanout import BulkSend

        return BulkSend(self.open_batch(rate=rate, kept=False), drafts, concurrency)

    def open_batch(
        self, *, rate: float | None = None, patience: float = float("inf"), kept: bool = True
    ) -> BatchRun:
        """What many sends go through: bulk sends, campaigns. Close it when they are over.

        Args:
            rate: segments a second, or None for the client's own limits only.
            patience: the longest wait after a "too fast", in seconds; longer ones end the call.
            kept: a ledger or an outbox keeps what becomes of the calls, and settles it.
        """
        from .pipeline.batch_run import BatchRun

        if rate is not None and not 0 < rate < float("inf"):
            raise SettingsError("rate must be above 0 segments a second")
        options = _changed(self._options, {"timeout": None})
        return BatchRun(self._pipeline, options, rate, patience, kept=kept)


class MessagingClient(ClientView):
    """Twilio's Programmable Messaging API, to be awaited.

    What is not given comes from the environment; see `async_messaging.settings`.

    Args:
        account_sid: the account, ``AC...``.
        auth_token: its auth token, or a callable that gives it.
        api_key: an API key, ``SK...``, instead of the auth token; it wins if both are given.
        api_secret: the key's secret, or a callable that gives it.
        client_id: an OAuth client, instead of either.
        client_secret: the client's secret, or a callable that gives it.
        base_url: one origin for every host of Twilio's, such as a simulator's.
        edge: the edge location, ``dublin``.
        region: the processing region, ``ie1``.
        insecure_http: allow plain http to other hosts than loopback; never to Twilio's.
        limits: rates, calls in flight, connections.
        timeout: seconds a caller waits at most, everything included.
        attempt_timeout: seconds of one attempt.
        retries: further attempts after failures that are safe to repeat.
        ssl: the TLS context to use.
        proxy: URL of an HTTP proxy.
        codes: what some of Twilio's codes mean to you; `error.advice` goes by these first.
        transport: ``wire`` or ``pool`` to choose one of ours, or a transport of your own.
        clock: where time comes from; for tests.

    Raises:
        SettingsError: something is missing or can't be used.
    """

    def __init__(
        self,
        *,
        account_sid: str | None = None,
        auth_token: Secret | None = None,
        api_key: str | None = None,
        api_secret: Secret | None = None,
        client_id: str | None = None,
        client_secret: Secret | None = None,
        base_url: str | None = None,
        edge: str | None = None,
        region: str | None = None,
        insecure_http: bool = False,
        limits: Limits | None = None,
        timeout: float | None = 60.0,
        attempt_timeout: AttemptTimeout | float | None = None,
        retries: int = 4,
        ssl: SSLContext | None = None,
        proxy: str | None = None,
        codes: Iterable[CodeFacts] = (),
        transport: Transport | TransportName | None = None,
        clock: Clock | None = None,
    ) -> None:
        options = Options(
            timeout=timeout,
            attempt_timeout=AttemptTimeout.of(
                AttemptTimeout() if attempt_timeout is None else attempt_timeout
            ),
            retries=retries,
        )
        settings = from_env(
            account_sid=account_sid,
            auth_token=auth_token,
            api_key=api_key,
            api_secret=api_secret,
            client_id=client_id,
            client_secret=client_secret,
            base_url=base_url,
            edge=edge,
            region=region,
            insecure_http=insecure_http,
            limits=limits,
            options=options,
            ssl=ssl,
            proxy=proxy,
            transport=transport if isinstance(transport, str) else None,
        )
        if settings.base_url is not None and settings.is_elsewhere:
            _tell_once(settings.base_url)
        from .clock import SystemClock
        from .pipeline.pipeline import Pipeline
        from .pipeline.shared import Shared
        from .settling.single import OwnSends

        if transport is None or isinstance(transport, str):
            from .transport.choice import choose

            transport = choose(settings)
        own = {facts.code: facts for facts in codes}
        clock = clock or SystemClock()
        elsewhere = settings.base_url if settings.is_elsewhere else None
        account = settings.credentials.account_sid
        sends = OwnSends(clock, account, elsewhere, settings.region)
        shared = Shared(transport, clock, sends)
        super().__init__(Pipeline(settings, own, shared), options)
        # Loaded now, with all that a send needs: a first one may come when no file can be opened.
        self._reads()

    def __repr__(self) -> str:
        return f"<MessagingClient {self._pipeline.settings.credentials.account_sid}>"

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self, grace: float = 10.0) -> None:
        """Take no more calls, wait for those under way, close the connections.

        Args:
            grace: seconds to wait for calls under way, those of callers who gave up included.
        """
        await self._pipeline.shared.close(grace)


def _tell_once(origin: str) -> None:
    """Say in the log that messages go elsewhere, once per origin and process."""
    if origin not in _told:
        _told.add(origin)
        logger.info("all calls go to %s, not to Twilio", origin)
