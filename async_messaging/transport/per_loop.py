"""Connections belong to one event loop and one process; a client does not.

* **One running loop at a time.** A send on another loop opens fresh connections there. While a
  first loop still runs, a second one is a `SettingsError`. A loop that is merely paused keeps what
  it has.
* **A loop that ends closes what it holds**, with nobody calling `close`: each is kept by a started
  async generator whose ``finally`` closes it, and `asyncio.run` (as `asyncio.Runner`, uvloop and
  anyio do) ends a loop's async generators while the loop can still run.
* **A loop that was closed without that** can't run anything. The next send on another loop closes
  the sockets it left, and does not touch the loop. (asyncio itself then warns of unclosed
  transports, as it does for every connection left open in a closed loop.)
* **After a fork** the child forgets the parent's connections at once. It closes its copies of their
  descriptors, which neither ends the parent's connections nor takes them out of the parent's epoll,
  which the two processes share. Shutting down or unregistering would do both.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncGenerator, Callable
from contextlib import suppress
from typing import Any, Generic, Protocol, TypeVar
from weakref import WeakSet

from ..errors import ClientClosed, SettingsError


class Held(Protocol):
    """Connections of one loop."""

    async def close(self) -> None:
        """Close them, on their own running loop."""
        ...

    def abandon(self) -> None:
        """Let go of them: their loop can't run here any more."""
        ...


class Forgets(Protocol):
    """What belongs to a loop."""

    def forget(self) -> None:
        """In a forked child: let go of all that is the parent's."""
        ...


R = TypeVar("R", bound=Held)


class _Kept(Generic[R]):
    """What a loop holds, and the generator that closes it when the loop ends."""

    __slots__ = ("_keeper", "held")

    def __init__(self, held: R) -> None:
        self.held = held
        self._keeper: AsyncGenerator[None] | None = None

    async def keep(self, keeper: AsyncGenerator[None]) -> None:
        """Start the generator, which does not suspend."""
        self._keeper = keeper
        await anext(keeper)

    async def close(self) -> None:
        """Close it, on its own running loop."""
        await self.held.close()
        self._dismiss()

    def abandon(self) -> None:
        """Let go of it."""
        self.held.abandon()
        self._dismiss()

    def outlive(self) -> None:
        """Keep loop and transports from ever being finalised in this process.

        Finalising the parent's loop would take its sockets out of the epoll that both share, and
        its transports would warn that nobody closed them.
        """
        import ctypes  # for forks alone

        ctypes.pythonapi.Py_IncRef(ctypes.py_object(self.held))

    def _dismiss(self) -> None:
        """End the generator by one step: with its charge gone it has nothing to wait for."""
        if self._keeper is not None:
            with suppress(StopIteration, RuntimeError):
                self._keeper.aclose().send(None)


class PerLoop(Generic[R]):
    """What one transport holds, one for each loop."""

    def __init__(self, opened: Callable[[], R]) -> None:
        self._opened = opened
        self._kept: dict[asyncio.AbstractEventLoop, _Kept[R]] = {}
        self._loop: asyncio.AbstractEventLoop | None = None
        self._current: R | None = None
        self.closed: bool = False
        tell_children(self)

    def open_here(self) -> R | None:
        """What `get` would give, if it is open and was asked for last."""
        return self._current if self._loop is asyncio.get_running_loop() else None

    async def get(self) -> R:
        """The running loop's own, opened if need be; `SettingsError` while another loop that uses it runs."""
        loop = asyncio.get_running_loop()
        if self._current is not None and self._loop is loop:
            return self._current
        if self.closed:
            raise ClientClosed
        self._leave_others(loop)
        kept = self._kept.get(loop)
        if kept is None:
            kept = self._kept[loop] = _Kept(self._opened())
            await kept.keep(self._keeper(loop))
        self._loop, self._current = loop, kept.held
        return kept.held

    def _leave_others(self, loop: asyncio.AbstractEventLoop) -> None:
        for other in [other for other in self._kept if other is not loop]:
            if other.is_closed():
                self._kept.pop(other).abandon()
            elif other.is_running():
                raise SettingsError(
                    "the client is in use on another running event loop; make one client a loop"
                )

    async def _keeper(self, loop: asyncio.AbstractEventLoop) -> AsyncGenerator[None]:
        try:
            yield
        finally:
            if (kept := self._release(loop)) is not None:
                await kept.held.close()

    def _release(self, loop: asyncio.AbstractEventLoop) -> _Kept[R] | None:
        if self._loop is loop:
            self._loop = self._current = None
        return self._kept.pop(loop, None)

    async def close(self) -> None:
        """Close all: this loop's at once, a paused loop's when it runs again."""
        self.closed = True
        here = asyncio.get_running_loop()
        for loop in list(self._kept):
            if (kept := self._release(loop)) is None:
                continue
            if loop is here:
                await kept.close()
            elif loop.is_closed():
                kept.abandon()
            else:
                _close_there(loop, kept)

    def forget(self) -> None:
        """In a forked child: let go of all that is the parent's."""
        kept, self._kept = self._kept, {}
        self._loop = self._current = None
        for parents in kept.values():
            parents.outlive()
            parents.abandon()


def _close_there(loop: asyncio.AbstractEventLoop, kept: _Kept[Any]) -> None:
    """Close it on its own loop, which is paused or runs in another thread."""
    loop.call_soon_threadsafe(lambda: loop.create_task(kept.close()))


_all: WeakSet[Forgets] = WeakSet()


def tell_children(one: Forgets) -> None:
    """Let it forget, in a forked child, what is the parent's."""
    _all.add(one)


def _forget_parents() -> None:
    for one in list(_all):
        one.forget()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_parents)
