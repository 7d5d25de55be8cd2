"""niquests, with as many connections as calls."""

from __future__ import annotations

import niquests

from benchmarks.peers.base import SENDER, Target, text_for

__all__ = ["Niquests", "connect"]


class Niquests:
    """`niquests.AsyncSession`."""

    def __init__(self, session: niquests.AsyncSession, target: Target) -> None:
        self.session = session
        self.origin = target.url
        self.url = target.url + target.path
        self.trust = target.authority or True  # the session's own `verify` is not heeded

    async def send(self, to: str) -> tuple[str, str]:
        """Post a form, read the JSON."""
        form = {"To": to, "From": SENDER, "Body": text_for(to)}
        message = (await self.session.post(self.url, data=form, verify=self.trust)).json()
        return message["sid"], message["to"]

    async def sids(self, page_size: int) -> list[str]:
        """Page after page, as dicts."""
        url: str | None = f"{self.url}?PageSize={page_size}"
        messages: list[dict[str, str]] = []
        while url:
            page = (await self.session.get(url, verify=self.trust)).json()
            messages += page["messages"]
            following = page["next_page_uri"]
            url = self.origin + following if following else None
        return [message["sid"] for message in messages]

    async def close(self) -> None:
        """Close its connections."""
        await self.session.close()


async def connect(target: Target) -> Niquests:
    """Open the session."""
    session = niquests.AsyncSession(
        pool_maxsize=target.in_flight,
        headers={"Authorization": target.authorization},
    )
    return Niquests(session, target)
