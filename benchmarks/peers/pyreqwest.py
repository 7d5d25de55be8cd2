"""pyreqwest: Rust's reqwest and hyper, awaited from Python."""

from __future__ import annotations

from pyreqwest.client import Client, ClientBuilder

from benchmarks.peers.base import SENDER, Target, text_for

__all__ = ["Pyreqwest", "connect"]


class Pyreqwest:
    """`pyreqwest.client.Client`."""

    def __init__(self, client: Client, target: Target) -> None:
        self.client = client
        self.origin = target.url
        self.url = target.url + target.path

    async def send(self, to: str) -> tuple[str, str]:
        """Post a form, read the JSON."""
        form = {"To": to, "From": SENDER, "Body": text_for(to)}
        response = await self.client.post(self.url).form(form).build().send()
        message = await response.json()
        return message["sid"], message["to"]

    async def sids(self, page_size: int) -> list[str]:
        """Page after page, as dicts."""
        url: str | None = f"{self.url}?PageSize={page_size}"
        messages: list[dict[str, str]] = []
        while url:
            page = await (await self.client.get(url).build().send()).json()
            messages += page["messages"]
            following = page["next_page_uri"]
            url = self.origin + following if following else None
        return [message["sid"] for message in messages]

    async def close(self) -> None:
        """Leave the client's block."""
        await self.client.__aexit__(None, None, None)


async def connect(target: Target) -> Pyreqwest:
    """Build the client, with as many idle connections as calls."""
    builder = (
        ClientBuilder()
        .default_headers({"Authorization": target.authorization})
        .pool_max_idle_per_host(target.in_flight)
        .error_for_status(enable=True)
    )
    if target.authority:
        builder = builder.add_root_certificate_pem(target.certificate())
    return Pyreqwest(await builder.build().__aenter__(), target)
