"""Webhooks in an aiohttp application.

A request lasts as long as its handler. Where that takes long, the answer goes out before, and says
that the connection ends with it: what Twilio sends next doesn't wait behind the handler.
"""

from __future__ import annotations

from collections.abc import Sequence

from aiohttp import web

from .answer import WebhookAnswer, plain
from .request import MAX_BODY
from .running import Receiver, whole_body


def routes(hooks: Receiver, paths: Sequence[str]) -> list[web.RouteDef]:
    """GET and POST of each path."""

    async def answer(request: web.Request) -> web.Response:
        body = await _body(request, hooks.read_within)
        if isinstance(body, WebhookAnswer):
            refused = _response(body)
            refused.force_close()
            return refused
        sent: list[web.Response] = []

        async def early(found: WebhookAnswer) -> None:
            response = _response(found)
            response.force_close()
            sent.append(response)
            await response.prepare(request)
            await response.write_eof()

        found = await hooks.handle(
            method=request.method,
            target=request.raw_path,
            headers=request.headers,
            body=body,
            peer=request.remote,
            early=early,
        )
        return sent[0] if sent else _response(found)

    return [
        web.route(method, path, answer)
        for path in dict.fromkeys(paths)
        for method in ("GET", "POST")
    ]


def _response(answer: WebhookAnswer) -> web.Response:
    return web.Response(status=answer.status, body=answer.body, headers=answer.headers)


async def _body(request: web.Request, seconds: float) -> bytes | WebhookAnswer:
    """The body, or the answer to one that is too long, too slow or packed."""
    if not request.body_exists:
        return b""
    if request.headers.get("Content-Encoding", "identity").lower() != "identity":
        return plain(415)
    if (request.content_length or 0) > MAX_BODY:
        return plain(413)
    return await whole_body(request.content.iter_any(), seconds)
