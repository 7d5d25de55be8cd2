"""A process that sends and settles, with clocks that are set and sleep."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from random import Random
from typing import Never

from async_messaging.settling.server_clock import ServerClock

from .schedule import Schedule
from .twilio import EPOCH


class Process:
    """One that sends and settles for a ledger, until it dies: a `Clock` of its own.

    Attributes:
        wall: it goes by its own wall clock, as none should.
    """

    wall: bool = False

    def __init__(self, schedule: Schedule, rng: Random, *, steps: bool) -> None:
        self.schedule = schedule
        self.alive: bool = True
        self.blind: bool = False
        self._rate = 1 + rng.uniform(-1e-4, 1e-4)
        self._base = rng.uniform(0, 1e6)
        self._wrong = rng.choice([rng.uniform(-5, 5), rng.uniform(-600, 600)])
        self._naps: list[tuple[float, float]] = []
        self.clock: ServerClock = ServerClock(self)
        if steps:
            for _ in range(rng.randint(0, 3)):
                schedule.at(rng.uniform(0, 600), partial(self._set, rng.uniform(-600, 600)))
            if rng.random() < 0.3:
                schedule.at(rng.uniform(0, 600), partial(self._sleep, rng.uniform(1.5, 300)))

    def _set(self, by: float) -> None:
        self._wrong += by

    def _sleep(self, seconds: float) -> None:
        """The machine sleeps so long: its monotonic clock stands still meanwhile."""
        self._naps.append((self.schedule.now, self.schedule.now + seconds))

    def monotonic(self) -> float:
        """Its own clock."""
        now = self.schedule.now
        slept = sum(min(now, end) - begin for begin, end in self._naps)
        return self._base + (now - slept) * self._rate

    def time(self) -> float:
        """What it takes for the time."""
        return EPOCH + self.schedule.now + self._wrong

    def boottime(self) -> float:
        """Its own clock, if it had never slept."""
        return self._base + self.schedule.now * self._rate

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        await self.schedule.sleep(seconds)

    def call_later(self, seconds: float, callback: Callable[[], None]) -> Never:
        """Nobody here asks for that."""
        raise AssertionError(f"{seconds} {callback}")

    def answered(self, began: float, date: str) -> None:
        """An answer came."""
        self.clock.saw(date, began, self.monotonic())

    def earliest(self) -> float:
        """Twilio's time now, at least."""
        now = self.time() if self.wall else self.clock.now_low()
        return -math.inf if now is None else now

    def latest(self) -> float:
        """Twilio's time now, at most."""
        now = self.time() if self.wall else self.clock.now_high()
        return math.inf if now is None else now
