"""Time as the simulator sees it: seconds since 1970, from a clock that tests may drive."""

from __future__ import annotations

import time
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


class ManualClock:
    """A clock that stands still until `advance` moves it."""

    __slots__ = ("_now",)

    def __init__(self, start: float = 1_767_225_600.0) -> None:
        self._now = start

    def time(self) -> float:
        """The present moment, in seconds since 1970."""
        return self._now

    def advance(self, seconds: float) -> None:
        """Moves the clock forward by `seconds`."""
        if seconds < 0:
            raise ValueError("a clock does not run backwards")
        self._now += seconds
