"""Sessions of aiohttp belong to one event loop and one process; a client does not.

* **One running loop at a time.** A send on another loop opens a fresh session there. While a first
  loop still runs, a second one is a `SettingsError`. A loop that is merely paused keeps its session.
* **A loop that ends closes its session**, with nobody calling `close`: each session is kept by a
  started async generator whose ``finally`` closes it, and `asyncio.run` (as `asyncio.Runner`, uvloop
  and anyio do) ends a loop's async generators while the loop can still run.
* **A loop that was closed without that** can't run anything. The next send on another loop closes
  the sockets it left, and does not touch the loop. (asyncio itself then warns of unclosed
  transports, as it does for every connection left open in a closed loop.)
* **After a fork** the child forgets the parent's sessions at once. It closes its copies of their
  descriptors, which neither ends the parent's connections nor takes them out of the parent's epoll,
  which the two processes share. Shutting down or unregistering would do both.
"""

from __future__ import annotations

import asyncio
import ctypes
import os
from collections.abc import AsyncGenerator, Callable
from contextlib import suppress
from weakref import WeakSet

from aiohttp import ClientSession

from ..errors import ClientClosed, SettingsError
from .evidence import EvidenceConnector

__all__ = ["LoopSessions"]


class _Held:
    """A session, and the generator that closes it when its loop ends."""

    __slots__ = ("_connector", "_keeper", "session")

    def __init__(self, session: ClientSession, connector: EvidenceConnector) -> None:
        self.session = session
        self._connector = connector
        self._keeper: AsyncGenerator[None] | None = None

    async def keep(self, keeper: AsyncGenerator[None]) -> None:
        """Start the generator, which does not suspend."""
        self._keeper = keeper
        await anext(keeper)

    async def close(self) -> None:
        """Close the session, on its own running loop."""
        await self.session.close()
        self._dismiss()

    def abandon(self) -> None:
        """Let go of a session whose loop can't run here any more."""
        self._connector.abandoned = True
        self.session.detach()
        for opened in list(self._connector.sockets):
            with suppress(OSError):
                opened.close()
        self._dismiss()

    def outlive(self) -> None:
        """Keep loop and transports from ever being finalised in this process.

        Finalising the parent's loop would take its sockets out of the epoll that both share, and
        its transports would warn that nobody closed them.
        """
        ctypes.pythonapi.Py_IncRef(ctypes.py_object(self._connector))

    def _dismiss(self) -> None:
        """End the generator by one step: with its session gone it has nothing to wait for."""
        if self._keeper is not None:
            with suppress(StopIteration, RuntimeError):
                self._keeper.aclose().send(None)


class LoopSessions:
    """The sessions of one pool, one for each loop.

    Args:
        connector: makes a connector on the running loop.
        session: makes a session over it.
    """

    def __init__(
        self,
        connector: Callable[[], EvidenceConnector],
        session: Callable[[EvidenceConnector], ClientSession],
    ) -> None:
        self._connector = connector
        self._session = session
        self._held: dict[asyncio.AbstractEventLoop, _Held] = {}
        self._loop: asyncio.AbstractEventLoop | None = None
        self._current: ClientSession | None = None
        self.closed: bool = False
        _all.add(self)

    async def get(self) -> ClientSession:
        """The running loop's session, opened if there is none yet.

        Raises:
            ClientClosed: the pool was closed.
            SettingsError: another loop that uses the pool is running.
        """
        loop = asyncio.get_running_loop()
        if self._current is not None and self._loop is loop:
            return self._current
        if self.closed:
            raise ClientClosed
        self._leave_others(loop)
        held = self._held.get(loop)
        if held is None:
            connector = self._connector()
            held = self._held[loop] = _Held(self._session(connector), connector)
            await held.keep(self._keeper(loop))
        self._loop, self._current = loop, held.session
        return held.session

    def _leave_others(self, loop: asyncio.AbstractEventLoop) -> None:
        for other in [other for other in self._held if other is not loop]:
            if other.is_closed():
                self._held.pop(other).abandon()
            elif other.is_running():
                raise SettingsError(
                    "the client is in use on another running event loop; make one client a loop"
                )

    async def _keeper(self, loop: asyncio.AbstractEventLoop) -> AsyncGenerator[None]:
        try:
            yield
        finally:
            if (held := self._release(loop)) is not None:
                await held.session.close()

    def _release(self, loop: asyncio.AbstractEventLoop) -> _Held | None:
        if self._loop is loop:
            self._loop = self._current = None
        return self._held.pop(loop, None)

    async def close(self) -> None:
        """Close all sessions: this loop's at once, a paused loop's when it runs again."""
        self.closed = True
        here = asyncio.get_running_loop()
        for loop in list(self._held):
            if (held := self._release(loop)) is None:
                continue
            if loop is here:
                await held.close()
            elif loop.is_closed():
                held.abandon()
            else:
                _close_there(loop, held)

    def forget(self) -> None:
        """In a forked child: let go of all that is the parent's."""
        held, self._held = self._held, {}
        self._loop = self._current = None
        for parents in held.values():
            parents.outlive()
            parents.abandon()


def _close_there(loop: asyncio.AbstractEventLoop, held: _Held) -> None:
    """Close a session on its own loop, which is paused or runs in another thread."""
    loop.call_soon_threadsafe(lambda: loop.create_task(held.close()))


_all: WeakSet[LoopSessions] = WeakSet()


def _forget_parents() -> None:
    for sessions in list(_all):
        sessions.forget()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_parents)
