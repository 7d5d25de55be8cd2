"""Time as the simulator sees it: seconds since 1970, from a clock that tests may drive."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Protocol


class Clock(Protocol):
    """Anything that tells the time in seconds since 1970 (UTC)."""

    def time(self) -> float:
        """The present moment, in seconds since 1970."""
        ...


class WallClock:
    """The machine's own clock."""

    def time(self) -> float:
        """The present moment, in seconds since 1970."""
        return time.time()


class MovedClock:
    """What both clocks that tests move have in common: who looks on is told of every move."""

    def __init__(self, at: float) -> None:
        self._at = at
        self._watchers: list[Callable[[], None]] = []

    def advance(self, seconds: float) -> None:
        """Moves the clock forward by `seconds`."""
        if seconds < 0:
            raise ValueError("a clock does not run backwards")
        self._at += seconds
        for watcher in tuple(self._watchers):
            watcher()

    def watch(self, watcher: Callable[[], None]) -> None:
        """Calls `watcher` after every `advance`, until `unwatch`."""
        self._watchers.append(watcher)

    def unwatch(self, watcher: Callable[[], None]) -> None:
        """Calls `watcher` no more."""
        self._watchers.remove(watcher)


class ManualClock(MovedClock):
    """A clock that stands still until `advance` moves it."""

    def __init__(self, start: float = 1_767_225_600.0) -> None:
        super().__init__(start)

    def time(self) -> float:
        """The present moment, in seconds since 1970."""
        return self._at


class RunningClock(MovedClock):
    """The machine's own clock, ahead by what `advance` has moved it; any thread may move it."""

    def __init__(self) -> None:
        super().__init__(0.0)

    def time(self) -> float:
        """The present moment, in seconds since 1970."""
        return time.time() + self._at
