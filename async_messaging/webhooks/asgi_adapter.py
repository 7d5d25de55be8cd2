"""Webhooks as an ASGI application: by itself, or mounted in Starlette, FastAPI, Litestar.

A request lasts as long as its handler, as with a background task of Starlette: where the handler
takes long, the answer is sent before, and the server, a test's loop or a function in a cloud knows
that the application is still at work.

The URL is taken from ``raw_path``, which servers leave as it came, wherever the application is
mounted. Where it is the whole application, it drains at the end of the server's lifespan; where it
is mounted, the outer application's lifespan does it: ``async with hooks: yield``.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable, MutableMapping, Sequence
from contextlib import aclosing
from typing import Any, TypeAlias
from urllib.parse import quote

from .answer import WebhookAnswer, plain
from .request import MAX_BODY
from .running import Receiver, whole_body

Scope: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Scope]]
Send: TypeAlias = Callable[[Scope], Awaitable[None]]


class AsgiWebhooks:
    """The application."""

    def __init__(self, hooks: Receiver, paths: Sequence[str]) -> None:
        self._hooks = hooks
        self._paths = {path.rstrip("/") for path in paths}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or follow the server's lifespan."""
        match scope["type"]:
            case "http":
                answer = _Answer(send)
                last = await self._answer(scope, receive, answer)
                if last is not None and not answer.sent:
                    await answer(last)
            case "lifespan":
                await self._lifespan(receive, send)
            case "websocket":
                await receive()
                await send({"type": "websocket.close", "code": 1000})
            case _:
                pass

    async def _answer(self, scope: Scope, receive: Receive, early: _Answer) -> WebhookAnswer | None:
        if not self._is_ours(scope):
            return plain(404)
        headers = [
            (name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"]
        ]
        if _is_too_much(headers):
            return plain(413, Connection="close")
        async with aclosing(_parts(receive)) as parts:
            try:
                body = await whole_body(parts, self._hooks.read_within)
            except ConnectionError:
                return None
        if isinstance(body, WebhookAnswer):
            return plain(body.status, Connection="close")
        peer = scope.get("client")
        return await self._hooks.handle(
            method=scope["method"],
            target=_target(scope),
            headers=headers,
            body=body,
            peer=peer[0] if peer else None,
            early=early,
        )

    def _is_ours(self, scope: Scope) -> bool:
        """By the whole path, that below the mount, or that below the public URL's own path."""
        path: str = scope["path"].rstrip("/")
        for prefix in ("", scope.get("root_path", "").rstrip("/"), self._hooks.prefix):
            if path.startswith(f"{prefix}/"):
                path = path.removeprefix(prefix)
            if path in self._paths:
                return True
        return False

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                await send({"type": "lifespan.startup.complete"})
            elif message["type"] == "lifespan.shutdown":
                await self._hooks.drain()
                await send({"type": "lifespan.shutdown.complete"})
                return


def _target(scope: Scope) -> str:
    raw: bytes = scope.get("raw_path") or quote(scope["path"]).encode("ascii")
    path = raw.partition(b"?")[0].decode("latin-1")
    query: str = scope["query_string"].decode("latin-1")
    return f"{path}?{query}" if query else path


def _is_too_much(headers: list[tuple[str, str]]) -> bool:
    """Whether a body says itself that it is too long."""
    lengths = [value for name, value in headers if name.lower() == "content-length"]
    return any(value.isdecimal() and int(value[:12]) > MAX_BODY for value in lengths)


async def _parts(receive: Receive) -> AsyncGenerator[bytes]:
    """The body as it comes; ConnectionError if the client hangs up."""
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ConnectionError
        more = message.get("more_body", False)
        yield message.get("body", b"")


class _Answer:
    """Sends the answer of one request."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self.sent = False

    async def __call__(self, answer: WebhookAnswer) -> None:
        self.sent = True
        headers = [
            (name.lower().encode("latin-1"), value.encode("latin-1"))
            for name, value in answer.headers.items()
        ]
        if answer.status != 204:
            headers.append((b"content-length", b"%d" % len(answer.body)))
        start = {"type": "http.response.start", "status": answer.status, "headers": headers}
        await self._send(start)
        await self._send({"type": "http.response.body", "body": answer.body})
