"""What each kind of error means to the caller: `error.outcome` says what is known about the send."""

from __future__ import annotations

import asyncio
import os

from async_messaging import (
    ClientView,
    InvalidInput,
    MessagingClient,
    MessagingError,
    NotSent,
    OutcomeUnknown,
)

FROM = os.environ["TWILIO_FROM"]


async def send(client: ClientView, to: str) -> str:
    """Send to one number; tell what came of it."""
    try:
        message = await client.messages.create(to=to, from_=FROM, body="Your order has left.")
    except InvalidInput as error:  # nothing left this program: correct error.field
        return f"invalid, {error.field}: {error.reason}"
    except NotSent as error:  # certainly not sent: sending it again is safe
        return f"not sent: {error}"
    except OutcomeUnknown as error:  # it may have gone out: look it up before sending again
        return f"unknown, attempts {error.attempts}: {error}"
    except MessagingError as error:  # Twilio's own answer; stop if error.stops
        return f"{error.outcome}, Twilio's code {error.code}: {error}"
    return f"accepted: {message.sid}"


async def main() -> None:
    """Meet them. Twilio's test credentials answer these numbers in the same way."""
    async with MessagingClient() as client:
        for to in ("+14155550100", "4155550100", "+15005550001", "+15005550004"):
            print(await send(client, to))
    async with MessagingClient(base_url="http://127.0.0.1:9", retries=0) as nowhere:
        print(await send(nowhere, "+14155550100"))


asyncio.run(main())
