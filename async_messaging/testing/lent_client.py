"""A client that a fixture lends to a test, and closes on the event loop on which it was used."""

from __future__ import annotations

import asyncio

from ..client import MessagingClient

__all__ = ["LentClient"]


class LentClient(MessagingClient):
    """A `MessagingClient` that is closed from outside, on the loop on which it was used.

    A sync fixture can make it, whatever runs the test's loop: pytest-asyncio, anyio's plugin, or the
    test itself.
    """

    def settle(self) -> None:
        """Close it from outside of a loop, when the test is over.

        A loop that was closed meanwhile has closed what it held.
        """
        loop = self._pipeline.shared.loop
        if loop is None or loop.is_closed():
            return
        if loop.is_running():
            asyncio.run_coroutine_threadsafe(self.close(), loop).result(15)
        else:
            loop.run_until_complete(self.close())
