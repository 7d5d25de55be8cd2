"""Time as a dependency: what waits or measures takes a `Clock`, and tests drive a fake one."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Callable
from typing import Protocol


class Timer(Protocol):
    """A callback that will run later."""

    def cancel(self) -> None:
        """Don't run it."""
        ...


class Clock(Protocol):
    """Where time comes from."""

    def monotonic(self) -> float:
        """Seconds since some fixed moment; never goes back."""
        ...

    def time(self) -> float:
        """Seconds since 1970, as the wall clock has it."""
        ...

    def boottime(self) -> float:
        """Seconds since some fixed moment, those in which the machine slept included."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Return after so many seconds; at once for zero or less."""
        ...

    def call_later(self, seconds: float, callback: Callable[[], None]) -> Timer:
        """Run *callback* on the running loop after so many seconds."""
        ...


if sys.platform == "linux":

    def _boottime() -> float:
        return time.clock_gettime(time.CLOCK_BOOTTIME)

elif sys.platform == "darwin":

    def _boottime() -> float:  # there `time.monotonic` is another clock, which sleeps
        return time.clock_gettime(time.CLOCK_MONOTONIC)

else:
    _boottime = time.time  # whoever sets it seems to have slept


class SystemClock:
    """The machine's own time."""

    __slots__ = ()

    # Asked five times a send: without a frame of our own between.
    monotonic: staticmethod[[], float] = staticmethod(time.monotonic)
    time: staticmethod[[], float] = staticmethod(time.time)
    boottime: staticmethod[[], float] = staticmethod(_boottime)

    async def sleep(self, seconds: float) -> None:
        """Sleep on the running loop."""
        await asyncio.sleep(seconds)

    def call_later(self, seconds: float, callback: Callable[[], None]) -> Timer:
        """Run *callback* on the running loop after so many seconds."""
        return asyncio.get_running_loop().call_later(seconds, callback)
