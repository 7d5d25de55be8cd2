"""A Starlette application whose lifespan keeps one client; whoever writes STOP is left alone.

Start it with a port, `python examples/16_webhooks_in_starlette.py 8080`. Twilio must reach it: give
the public address as PUBLIC_URL, and `$PUBLIC_URL/twilio/sms` to your number as its webhook.
"""

from __future__ import annotations

import os
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Mount, Route

from async_messaging import MessagingClient
from async_messaging.webhooks import InboundMessage, Webhooks

PORT = int(sys.argv[1])
PUBLIC_URL = os.environ.get("PUBLIC_URL", f"http://127.0.0.1:{PORT}")

hooks = Webhooks(auth_token=os.environ["TWILIO_AUTH_TOKEN"], public_url=PUBLIC_URL)
stopped: set[str] = set()


@hooks.on_message
async def listen(message: InboundMessage) -> None:
    """Note STOP and START; Twilio itself answers them."""
    if message.keyword == "STOP":
        stopped.add(message.from_)
    elif message.keyword == "START":
        stopped.discard(message.from_)


async def remind(request: Request) -> JSONResponse:
    """POST /remind?to=...: send a reminder, but not to who said STOP."""
    to = request.query_params["to"]
    if to in stopped:
        return JSONResponse({"state": "wants no messages"}, status_code=409)
    client: MessagingClient = request.app.state.client
    sent = await client.messages.create(to=to, from_=os.environ["TWILIO_FROM"], body="At nine.")
    return JSONResponse({"sid": sent.sid}, status_code=201)


@asynccontextmanager
async def lifespan(app: Starlette) -> AsyncGenerator[None]:
    """One client for all requests; the end waits for handlers."""
    async with MessagingClient() as app.state.client, hooks:
        yield


routes = [Mount("/twilio", hooks.asgi()), Route("/remind", remind, methods=["POST"])]
app = Starlette(routes=routes, lifespan=lifespan)

if __name__ == "__main__":
    uvicorn.run(app, host="127.0.0.1", port=PORT, log_level="warning")
