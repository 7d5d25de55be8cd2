"""One life of an outbox of another version of the project, as a program that is killed.

    python old_outbox_program.py OUTBOX NUMBERS OPTIONS

It sends one message under a key to each number of a file, and settles what is unknown if OPTIONS
says so (JSON: `settles`, `rate` in messages a second, and what `Outbox.open` takes). It prints each key that has an outcome.
The package is looked up by name, since it is not the one beside this file.
"""

from __future__ import annotations

import asyncio
import json
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

SENDER = "+15005550006"
_WORKERS = 32


def text_for(number: str) -> str:
    """The message's text: long enough to be told from others."""
    return f"Your order {number[-7:]} has been sent"


async def send(outbox: Any, number: str, failed: type[Exception]) -> None:
    """Send one key; an unknown outcome is left as it is."""
    try:
        await outbox.send(key=f"order:{number}", to=number, from_=SENDER, body=text_for(number))
    except failed as error:
        outcome: str = getattr(error, "outcome", "")
    else:
        outcome = "accepted"
    print(f"{number} {outcome}", flush=True)  # noqa: T201 - who made this counts them


async def live(path: str, numbers: list[str], options: dict[str, Any]) -> None:
    """Send all of them, then settle what is unknown until somebody ends it."""
    package = import_module("async_messaging")
    opened = import_module("async_messaging.outbox.outbox").Outbox.open
    waiting = iter(numbers)
    settles = options.pop("settles", False)
    limits = package.Limits(account=options.pop("rate"))
    async with (
        package.MessagingClient(attempt_timeout=0.5, limits=limits) as client,
        opened(path, client, **options) as outbox,
    ):

        async def work() -> None:
            for number in waiting:
                await send(outbox, number, package.MessagingError)

        await asyncio.gather(*(work() for _ in range(_WORKERS)))
        if settles:
            await outbox.run()


if __name__ == "__main__":
    asyncio.run(live(sys.argv[1], Path(sys.argv[2]).read_text().split(), json.loads(sys.argv[3])))
