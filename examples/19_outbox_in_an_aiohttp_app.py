"""Login codes in an aiohttp application: one an attempt, and not as many as anybody asks for.

Start it with a port, `python examples/19_outbox_in_an_aiohttp_app.py 8080`. The form's hidden field
is new each time it is shown, so a second click is the same attempt:
`curl -d attempt=7f3a --data-urlencode to=+14155550100 http://127.0.0.1:8080/codes`.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import sys
from collections.abc import AsyncGenerator

from aiohttp import web

from async_messaging import Blocked, MessagingClient, MessagingError, Outbox, SendPolicy

OUTBOX, FILE = web.AppKey("outbox", Outbox), "codes.outbox"
POLICY = SendPolicy(per_number=(5, "1h"), per_prefix=(200, "1h"))
SECRET = os.environ.get("CODES_SECRET", "for trying it out").encode()


def text_of(attempt: str) -> str:
    """The same attempt has the same text, in each process: a key is that of one message."""
    digest = hashlib.blake2b(attempt.encode(), key=SECRET, digest_size=8).digest()
    return f"Your code is {int.from_bytes(digest) % 1_000_000:06}"


async def send_code(request: web.Request) -> web.Response:
    """POST /codes: send a code."""
    form = await request.post()
    to, attempt = str(form.get("to", "")), str(form.get("attempt", ""))
    key, text, sender = f"login:{attempt}", text_of(attempt), os.environ["TWILIO_FROM"]
    try:
        await request.app[OUTBOX].send(key=key, to=to, from_=sender, body=text, ttl=600, timeout=8)
    except Blocked:  # too many to this number, or to its neighbours
        return web.json_response({"outcome": "too many codes"}, status=429)
    except MessagingError as error:  # unknown: it may arrive, so show the field for the code
        wrong = error.outcome == "refused" or isinstance(error, ValueError)  # InvalidInput
        status = 400 if wrong else 202 if error.outcome == "unknown" else 503
        return web.json_response({"outcome": error.outcome}, status=status)
    return web.json_response({"outcome": "accepted"})


async def lifespan(app: web.Application) -> AsyncGenerator[None]:
    """Keep client and outbox while the application runs."""
    async with MessagingClient() as client, Outbox.open(FILE, client, policy=POLICY) as outbox:
        app[OUTBOX] = outbox
        settling = asyncio.create_task(outbox.run())
        yield
        settling.cancel()


if __name__ == "__main__":
    application = web.Application()
    application.cleanup_ctx.append(lifespan)
    application.router.add_post("/codes", send_code)
    web.run_app(application, host="127.0.0.1", port=int(sys.argv[1]), print=None)
