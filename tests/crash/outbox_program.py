"""One process that sends keys through an outbox, as a program that tests kill.

    python outbox_program.py OUTBOX KEYS SEED OPTIONS

It sends all keys, in an order of its own, each again and again until it has an outcome. OPTIONS is
JSON: what `Outbox.open` takes. Where Twilio is, and who asks, comes by the environment. It prints
`loaded`, then key and sid of each message, as JSON.
"""

from __future__ import annotations

import asyncio
import json
import random
import sys
from typing import Any

import aiohttp  # noqa: F401 - loaded before the first sign, so that kills find the program at work

from async_messaging.client import MessagingClient
from async_messaging.errors import MessagingError
from async_messaging.outbox.outbox import Outbox
from async_messaging.outbox.sqlite import SqliteStore  # noqa: F401 - the same
from async_messaging.settings import Limits

SENDER = "+15005550006"
WORKERS = 6
RATE = 12.0


def number_of(key: int) -> str:
    return f"+1312{2_000_000 + key}"


def say(text: str) -> None:
    print(text, flush=True)  # noqa: T201 - the test reads it


async def send(outbox: Outbox, number: int) -> None:
    """Send one key until it has an outcome."""
    key = f"login:{number}"
    while True:
        try:
            result = await outbox.send(
                key=key, timeout=3, to=number_of(number), from_=SENDER, body=f"Code {number}"
            )
        except MessagingError as error:
            if error.outcome == "refused":
                raise
            if error.outcome == "unknown" and key in {one.key for one in await outbox.held()}:
                say(json.dumps([number, "held"]))
                return
            await asyncio.sleep(0.05)
        else:
            say(json.dumps([number, result.sid]))
            return


async def live(path: str, count: int, seed: int, options: dict[str, Any]) -> None:
    keys = list(range(count))
    random.Random(seed).shuffle(keys)
    rate = options.pop("rate", RATE)
    waiting = iter(keys)

    async def work() -> None:
        for number in waiting:
            await send(outbox, number)

    async with (
        MessagingClient(attempt_timeout=0.5, limits=Limits(account=rate)) as client,
        Outbox.open(path, client, settle=0.3, scan_interval=0.1, **options) as outbox,
    ):
        settling = asyncio.create_task(outbox.run())
        await asyncio.gather(*(work() for _ in range(WORKERS)))
        settling.cancel()


if __name__ == "__main__":
    say("loaded")
    asyncio.run(live(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), json.loads(sys.argv[4])))
