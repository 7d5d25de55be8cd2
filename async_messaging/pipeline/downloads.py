"""Answers that come in pieces: media and lists of numbers. They go the way of every call.

Twilio answers such a request with a redirect to its own stores. At most two are followed, only to
``*.twilio.com``, ``*.twiliocdn.com`` and ``*.amazonaws.com`` over https or to the base URL's own
origin, and never with the credentials.

The place in flight is given back once Twilio has answered: reading a body takes nothing of what
Twilio counts. The caller's time holds for all that the caller waits for, from the call to the last
piece; what the program does between two pieces does not count.
"""

from __future__ import annotations

import math
import re
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from functools import partial
from typing import Any
from urllib.parse import urljoin, urlsplit

import msgspec

from ..errors import AnswerTimeout, Redirected, UnexpectedAnswer
from ..operation import Answer, Call
from ..settings import Options
from ..transport.base import Request, Response, Streamed
from .account import Here
from .pipeline import Pipeline
from .stop import Caller, OutOfTime, Stop
from .turn import Turn

_STORES = (".twilio.com", ".twiliocdn.com", ".amazonaws.com")
_REDIRECTS = 2
_ERROR_CAP = 65536


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
    """Open the body that *call* leads to."""
    here = pipeline.account.on_loop()
    async with AsyncExitStack() as stack:
        opening = partial(_attempt, pipeline, here, stack)
        began = pipeline.clock.monotonic()
        answer: Answer[Streamed] = await pipeline.run(call, options, carried=opening)
        taken = pipeline.clock.monotonic() - began
        yield _Body(answer.value, call, here, pipeline, options.ends_in - taken)


async def _attempt(
    pipeline: Pipeline, here: Here, stack: AsyncExitStack, turn: Turn[Any], request: Request
) -> Answer[Streamed]:
    """One attempt: the answer's head, from Twilio or from where it leads."""
    error: BaseException | None = None
    try:
        here.carrier.begin(turn, request)
        async with AsyncExitStack() as inner:
            answer = await turn.caller.run(_followed(pipeline, turn, request, inner))
            stack.push_async_exit(inner.pop_all())
    except BaseException as raised:
        error = raised
        turn.left, request.withdrawn = request.written, not request.written
        raise
    finally:
        here.carrier.end(turn, error)
    elapsed = pipeline.clock.monotonic() - turn.caller.started
    return Answer(answer, answer.status, answer.headers, b"", turn.plan.attempts, elapsed)


async def _followed(
    pipeline: Pipeline, turn: Turn[Any], request: Request, stack: AsyncExitStack
) -> Streamed:
    call, exchange = turn.call, pipeline.exchange
    own = pipeline.settings.origin(call.product)
    for _ in range(_REDIRECTS + 1):
        answer = await stack.enter_async_context(pipeline.transport.stream(request))
        now = pipeline.clock.monotonic()
        if request is turn.caller.request:
            exchange.heard(turn, answer.status, answer.headers, now - turn.sent_at)
        if 200 <= answer.status < 300:
            return answer
        response = await _whole(answer)
        if not 300 <= answer.status < 400:
            raise exchange.failure(turn, response, now)
        if turn.slot is not None:
            turn.slot.leave()
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


class _Body:
    """An open body, read within what is left of the caller's time, and up to the call's cap."""

    def __init__(
        self,
        body: Streamed,
        call: Call[Any],
        here: Here,
        pipeline: Pipeline,
        left: float,
    ) -> None:
        self.status: int = body.status
        self.headers: Mapping[str, str] = body.headers
        self._body = body
        self._call = call
        self._deadlines = here.deadlines
        self._clock = pipeline.clock
        self._left = left
        self._stop = Stop()  # a client that closes lets what is open be read

    async def chunks(self) -> AsyncIterator[bytes]:
        """The body in pieces."""
        size, pieces = 0, aiter(self._body.chunks())
        while (piece := await self._next(pieces)) is not None:
            size += len(piece)
            if size > self._call.cap:
                text = f"the download is longer than {self._call.cap} bytes"
                raise UnexpectedAnswer(text, call=self._call, status=self.status)
            yield piece

    async def _next(self, pieces: AsyncIterator[bytes]) -> bytes | None:
        left = max(0.0, self._left)
        caller = Caller(self._stop, self._clock.monotonic(), left, left)
        if left < math.inf:
            self._deadlines.watch(caller, left)
        try:
            return await caller.run(_one(pieces))
        except OutOfTime:
            error = AnswerTimeout("the download did not end in time", call=self._call)
        finally:
            self._deadlines.leave(caller)
            self._left -= self._clock.monotonic() - caller.started
        raise error


async def _one(pieces: AsyncIterator[bytes]) -> bytes | None:
    async for piece in pieces:
        return piece
    return None
