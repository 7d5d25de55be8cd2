"""Replies by TwiML in a FastAPI application: nothing but the reply is sent, and no client needed.

Start it with a port, `python examples/15_webhooks_in_fastapi.py 8080`. Twilio must reach it: give
the public address as PUBLIC_URL, and `$PUBLIC_URL/twilio/sms` to your number as its webhook.
"""

from __future__ import annotations

import os
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import uvicorn
from fastapi import FastAPI

from async_messaging.twiml import MessagingResponse
from async_messaging.webhooks import InboundMessage, StatusCallback, Webhooks, merge_status

PORT = int(sys.argv[1])
PUBLIC_URL = os.environ.get("PUBLIC_URL", f"http://127.0.0.1:{PORT}")

hooks = Webhooks(auth_token=os.environ["TWILIO_AUTH_TOKEN"], public_url=PUBLIC_URL)
delivery: dict[str, str] = {}


@hooks.on_message
async def reply(message: InboundMessage) -> MessagingResponse:
    """Answer with a text and a picture."""
    response = MessagingResponse()
    response.message(f"You wrote: {message.body}").media("https://demo.twilio.com/owl.png")
    return response


@hooks.on_status
async def track(status: StatusCallback) -> None:
    """Statuses come in any order: keep the one that holds."""
    delivery[status.sid] = merge_status(delivery.get(status.sid), status.status)


@asynccontextmanager
async def lifespan(_: FastAPI) -> AsyncGenerator[None]:
    """At the end, wait for handlers that are still at work."""
    async with hooks:
        yield


app = FastAPI(lifespan=lifespan)
app.mount("/twilio", hooks.asgi())


@app.get("/messages/{sid}")
async def message_status(sid: str) -> dict[str, str]:
    """Tell what is known of a message."""
    return {"sid": sid, "status": delivery.get(sid, "no report yet")}


if __name__ == "__main__":
    uvicorn.run(app, host="127.0.0.1", port=PORT, log_level="warning")
