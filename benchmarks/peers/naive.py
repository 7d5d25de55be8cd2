"""aiohttp as a user first writes it: post a dict, read the JSON."""

from __future__ import annotations

import aiohttp

from benchmarks.peers.base import SENDER, Target, text_for

__all__ = ["Naive", "connect"]


class Naive:
    """`aiohttp.ClientSession` with its defaults."""

    def __init__(self, session: aiohttp.ClientSession, target: Target) -> None:
        self.session = session
        self.origin = target.url
        self.url = target.url + target.path

    async def send(self, to: str) -> tuple[str, str]:
        """`session.post(url, data=dict)`, then `await r.json()`."""
        form = {"To": to, "From": SENDER, "Body": text_for(to)}
        async with self.session.post(self.url, data=form) as response:
            message = await response.json()
        return message["sid"], message["to"]

    async def sids(self, page_size: int) -> list[str]:
        """Page after page, as dicts."""
        url: str | None = f"{self.url}?PageSize={page_size}"
        messages: list[dict[str, str]] = []
        while url:
            async with self.session.get(url) as response:
                page = await response.json()
            messages += page["messages"]
            following = page["next_page_uri"]
            url = self.origin + following if following else None
        return [message["sid"] for message in messages]

    async def close(self) -> None:
        """Close the session."""
        await self.session.close()


async def connect(target: Target) -> Naive:
    """Open a session; it trusts what SSL_CERT_FILE names.

    It has aiohttp's default pool of 100, except where the connections are what is measured.
    """
    many = aiohttp.TCPConnector(limit=target.connections) if target.connections else None
    headers = {"Authorization": target.authorization}
    patience = aiohttp.ClientTimeout(total=300)
    session = aiohttp.ClientSession(headers=headers, connector=many, timeout=patience)
    return Naive(session, target)
