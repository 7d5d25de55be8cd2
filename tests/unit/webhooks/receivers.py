"""Receivers, handlers that wait, and requests delivered to them."""

from __future__ import annotations

import asyncio
from typing import Any

from async_messaging.testing import FakeClock
from async_messaging.webhooks import InboundMessage, StatusCallback, WebhookAnswer, Webhooks
from tests.unit.webhooks.requests import TOKEN, Params, signed

__all__ = ["Early", "Gate", "deliver", "receiver"]

TOKEN_HEADER = "I-Twilio-Idempotency-Token"


def receiver(clock: FakeClock | None = None, **options: Any) -> Webhooks:
    return Webhooks(auth_token=TOKEN, public_url="https://example.com", clock=clock, **options)


async def deliver(
    hooks: Webhooks, params: Params, token: str = "", early: Any = None
) -> WebhookAnswer:
    headers, body = signed(params)
    if token:
        headers[TOKEN_HEADER] = token
    return await hooks.handle(method="POST", target="/sms", headers=headers, body=body, early=early)


class Gate:
    """A handler that waits until it is let go."""

    def __init__(self, reply: str | None = None) -> None:
        self.began: list[str] = []
        self.ended: list[str] = []
        self.entered = asyncio.Event()
        self.open = asyncio.Event()
        self.reply = reply

    async def __call__(self, event: InboundMessage | StatusCallback) -> Any:
        self.began.append(event.sid)
        self.entered.set()
        await self.open.wait()
        self.ended.append(event.sid)
        return self.reply


class Early:
    """Takes the answers that go out before the handler's end."""

    def __init__(self) -> None:
        self.answers: list[WebhookAnswer] = []
        self.came = asyncio.Event()

    async def __call__(self, answer: WebhookAnswer) -> None:
        self.answers.append(answer)
        self.came.set()
