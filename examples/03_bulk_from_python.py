"""Send many messages from any iterable, at a rate, and take the results as they finish."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator

from async_messaging import InvalidInput, MessageDraft, MessagingClient

FROM = os.environ["TWILIO_FROM"]
CUSTOMERS = [
    *((f"+1415555{n:04d}", f"Customer {n}") for n in range(100, 140)),
    ("555-0100", "No Country"),
    ("+15005550004", "Opted Out"),
]


def drafts() -> Iterator[MessageDraft | InvalidInput]:
    """Make one draft a customer; a draft that can't be made is an outcome too."""
    for number, name in CUSTOMERS:
        try:
            yield MessageDraft(to=number, from_=FROM, body=f"Hi {name}, we open at nine.")
        except InvalidInput as error:
            yield error


async def main() -> None:
    """One message's failure never ends the rest."""
    async with MessagingClient() as client, client.bulk(drafts(), rate=100) as results:
        async for result in results:
            if result.outcome != "accepted":
                print(f"row {result.row}: {result.outcome}: {result.error}")
        summary = results.summary
    print(f"{summary.accepted} accepted of {summary.rows}, {summary.segments} segments")


asyncio.run(main())
