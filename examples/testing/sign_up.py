"""An application's sign-up by a code, over our client, and its invitations, over twilio-python.

`test_sign_up.py` tests both: `pip install 'async-messaging[testing]' pytest-asyncio twilio`, then
`pytest examples/testing`. Nothing here knows of tests; where Twilio is, comes by the environment.
"""

from __future__ import annotations

import os
import secrets
from datetime import UTC, datetime, timedelta

from twilio.rest import Client

from async_messaging import MessagingClient, OutcomeUnknown

SERVICE = "MG" + "0" * 32


class SignUp:
    """People who were sent a code, and those who have told it.

    Attributes:
        members: the numbers that are confirmed.
    """

    def __init__(self, client: MessagingClient) -> None:
        self.members: set[str] = set()
        self._client = client
        self._codes: dict[str, str] = {}

    async def begin(self, number: str) -> str:
        """Send a code; what to tell the user."""
        code = self._codes[number] = f"{secrets.randbelow(10**6):06}"
        text = f"{code[:3]}-{code[3:]} is your code. Help: +1 415 555 0199"
        try:
            await self._client.messages.create(
                to=number, from_=os.environ["TWILIO_FROM"], body=text
            )
        except OutcomeUnknown:  # it may arrive all the same: no second message
            return "Your code should arrive soon."
        return "We have sent you a code."

    async def finish(self, number: str, code: str) -> bool:
        """Whether that was the code; then there is a reminder in an hour."""
        if self._codes.get(number) != code:
            return False
        self.members.add(number)
        later = datetime.now(UTC) + timedelta(hours=1)
        await self._client.messages.create(
            to=number, messaging_service_sid=SERVICE, body="Say hello!", send_at=later
        )
        return True


def invite(number: str) -> None:
    """Send a link, as the older parts of the application do: without asyncio."""
    link = f"https://example.com/join/{secrets.token_urlsafe(8)}"
    Client().messages.create(to=number, from_=os.environ["TWILIO_FROM"], body=f"Join us: {link}.")
