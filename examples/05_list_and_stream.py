"""Read messages: as a list, as a stream that fetches ahead, or page by page."""

from __future__ import annotations

import asyncio
import datetime as dt
import os
from collections import Counter

from async_messaging import MessageDraft, MessagingClient

FROM = os.environ["TWILIO_FROM"]
TO = "+14155550123"


async def main() -> None:
    """Send a few messages, then read them back in three ways."""
    async with MessagingClient() as client:
        drafts = [MessageDraft(to=TO, from_=FROM, body=f"Number {n}") for n in range(5)]
        async with client.bulk(drafts, rate=50) as results:
            sent = {r.message.sid async for r in results if r.message is not None}

        recent = await client.messages.list(to=TO, limit=200)
        print("in the list:", len(sent & {message.sid for message in recent}))

        statuses: Counter[str] = Counter()
        today = dt.datetime.now(dt.UTC).date()
        async for message in client.messages.list(date_sent_after=today, limit=1000):
            statuses[message.status] += 1
        print("sent today:", dict(statuses))

        page = await client.messages.list(to=TO, page_size=2).page()
        print("first page:", len(page.items), "more:", page.has_next)

        sid = min(sent)
        print("redacted:", repr((await client.messages.redact(sid)).body))


asyncio.run(main())
