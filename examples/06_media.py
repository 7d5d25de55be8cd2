"""Send a picture, list a message's media, download one, say that the message was useful."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from tempfile import TemporaryDirectory

from async_messaging import MessagingClient

PICTURE = "https://demo.twilio.com/owl.png"


async def main() -> None:
    """Media are streamed into the file, which appears only when it is whole."""
    async with MessagingClient() as client:
        message = await client.messages.create(
            to="+14155550100",
            from_=os.environ["TWILIO_FROM"],
            body="An owl.",
            media_url=[PICTURE],
        )
        media = client.messages(message.sid).media
        with TemporaryDirectory() as folder:
            async for medium in media.list():
                file = Path(folder) / medium.sid
                size = await media.download(medium.sid, to=file)
                print(medium.content_type, f"{size} bytes:", file.stat().st_size == size)
        feedback = await client.messages(message.sid).feedback.create(outcome="confirmed")
        print("feedback:", feedback.outcome)


asyncio.run(main())
