"""A clock that tests drive. Nothing sleeps; time passes when a test says so, or when all wait.

With ``autojump`` the clock looks for a moment in which nobody has asked it for anything during
`PATIENCE` passes of the event loop. Then everyone waits for time, so it jumps to the next timer.
That is right for programs that wait for nothing but this clock; one that waits for real sockets
must be driven with `advance`.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from heapq import heappop, heappush

from ..clock import Timer

PATIENCE = 60


class _Timer:
    __slots__ = ("callback", "due", "order")

    def __init__(self, due: float, order: int, callback: Callable[[], object]) -> None:
        self.due = due
        self.order = order
        self.callback: Callable[[], object] | None = callback

    def __lt__(self, other: _Timer) -> bool:
        return (self.due, self.order) < (other.due, other.order)

    def cancel(self) -> None:
        """Don't run it."""
        self.callback = None


class FakeClock:
    """Implements `Clock`.

    Args:
        start: the wall clock's first time, seconds since 1970.
        autojump: jump to the next timer when nothing else happens.
    """

    def __init__(self, start: float = 1_700_000_000.0, *, autojump: bool = False) -> None:
        self._start = start
        self._now = 0.0
        self._timers: list[_Timer] = []
        self._order = 0
        self._autojump = autojump
        self._asked = 0
        self._watching: asyncio.AbstractEventLoop | None = None

    def __repr__(self) -> str:
        return f"<FakeClock at {self._now:g} s, {self.sleepers} waiting>"

    @property
    def sleepers(self) -> int:
        """Timers that have not run."""
        return sum(timer.callback is not None for timer in self._timers)

    def monotonic(self) -> float:
        """Seconds since the clock was made."""
        return self._now

    def time(self) -> float:
        """Seconds since 1970."""
        return self._start + self._now

    def boottime(self) -> float:
        """The same as `monotonic`: nothing sleeps."""
        return self.monotonic()

    async def sleep(self, seconds: float) -> None:
        """Return once the clock has passed so many seconds."""
        if seconds <= 0:
            await asyncio.sleep(0)
            return
        future = asyncio.get_running_loop().create_future()

        def wake() -> None:
            if not future.done():
                future.set_result(None)

        timer = self.call_later(seconds, wake)
        try:
            await future
        finally:
            timer.cancel()

    def call_later(self, seconds: float, callback: Callable[[], object]) -> Timer:
        """Run *callback* once the clock has passed so many seconds."""
        self._order += 1
        self._asked += 1
        timer = _Timer(self._now + max(0.0, seconds), self._order, callback)
        heappush(self._timers, timer)
        if self._autojump and self._watching is not (loop := asyncio.get_running_loop()):
            self._watching = loop
            loop.call_soon(self._watch, self._asked, PATIENCE)
        return timer

    def _watch(self, asked: int, patience: int) -> None:
        loop = asyncio.get_running_loop()
        if asked != self._asked:
            loop.call_soon(self._watch, self._asked, PATIENCE)
        elif patience:
            loop.call_soon(self._watch, asked, patience - 1)
        elif self._run_next(sys.float_info.max):
            loop.call_soon(self._watch, self._asked, PATIENCE)
        else:
            self._watching = None

    def _run_next(self, until: float) -> bool:
        while self._timers and self._timers[0].callback is None:
            heappop(self._timers)
        if not self._timers or self._timers[0].due > until:
            return False
        timer = heappop(self._timers)
        self._now = max(self._now, timer.due)
        callback, timer.callback = timer.callback, None
        if callback is not None:
            callback()
        return True

    async def advance(self, seconds: float) -> None:
        """Let so many seconds pass; whoever waited runs at its own moment, in order."""
        target = self._now + seconds
        while self._run_next(target):
            for _ in range(PATIENCE):
                await asyncio.sleep(0)
        self._now = target
        for _ in range(PATIENCE):
            await asyncio.sleep(0)
