"""A program without asyncio: one event loop in a thread, shared by all the program's threads."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from anyio.from_thread import BlockingPortal, start_blocking_portal

from async_messaging import Message, MessagingClient

client = MessagingClient()


def send(portal: BlockingPortal, to: str, body: str) -> str:
    """Send from any thread; errors are raised as they are in asyncio."""
    create = partial(client.messages.create, to=to, from_=os.environ["TWILIO_FROM"], body=body)
    message: Message = portal.call(create)
    return message.sid


def main() -> None:
    """Send from this thread, then from eight at once."""
    with start_blocking_portal() as portal:
        print("accepted:", send(portal, "+14155550100", "Hi"))
        with ThreadPoolExecutor(8) as threads:
            numbers = [f"+1415555{n:04d}" for n in range(200, 240)]
            sids = threads.map(partial(send, portal, body="Hi"), numbers)
        print("accepted from threads:", len(set(sids)))
        portal.call(client.close)


main()
