"""A client that a fixture lends to a test, and closes on the event loop on which it was used."""

from __future__ import annotations

import asyncio
from typing import TypeVar

from ..client import MessagingClient
from ..operation import Answer, Call

__all__ = ["LentClient"]

T = TypeVar("T")


class LentClient(MessagingClient):
    """A `MessagingClient` that remembers which loop it was last used on.

    A sync fixture can make it, whatever runs the test's loop: pytest-asyncio, anyio's plugin, or the
    test itself.
    """

    _loop: asyncio.AbstractEventLoop | None = None

    async def run(self, call: Call[T], /) -> Answer[T]:
        """Carry any call to Twilio, as `MessagingClient.run` does."""
        self._loop = asyncio.get_running_loop()
        return await super().run(call)

    def settle(self) -> None:
        """Close it from outside of a loop, when the test is over.

        A loop that was closed meanwhile has closed what it held.
        """
        loop = self._loop
        if loop is None or loop.is_closed():
            return
        if loop.is_running():
            asyncio.run_coroutine_threadsafe(self.close(), loop).result(15)
        else:
            loop.run_until_complete(self.close())
