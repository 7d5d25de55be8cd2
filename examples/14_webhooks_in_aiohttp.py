"""Replies and delivery receipts in an aiohttp application, verified; the end waits for handlers.

Start it with a port, `python examples/14_webhooks_in_aiohttp.py 8080`. Twilio must reach it: give
the public address as PUBLIC_URL, and `$PUBLIC_URL/sms` to your number as its webhook.
"""

from __future__ import annotations

import os
import sys
from collections.abc import AsyncGenerator

from aiohttp import web

from async_messaging import MessagingClient
from async_messaging.webhooks import InboundMessage, StatusCallback, Webhooks

PORT = int(sys.argv[1])
PUBLIC_URL = os.environ.get("PUBLIC_URL", f"http://127.0.0.1:{PORT}")
CLIENT = web.AppKey("client", MessagingClient)

app = web.Application()
hooks = Webhooks(auth_token=os.environ["TWILIO_AUTH_TOKEN"], public_url=PUBLIC_URL)


@hooks.on_message
async def answer(message: InboundMessage) -> None:
    """Send the answer as a message of its own, and have its delivery reported."""
    if message.keyword is None:  # Twilio itself answers STOP, START and HELP
        await app[CLIENT].messages.create(
            to=message.from_,
            from_=message.to,
            body="Your order has left.",
            status_callback=f"{PUBLIC_URL}/status?order=7",
        )


@hooks.on_status
async def track(status: StatusCallback) -> None:
    """Note what became of it: the URL's own parameters come back."""
    print(f"order {status.query['order']}: {status.status}", status.error_code or "", flush=True)


async def lifespan(app: web.Application) -> AsyncGenerator[None]:
    """Keep the client open while the application runs."""
    async with MessagingClient() as app[CLIENT]:
        yield


app.add_routes(hooks.aiohttp_routes("/sms", "/status"))
app.cleanup_ctx.extend([lifespan, hooks.aiohttp_cleanup])

if __name__ == "__main__":
    web.run_app(app, host="127.0.0.1", port=PORT, print=None)
