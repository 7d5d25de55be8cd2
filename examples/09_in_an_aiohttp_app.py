"""A web application with one client: opened before the first request, closed after the last.

Start it with a port, `python examples/09_in_an_aiohttp_app.py 8080`, then ask for a code:
`curl --data-urlencode to=+14155550100 http://127.0.0.1:8080/codes`.
"""

from __future__ import annotations

import os
import sys
from collections.abc import AsyncGenerator

from aiohttp import web

from async_messaging import APIError, InvalidInput, MessagingClient, MessagingError, OutcomeUnknown

CLIENT = web.AppKey("client", MessagingClient)


async def send_code(request: web.Request) -> web.Response:
    """POST /codes: send a code, and tell the browser what is known."""
    to = str((await request.post()).get("to", ""))
    quick = request.app[CLIENT].with_options(timeout=8, priority="high")
    try:
        message = await quick.messages.create(
            to=to, from_=os.environ["TWILIO_FROM"], body="Your code is 123456"
        )
    except (InvalidInput, APIError) as error:
        return web.json_response({"error": str(error)}, status=400)
    except OutcomeUnknown:  # it may arrive: let the user wait, or ask for another code
        return web.json_response({"state": "on its way, perhaps"}, status=202)
    except MessagingError:
        return web.json_response({"error": "try again"}, status=503)
    return web.json_response({"sid": message.sid}, status=201)


async def lifespan(app: web.Application) -> AsyncGenerator[None]:
    """Keep the client open while the application runs; calls under way may finish."""
    async with MessagingClient() as app[CLIENT]:
        yield


def make_app() -> web.Application:
    """Put the application together."""
    app = web.Application()
    app.cleanup_ctx.append(lifespan)
    app.router.add_post("/codes", send_code)
    return app


if __name__ == "__main__":
    web.run_app(make_app(), host="127.0.0.1", port=int(sys.argv[1]), print=None)
