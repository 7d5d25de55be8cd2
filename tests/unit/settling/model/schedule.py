"""Virtual time: coroutines that wait for moments, resumed one after another in the order of these moments."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Coroutine, Generator
from contextvars import Context, copy_context
from itertools import count
from typing import Any

__all__ = ["Schedule"]


class _Until:
    """Awaited: come back at a moment."""

    def __init__(self, moment: float) -> None:
        self.moment = moment

    def __await__(self) -> Generator[float]:
        yield self.moment


class Schedule:
    """A loop without a loop.

    Attributes:
        now: seconds since the scenario began.
    """

    def __init__(self) -> None:
        self.now: float = 0.0
        self._order = count()
        self._due: list[tuple[float, int, Callable[[], None]]] = []

    def at(self, moment: float, action: Callable[[], None]) -> None:
        """Do something at a moment; at once if it is past, but after what is under way."""
        heapq.heappush(self._due, (max(moment, self.now), next(self._order), action))

    def sleep(self, seconds: float) -> _Until:
        """Await so many seconds."""
        return _Until(self.now + seconds)

    def until(self, moment: float) -> _Until:
        """Await a moment."""
        return _Until(moment)

    def start(self, work: Coroutine[Any, Any, None], *, goes_on: Callable[[], bool]) -> None:
        """Run a coroutine beside the others, as long as whoever runs it is alive."""
        context = copy_context()
        self.at(self.now, lambda: self._step(work, context, goes_on))

    def _step(
        self, work: Coroutine[Any, Any, None], context: Context, goes_on: Callable[[], bool]
    ) -> None:
        if not goes_on():
            context.run(work.close)
            return
        try:
            moment: float = context.run(work.send, None)
        except StopIteration:
            return
        self.at(moment, lambda: self._step(work, context, goes_on))

    def run(self, end: float) -> None:
        """Go on until nothing is left to do, or until the end."""
        while self._due and self._due[0][0] <= end:
            self.now, _, action = heapq.heappop(self._due)
            action()
        self.now = end
