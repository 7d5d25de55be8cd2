"""Answers that come in pieces: media and lists of numbers.

Twilio answers such a request with a redirect to its own stores. At most two are followed, only to
``*.twilio.com``, ``*.twiliocdn.com`` and ``*.amazonaws.com`` over https or to the base URL's own
origin, and never with the credentials.
"""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from typing import Any
from urllib.parse import urljoin, urlsplit

import msgspec

from ..errors import MessagingError, Redirected, Unauthorized, UnexpectedAnswer
from ..operation import Call
from ..settings import Options
from ..transport.base import Request, Response, Streamed
from .answers import error_of
from .lanes import HIGH, NORMAL
from .pipeline import Pipeline
from .retry import Plan, retrying

__all__ = ["is_store", "open_download"]

_STORES = (".twilio.com", ".twiliocdn.com", ".amazonaws.com")
_REDIRECTS = 2
_ERROR_CAP = 65536
_INFINITE = float("inf")


class _Target(msgspec.Struct):
    redirect_to: str | None = None


def is_store(url: str, own_origin: str) -> bool:
    """Whether a redirect to *url* may be followed."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return False
    if "@" in parts.netloc or "\\" in url or not re.fullmatch(r"[!-~]+", url):
        return False
    if f"{parts.scheme}://{parts.netloc}".lower() == own_origin.lower():
        return True
    if parts.scheme != "https" or port not in {None, 443}:
        return False
    return host.endswith(_STORES) and re.fullmatch(r"[a-z0-9.-]+", host) is not None


@asynccontextmanager
async def open_download(
    pipeline: Pipeline, call: Call[Any], options: Options
) -> AsyncGenerator[Streamed]:
    """Open the body that *call* leads to.

    Raises:
        MessagingError: it can't be opened; reads are repeated as `retry` says.
        Redirected: the redirect leads somewhere that is not followed.
    """
    pipeline.adopt_loop()
    pipeline.check_account(call)
    async with AsyncExitStack() as stack:
        yield await _opened(pipeline, call, options, stack)


async def _opened(
    pipeline: Pipeline, call: Call[Any], options: Options, stack: AsyncExitStack
) -> Streamed:
    plan = Plan(
        call.safety,
        options.retries,
        options.on_unknown,
        _INFINITE if options.timeout is None else pipeline.clock.monotonic() + options.timeout,
        pipeline.quota,
        renewable=pipeline.auth.renewable,
    )

    stale: str | None = None

    async def attempt() -> Streamed:
        nonlocal stale
        plan.attempts += 1
        async with AsyncExitStack() as inner:
            auth = await pipeline.auth.header(stale)
            try:
                body = await _followed(pipeline, call, options, inner, auth)
            except Unauthorized:
                stale = auth
                raise
            stack.push_async_exit(inner.pop_all())
            return body

    try:
        return await attempt()
    except MessagingError as first:
        return await retrying(
            first, attempt, plan, pipeline.clock, pipeline.clock.sleep, lambda _error, _delay: None
        )


async def _followed(
    pipeline: Pipeline, call: Call[Any], options: Options, stack: AsyncExitStack, auth: str
) -> Streamed:
    await pipeline.in_flight.enter(HIGH if options.priority == "high" else NORMAL)
    stack.callback(pipeline.in_flight.leave)
    request = pipeline.request(call, auth, options)
    own = pipeline.settings.origin(call.product)
    for _ in range(_REDIRECTS + 1):
        answer = await stack.enter_async_context(pipeline.transport.stream(request))
        if 200 <= answer.status < 300:
            return answer
        response = await _whole(answer)
        if not 300 <= answer.status < 400:
            raise error_of(
                call, response, pipeline.clock.time(), pipeline.auth.secrets, pipeline.codes
            )
        url = _target(call, response, request.url)
        if not is_store(url, own):
            raise Redirected("the redirect leads to a host that is not Twilio's", call=call)
        headers = {"User-Agent": request.headers["User-Agent"]}
        request = Request("GET", url, headers, b"", request.timeout, request.cap)
    raise Redirected("more than two redirects", call=call)


async def _whole(answer: Streamed) -> Response:
    content = b""
    async for chunk in answer.chunks():
        content += chunk
        if len(content) > _ERROR_CAP:
            break
    return Response(answer.status, answer.headers, content[:_ERROR_CAP])


def _target(call: Call[Any], response: Response, base: str) -> str:
    location = response.headers.get("location")
    if not location:
        try:
            location = msgspec.json.decode(response.content, type=_Target).redirect_to
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            location = None
    with suppress(ValueError):
        if location:
            return urljoin(base, location)
    raise UnexpectedAnswer("a redirect that names no target", call=call, status=response.status)
