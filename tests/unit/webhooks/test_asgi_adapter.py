"""The ASGI application without a server: a request lasts as long as its handler."""

from __future__ import annotations

import asyncio
from typing import Any

from async_messaging.testing import FakeClock
from async_messaging.webhooks import InboundMessage, Webhooks
from tests.unit.webhooks.requests import SID, TOKEN, inbound, signed


async def called(hooks: Webhooks) -> list[int | str]:
    """What the application sends: a status, then a body."""
    headers, body = signed(inbound())
    sent: list[int | str] = []
    scope = {
        "type": "http",
        "method": "POST",
        "path": "/sms",
        "query_string": b"",
        "headers": [(name.lower().encode(), value.encode()) for name, value in headers.items()],
    }

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body}

    async def send(message: Any) -> None:
        sent.append(message.get("status", message["type"]))

    await hooks.asgi()(scope, receive, send)
    return sent


def test_a_slow_handler_ends_before_its_request_does(clock: FakeClock) -> None:
    hooks = Webhooks(
        auth_token=TOKEN, public_url="https://example.com", clock=clock, answer_within=5
    )
    steps: list[str] = []

    @hooks.on_message
    async def reply(message: InboundMessage) -> str:
        await clock.sleep(60)
        steps.append(message.sid)
        return "too late"

    sent = asyncio.run(called(hooks))  # as a test's client or a function in a cloud does
    assert sent == [204, "http.response.body"]
    assert (steps, clock.monotonic()) == ([SID], 60.0)


def test_a_quick_reply_is_sent_once() -> None:
    hooks = Webhooks(auth_token=TOKEN, public_url="https://example.com")

    @hooks.on_message
    async def reply(message: InboundMessage) -> str:
        return "Hi"

    sent = asyncio.run(called(hooks))
    assert sent == [200, "http.response.body"]
