"""How long a caller waits is one thing, what becomes of the request another.

`timeout` is all the time the caller waits. If it ends before the request was written, nothing was
sent. If it ends after that, the outcome is unknown for now, and the request goes on by itself.

This example has a slow simulator of its own, since Twilio is not slow on request.
"""

from __future__ import annotations

import asyncio

from async_messaging import AnswerTimeout, NotSent, Simulator

TO, FROM = "+14155550100", "+15005550006"


async def main() -> None:
    """Give up too early twice: once before the request was written, once after."""
    async with Simulator(faults="latency=500ms") as sim, sim.client() as client:
        client.events.on_late_answer(
            lambda late: print("event: late answer,", late.sid is not None)
        )
        hasty = client.with_options(timeout=0.000_001)
        try:
            await hasty.messages.create(to=TO, from_=FROM, body="One")
        except NotSent:
            print("not sent; Twilio has accepted", sim.accepted)

        quick = client.with_options(timeout=0.2)
        try:
            await quick.messages.create(to=TO, from_=FROM, body="Two")
        except AnswerTimeout as error:
            print("unknown for now; it was asked", error.attempts, "time")
            message = await error.late_answer()
            print("accepted after all:", message.sid == sim.messages[0].sid)
        print("Twilio has accepted", sim.accepted)


asyncio.run(main())
