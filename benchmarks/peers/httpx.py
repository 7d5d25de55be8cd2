"""httpx, with as many connections as calls."""

from __future__ import annotations

import httpx

from benchmarks.peers.base import SENDER, Target, text_for

__all__ = ["Httpx", "connect"]


class Httpx:
    """`httpx.AsyncClient`."""

    def __init__(self, client: httpx.AsyncClient, target: Target) -> None:
        self.client = client
        self.path = target.path

    async def send(self, to: str) -> tuple[str, str]:
        """Post a form, read the JSON."""
        form = {"To": to, "From": SENDER, "Body": text_for(to)}
        message = (await self.client.post(self.path, data=form)).json()
        return message["sid"], message["to"]

    async def sids(self, page_size: int) -> list[str]:
        """Page after page, as dicts."""
        url: str | None = f"{self.path}?PageSize={page_size}"
        messages: list[dict[str, str]] = []
        while url:
            page = (await self.client.get(url)).json()
            messages += page["messages"]
            url = page["next_page_uri"]
        return [message["sid"] for message in messages]

    async def close(self) -> None:
        """Close its connections."""
        await self.client.aclose()


async def connect(target: Target) -> Httpx:
    """Open the client; no time-outs, so that a queue of its own ends nothing."""
    many = httpx.Limits(
        max_connections=target.in_flight, max_keepalive_connections=target.in_flight
    )
    client = httpx.AsyncClient(
        base_url=target.url,
        headers={"Authorization": target.authorization},
        limits=many,
        timeout=None,
        verify=target.context() or False,
    )
    return Httpx(client, target)
