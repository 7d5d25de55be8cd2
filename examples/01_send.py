"""Send one message, and read it back.

Every example reads TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN and TWILIO_FROM from the environment, and
ASYNC_MESSAGING_BASE_URL if it is set: `async-messaging simulate` prints all four for a Twilio on
this machine. The recipient is the first argument.
"""

from __future__ import annotations

import asyncio
import os
import sys

from async_messaging import MessagingClient, count_segments

TO = sys.argv[1] if len(sys.argv) > 1 else "+14155550100"
BODY = "Your table is ready."


async def main() -> None:
    """Send, then fetch."""
    print("segments:", count_segments(BODY).segments)
    async with MessagingClient() as client:
        message = await client.messages.create(to=TO, from_=os.environ["TWILIO_FROM"], body=BODY)
        print("accepted:", message.sid, message.status)
        again = await client.messages.fetch(message.sid)
        print("now:", again.status, again.date_created)


asyncio.run(main())
