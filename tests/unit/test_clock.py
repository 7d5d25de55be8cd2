from __future__ import annotations

import asyncio
import time

from async_messaging.clock import Clock, SystemClock
from async_messaging.testing import FakeClock

CLOCKS: list[Clock] = [SystemClock(), FakeClock()]
"""Both are a `Clock`: this line is type-checked."""


def test_the_systems_time_goes_on() -> None:
    clock = SystemClock()
    before = clock.monotonic()
    assert clock.monotonic() >= before
    assert abs(clock.time() - time.time()) < 5


async def test_sleeping_ends() -> None:
    clock = SystemClock()
    for seconds in (0, -1, 0.001):
        before = clock.monotonic()
        await clock.sleep(seconds)
        assert clock.monotonic() - before >= min(0.0009, max(0, seconds))


async def test_a_timer_runs_unless_it_is_cancelled() -> None:
    clock = SystemClock()
    ran: list[str] = []
    done = asyncio.Event()
    clock.call_later(0, lambda: ran.append("cancelled")).cancel()
    clock.call_later(0.001, done.set)
    await asyncio.wait_for(done.wait(), 5)
    assert ran == []
