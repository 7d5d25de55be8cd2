"""Rates in segments a second, and single messages that don't wait behind a bulk send."""

from __future__ import annotations

import asyncio
import os
import time

from async_messaging import Limits, MessageDraft, MessagingClient, WaitTooLong

FROM = os.environ["TWILIO_FROM"]
TO = "+14155550100"


async def main() -> None:
    """Send 30 messages at 40 a second from a sender that may take 100 a second."""
    limits = Limits(sender={FROM: 100})
    drafts = [MessageDraft(to=TO, from_=FROM, body=f"News {n}") for n in range(30)]
    async with MessagingClient(limits=limits) as client:
        urgent = client.with_options(timeout=8, priority="high")
        async with client.bulk(drafts, rate=40) as results:
            first = await anext(results)
            print("bulk has begun:", first.outcome)
            started = time.monotonic()
            await urgent.messages.create(to=TO, from_=FROM, body="Your code is 123456")
            print(f"urgent message: {time.monotonic() - started:.1f} s")
            async for _ in results:
                pass
        print(f"bulk: {results.summary.attained:.0f} segments/s of {results.summary.rate:.0f}")

        impatient = client.with_options(max_wait=0)
        try:
            for n in range(3):
                await impatient.messages.create(to=TO, from_=FROM, body=f"{n} " * 400)
        except WaitTooLong as error:
            print("not sent:", error)


asyncio.run(main())
