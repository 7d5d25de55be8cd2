"""One login code through twilio-python's asyncio client, until it says that Twilio accepted it.

    python through_twilio.py TO FROM TEXT

Run by `examples/demo_double.py` in an environment of its own. Where Twilio is, and who asks, comes
by the environment. It prints JSON: the library's version and how often it was called.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from importlib.metadata import version

from aiohttp import ClientError
from twilio.base.exceptions import TwilioException
from twilio.http.async_http_client import AsyncTwilioHttpClient
from twilio.rest import Client

RETRIES = 3


async def send(to: str, sender: str, text: str) -> int:
    """Send it; how many calls that took."""
    async with AsyncTwilioHttpClient(max_retries=RETRIES) as http:
        account, token = os.environ["TWILIO_ACCOUNT_SID"], os.environ["TWILIO_AUTH_TOKEN"]
        client = Client(account, token, http_client=http)
        client.api.base_url = os.environ["ASYNC_MESSAGING_BASE_URL"]
        calls = 0
        while True:
            calls += 1
            try:
                await client.messages.create_async(to=to, from_=sender, body=text)
            except (TwilioException, ClientError):
                await asyncio.sleep(0.2)
            else:
                return calls


if __name__ == "__main__":
    calls_made = asyncio.run(send(*sys.argv[1:]))
    told = {"version": version("twilio"), "retries": RETRIES, "calls": calls_made}
    print(json.dumps(told))
