"""A request that a task carries, where the transport beneath can't be left waiting."""

from __future__ import annotations

import asyncio

from .base import Request, Response, Transport

__all__ = ["InTask"]


class InTask:
    """A `Pending` over a task. Nothing may be written yet: `Request.written` tells.

    Args:
        transport: carries it.
        request: to be carried.
    """

    __slots__ = ("_task",)

    def __init__(self, transport: Transport, request: Request) -> None:
        self._task = asyncio.get_running_loop().create_task(transport.send(request))

    @property
    def done(self) -> bool:
        """Whether the answer has come, or never will."""
        return self._task.done()

    async def wait(self) -> None:
        """Await it until it is done. A wait that is cancelled leaves the request under way."""
        if not self._task.done():
            await asyncio.wait((self._task,))

    def result(self) -> Response:
        """The answer, once it is done.

        Raises:
            MessagingError: as `Transport.send` does.
        """
        return self._task.result()

    def abandon(self) -> None:
        """Give the request up."""
        self._task.cancel()
