"""What the adapters need of a receiver."""

from __future__ import annotations

from typing import Protocol

from .answer import WebhookAnswer
from .headers import GivenHeaders
from .running import Early

__all__ = ["Receiver"]


class Receiver(Protocol):
    """`Webhooks`, as a web server's adapter sees it."""

    @property
    def read_within(self) -> float:
        """Seconds in which a request must have come."""
        ...

    @property
    def prefix(self) -> str:
        """The path of the public URL."""
        ...

    async def handle(
        self,
        *,
        method: str,
        target: str,
        headers: GivenHeaders,
        body: bytes = b"",
        peer: str | None = None,
        early: Early | None = None,
    ) -> WebhookAnswer:
        """Do everything with a request, to its handler's end."""
        ...

    async def drain(self, timeout: float | None = 10.0) -> int:  # noqa: ASYNC109 - as Webhooks.drain
        """Wait for handlers at work."""
        ...
