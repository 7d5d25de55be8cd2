"""Posts callbacks to users' servers: signed, some at a time, retried as their URLs ask, and to this machine only.

A callback that fails is written down and hurts nobody. Connections are kept; one that turns out to be dead when it is
used again is no attempt. Redirects aren't followed, since they lose the form.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import time
from base64 import b64encode
from collections.abc import Callable, Mapping
from types import SimpleNamespace
from typing import NamedTuple
from urllib.parse import unquote, urlencode

import aiohttp
from yarl import URL

from . import callbacks, replies
from .clock import ManualClock, MovedClock
from .loopback import LoopbackResolver, is_loopback
from .outgoing import Attempt, Callback, Outgoing, State
from .overrides import Overrides, read_overrides
from .world import World

_AT_ONCE = 64
_MAX_ANSWER = 65_536
_SOON = 0.001
_HEADERS = {
    "Accept": "*/*",
    "Accept-Encoding": "identity",
    "User-Agent": "TwilioProxy/1.1",
}


class _Request(NamedTuple):
    method: str
    url: URL
    headers: dict[str, str]
    body: bytes | None


class _Heard(NamedTuple):
    """What one attempt brought."""

    status: int = 0
    failure: str = ""
    error_code: int = 0
    content_type: str = ""
    body: bytes = b""


class Courier:
    """The tasks that post, a timer for what is planned, and their one session; all of them begin on demand."""

    def __init__(self, world: World, told: Callable[[], None]) -> None:
        self._world = world
        self._told = told
        self._loop: asyncio.AbstractEventLoop | None = None
        self._session: aiohttp.ClientSession | None = None
        self._workers: set[asyncio.Task[None]] = set()
        self._timer: asyncio.TimerHandle | None = None

    def start(self) -> None:
        """Lets posting begin, on the running loop."""
        self._loop = asyncio.get_running_loop()
        if isinstance(self._world.clock, MovedClock):
            self._world.clock.watch(self._clock_moved)
        self.look()

    @property
    def running(self) -> bool:
        """Whether it posts."""
        return self._loop is not None

    async def close(self) -> None:
        """Ends what is being posted, forgets what was to come, and closes the session."""
        loop, self._loop = self._loop, None
        if loop is not None and isinstance(self._world.clock, MovedClock):
            self._world.clock.unwatch(self._clock_moved)
        self._disarm()
        workers = list(self._workers)
        for worker in workers:
            worker.cancel()
        await asyncio.gather(*workers, return_exceptions=True)
        self._world.outgoing.abandon()
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    def look(self) -> None:
        """Takes up what has become due; to be called after everything that may have planned something."""
        outgoing = self._world.outgoing
        at = outgoing.next_time()
        if self._loop is None or (at is None and not outgoing.ready):
            return
        now = self._world.clock.time()
        if at is not None and at <= now:
            callbacks.advance(self._world, now)
            self._world.save()
            at = outgoing.next_time()
        for _ in range(min(_AT_ONCE - len(self._workers), len(outgoing.ready))):
            worker = self._loop.create_task(self._work(outgoing))
            self._workers.add(worker)
            worker.add_done_callback(self._workers.discard)
        if at is not None and not isinstance(self._world.clock, ManualClock):
            self._arm(self._loop, at - now)

    def _clock_moved(self) -> None:
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._ring)

    def _arm(self, loop: asyncio.AbstractEventLoop, wait: float) -> None:
        when = loop.time() + max(wait, _SOON)
        if self._timer is not None:
            if self._timer.when() <= when:
                return
            self._timer.cancel()
        self._timer = loop.call_at(when, self._ring)

    def _disarm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _ring(self) -> None:
        self._disarm()
        self.look()
        self._told()

    async def _work(self, outgoing: Outgoing) -> None:
        while outgoing.ready:
            callback = outgoing.ready.popleft()
            outgoing.in_flight += 1
            try:
                await self._deliver(outgoing, callback)
                self._world.save()
            finally:
                outgoing.in_flight -= 1
                self._told()
            self.look()

    async def _deliver(self, outgoing: Outgoing, callback: Callback) -> None:
        request = _request_of(callback, self._world.token_of(callback.account_sid))
        if request is None or not self._may_reach(request.url):
            outgoing.settle(callback, "refused", 11205)
            heard = _Heard(error_code=11205)
        else:
            heard = await self._persist(callback, request)
            state: State = "failed" if heard.error_code else "answered"
            outgoing.settle(callback, state, heard.error_code)
        if callback.kind == "message":
            good = callback.state == "answered"
            replies.take_answer(
                self._world, outgoing, callback, heard.content_type, heard.body if good else None
            )

    def _may_reach(self, url: URL) -> bool:
        host = url.host or ""
        return is_loopback(host) or host.lower() in self._world.conditions.callback_hosts

    async def _persist(self, callback: Callback, request: _Request) -> _Heard:
        rules = read_overrides(callback.url.partition("#")[2])
        end = time.monotonic() + rules.total
        while True:
            began, at = time.monotonic(), self._world.clock.time()
            heard = await self._ask(request, rules, end - began)
            callback.attempts.append(
                Attempt(at, heard.status, heard.error_code, heard.failure, time.monotonic() - began)
            )
            pause = rules.pause(heard.failure, len(callback.attempts))
            if pause is None or time.monotonic() + pause >= end:
                return heard
            await asyncio.sleep(pause)

    async def _ask(self, request: _Request, rules: Overrides, left: float) -> _Heard:
        limits = aiohttp.ClientTimeout(
            total=max(left, _SOON), sock_connect=rules.connect, sock_read=rules.read
        )
        while True:
            way = SimpleNamespace(reused=False)
            try:
                return await self._exchange(request, limits, way)
            except (aiohttp.ServerDisconnectedError, aiohttp.ClientOSError) as error:
                # Only a connection from the pool may have been dead before the request came to it.
                if way.reused and not isinstance(error, aiohttp.ClientConnectorError):
                    continue
                return _heard_of(error)
            except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
                return _heard_of(error)

    async def _exchange(
        self, request: _Request, limits: aiohttp.ClientTimeout, way: SimpleNamespace
    ) -> _Heard:
        if self._session is None:
            self._session = _open_session(self._world.conditions.callback_hosts)
        async with self._session.request(
            request.method,
            request.url,
            data=request.body,
            headers=request.headers,
            timeout=limits,
            allow_redirects=False,
            trace_request_ctx=way,
        ) as response:
            body = await _read(response)
            status = response.status
            if body is None:
                return _Heard(status, error_code=11750)
            failure = "" if 200 <= status < 300 else f"{status // 100}xx"
            content_type = response.headers.get("Content-Type", "")
            return _Heard(status, failure, 11200 if failure else 0, content_type, body)


async def _note_reuse(_: aiohttp.ClientSession, context: SimpleNamespace, __: object) -> None:
    context.trace_request_ctx.reused = True


def _open_session(named: frozenset[str]) -> aiohttp.ClientSession:
    trace = aiohttp.TraceConfig()
    trace.on_connection_reuseconn.append(_note_reuse)
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=_AT_ONCE, resolver=LoopbackResolver(named)),
        cookie_jar=aiohttp.DummyCookieJar(),
        headers=_HEADERS,
        trace_configs=[trace],
    )


def _request_of(callback: Callback, token: str) -> _Request | None:
    given, form, body = callback.url.partition("#")[0], urlencode(callback.fields), None
    if callback.method == "GET":
        given += ("&" if "?" in given else "?") + form
    else:
        body = form.encode()
    callback.signature = sign(token, given, {} if body is None else callback.fields)
    headers = {
        "I-Twilio-Idempotency-Token": callback.token,
        "X-Twilio-Signature": callback.signature,
        "X-Home-Region": "us1",
    }
    if body is not None:
        headers["Content-Type"] = "application/x-www-form-urlencoded; charset=utf-8"
    try:
        # What is signed must arrive as it is; only what couldn't stand on the wire is quoted.
        plain = given.isascii() and given.isprintable() and " " not in given
        url = URL(given, encoded=plain)
        if url.user is not None:
            pair = f"{unquote(url.raw_user or '')}:{unquote(url.raw_password or '')}"
            headers["Authorization"] = f"Basic {b64encode(pair.encode()).decode()}"
            url = url.with_user(None)
    except ValueError:
        return None
    return _Request(callback.method, url, headers, body)


async def _read(response: aiohttp.ClientResponse) -> bytes | None:
    """The answer's body, or None if it is longer than Twilio reads."""
    parts, size = list[bytes](), 0
    async for part in response.content.iter_any():
        parts.append(part)
        size += len(part)
        if size > _MAX_ANSWER:
            return None
    return b"".join(parts)


def _heard_of(error: Exception) -> _Heard:
    if isinstance(error, aiohttp.ClientSSLError):
        return _Heard(failure="ct", error_code=11220)
    if isinstance(error, aiohttp.ClientConnectorError | aiohttp.ConnectionTimeoutError):
        return _Heard(failure="ct", error_code=11205)
    return _Heard(failure="rt", error_code=11200)


def sign(token: str, url: str, fields: Mapping[str, str]) -> str:
    """Twilio's signature of a webhook, `X-Twilio-Signature`; `fields` is empty for a GET.

    Base64 of HMAC-SHA1, with the account's token as the key, over the URL as it was given (its query with it, its
    fragment not) and, for a POST, every name and value of the form in the names' order with nothing between them.
    Source: Twilio's page "Webhooks security".
    """
    data = "".join((url.partition("#")[0], *(name + fields[name] for name in sorted(fields))))
    return b64encode(hmac.digest(token.encode(), data.encode(), hashlib.sha1)).decode()
