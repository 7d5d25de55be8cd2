"""A secret that changes while the program runs: give a callable, which is asked again after a 401.

A secret in a file needs no code: TWILIO_AUTH_TOKEN_FILE names it, and it is read again as well.
"""

from __future__ import annotations

import asyncio
import os

from async_messaging import MessagingClient, Unauthorized

FROM = os.environ["TWILIO_FROM"]
TO = "+14155550100"


class Vault:
    """Stands for a secret store, which first gives a token that has just been replaced."""

    def __init__(self) -> None:
        self.asked = 0

    async def token(self) -> str:
        """Give the present token, as far as this store knows."""
        self.asked += 1
        return "0" * 32 if self.asked == 1 else os.environ["TWILIO_AUTH_TOKEN"]


async def main() -> None:
    """Send with the callable, then with a token that is wrong for good."""
    vault = Vault()
    async with MessagingClient(auth_token=vault.token) as client:
        message = await client.messages.create(to=TO, from_=FROM, body="Hi")
        print("accepted:", message.sid, "after asking", vault.asked, "times")
    async with MessagingClient(auth_token="1" * 32) as client:
        try:
            await client.messages.create(to=TO, from_=FROM, body="Hi")
        except Unauthorized as error:
            print("stops:", error.stops, "outcome:", error.outcome)


asyncio.run(main())
