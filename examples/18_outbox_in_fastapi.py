"""An outbox in a FastAPI application: who clicks twice gets one message, in any number of processes.

Start it with a port, `python examples/18_outbox_in_fastapi.py 8080`, then tell somebody, twice:
`curl -X POST "http://127.0.0.1:8080/orders/7/shipped?to=%2B14155550100"`.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import uvicorn
from fastapi import FastAPI, HTTPException, Request, Response

from async_messaging import (
    APIError,
    InvalidInput,
    KeyReused,
    MessagingClient,
    MessagingError,
    Outbox,
)


@asynccontextmanager
async def lifespan(_: FastAPI) -> AsyncGenerator[dict[str, Outbox]]:
    """One client and one outbox for all requests, and a task that finds out what is unknown."""
    file = os.environ.get("OUTBOX", "shop.outbox")
    async with MessagingClient() as client, Outbox.open(file, client) as outbox:
        settling = asyncio.create_task(outbox.run())
        yield {"outbox": outbox}
        settling.cancel()


app = FastAPI(lifespan=lifespan)


@app.post("/orders/{order}/shipped", status_code=201)
async def shipped(order: int, to: str, request: Request, response: Response) -> dict[str, str]:
    """Tell a buyer; the order is the key."""
    outbox: Outbox = request.state.outbox
    sender, text = os.environ["TWILIO_FROM"], f"Order {order} is on its way."
    try:
        sent = await outbox.send(key=f"shipped:{order}", to=to, from_=sender, body=text, timeout=8)
    except KeyReused:  # the same order, and another number
        raise HTTPException(409, "somebody else was told of this order") from None
    except (InvalidInput, APIError) as error:
        raise HTTPException(400, str(error)) from None
    except MessagingError as error:  # unknown or not sent: both may be repeated safely
        raise HTTPException(503, f"repeat: {error.outcome}", {"Retry-After": "60"}) from None
    response.status_code = 200 if sent.again else 201
    return {"sid": sent.sid}


if __name__ == "__main__":
    uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), log_level="warning")
