"""Twilio's own library, its asyncio side: `create_async`, `list_async`."""

from __future__ import annotations

from twilio.http.async_http_client import AsyncTwilioHttpClient
from twilio.rest import Client

from benchmarks.peers.base import ACCOUNT, SENDER, TOKEN, Target, text_for

__all__ = ["Twilio", "connect"]


class Twilio:
    """`twilio.rest.Client` over its aiohttp client, connections kept."""

    def __init__(self, target: Target) -> None:
        self.http = AsyncTwilioHttpClient()
        self.client = Client(ACCOUNT, TOKEN, http_client=self.http)
        self.client.api.base_url = target.url

    async def send(self, to: str) -> tuple[str, str]:
        """`messages.create_async`."""
        message = await self.client.messages.create_async(to=to, from_=SENDER, body=text_for(to))
        return message.sid, message.to

    async def sids(self, page_size: int) -> list[str]:
        """`messages.list_async`."""
        return [
            message.sid for message in await self.client.messages.list_async(page_size=page_size)
        ]

    async def close(self) -> None:
        """Close its session."""
        await self.http.close()


async def connect(target: Target) -> Twilio:
    """Make the client; it trusts what SSL_CERT_FILE names."""
    return Twilio(target)
