"""What every client under measurement is made to do, and no more."""

from __future__ import annotations

import base64
import ssl
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

__all__ = ["ACCOUNT", "PEERS", "SENDER", "TEXT", "TOKEN", "Module", "Peer", "Target", "text_for"]

ACCOUNT, TOKEN = f"AC{'0' * 32}", "0" * 32
SENDER, TEXT = "+15005550006", "Your order has left our house, it is with you tomorrow."


def text_for(to: str) -> str:
    """The recipient's own text: nobody sends the same one a million times, or counts it once."""
    return f"Your order {to[-7:]} has left our house, it is with you tomorrow."


PEERS = {
    "ours": "async_messaging",
    "naive": "aiohttp as first written",
    "twilio": "twilio-python, create_async",
    "pyreqwest": "pyreqwest (Rust)",
    "httptools": "bare Protocol, httptools, msgspec",
    "niquests": "niquests",
    "httpx": "httpx",
}
"""The clients, by the names of the modules beside this one."""


@dataclass(frozen=True)
class Target:
    """Where to send, and how much at once.

    Attributes:
        url: scheme, host and port.
        authority: file of the certificate authority to trust, for https.
        in_flight: how many calls there will be at a time; a pool is made as large.
        connections: the pool's size where connections are what is measured; else 0.
    """

    url: str
    authority: str | None
    in_flight: int
    connections: int = 0

    @property
    def path(self) -> str:
        """Where messages are created and listed."""
        return f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json"

    @property
    def authorization(self) -> str:
        """The header's value."""
        return "Basic " + base64.b64encode(f"{ACCOUNT}:{TOKEN}".encode()).decode()

    def certificate(self) -> bytes:
        """The authority's certificate; empty for http."""
        return Path(self.authority).read_bytes() if self.authority else b""

    def context(self) -> ssl.SSLContext | None:
        """What a client needs to trust the origin; None for http."""
        return ssl.create_default_context(cafile=self.authority) if self.authority else None


class Peer(Protocol):
    """A client that is open."""

    async def send(self, to: str) -> tuple[str, str]:
        """Send one message; the answer's sid and its `to`."""
        ...

    async def sids(self, page_size: int) -> list[str]:
        """The sids of the whole log of messages; empty where the client has no listing."""
        ...

    async def close(self) -> None:
        """Close its connections."""
        ...


class Module(Protocol):
    """A module beside this one."""

    async def connect(self, target: Target) -> Peer:
        """Open the client, in the running loop."""
        ...
