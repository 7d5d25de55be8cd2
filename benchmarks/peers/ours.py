"""This library, with its limiter, retries, deadlines, events and typed answers on."""

from __future__ import annotations

from async_messaging import AttemptTimeout, Limits, MessagingClient
from benchmarks.peers.base import ACCOUNT, SENDER, TOKEN, Target, text_for

__all__ = ["Ours", "connect", "opened"]


def opened(target: Target) -> MessagingClient:
    """A client whose limits hide nothing: any rate, and as many in flight as are asked for.

    Its times are the defaults, except where thousands of connections have to be opened first.
    """
    many, connections = target.in_flight, target.connections
    return MessagingClient(
        account_sid=ACCOUNT,
        auth_token=TOKEN,
        base_url=target.url,
        limits=Limits(account=1e9, in_flight=many, max_connections=connections or many),
        timeout=300.0 if connections else 60.0,
        attempt_timeout=AttemptTimeout(300.0, 300.0, 300.0) if connections else None,
        ssl=target.context(),
    )


class Ours:
    """`MessagingClient`."""

    def __init__(self, client: MessagingClient) -> None:
        self.client = client

    async def send(self, to: str) -> tuple[str, str]:
        """`messages.create`."""
        message = await self.client.messages.create(to=to, from_=SENDER, body=text_for(to))
        return message.sid, message.to or ""

    async def sids(self, page_size: int) -> list[str]:
        """`messages.list`."""
        return [message.sid for message in await self.client.messages.list(page_size=page_size)]

    async def close(self) -> None:
        """Leave the client's block."""
        await self.client.__aexit__(None, None, None)


async def connect(target: Target) -> Ours:
    """Enter the client's block."""
    return Ours(await opened(target).__aenter__())
