from __future__ import annotations

import asyncio
import time
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from async_messaging.testing import FakeClock


async def test_time_stands_until_it_is_driven() -> None:
    clock = FakeClock(start=1000.0)
    assert (clock.monotonic(), clock.time()) == (0.0, 1000.0)
    await asyncio.sleep(0)
    assert clock.monotonic() == 0.0
    await clock.advance(2.5)
    assert (clock.monotonic(), clock.time()) == (2.5, 1002.5)


async def test_sleepers_wake_at_their_own_moment_and_in_order() -> None:
    clock = FakeClock()
    woken: list[tuple[str, float]] = []

    async def sleeper(name: str, seconds: float) -> None:
        await clock.sleep(seconds)
        woken.append((name, clock.monotonic()))

    names = [("c", 3.0), ("a", 1.0), ("b", 1.0), ("d", 9.0)]
    tasks = [asyncio.create_task(sleeper(*one)) for one in names]
    await asyncio.sleep(0)
    assert clock.sleepers == 4
    await clock.advance(5)
    assert woken == [("a", 1.0), ("b", 1.0), ("c", 3.0)]
    assert (clock.monotonic(), clock.sleepers) == (5.0, 1)
    tasks[3].cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert clock.sleepers == 0


async def test_who_wakes_and_sleeps_again_is_woken_again_on_the_way() -> None:
    clock = FakeClock()
    ticks: list[float] = []

    async def ticker() -> None:
        for _ in range(5):
            await clock.sleep(1)
            ticks.append(clock.monotonic())

    task = asyncio.create_task(ticker())
    await asyncio.sleep(0)
    await clock.advance(10)
    assert ticks == [1.0, 2.0, 3.0, 4.0, 5.0]
    await task


@pytest.mark.parametrize("seconds", [0, -1])
async def test_no_time_is_no_wait(seconds: float) -> None:
    clock = FakeClock()
    await clock.sleep(seconds)
    assert (clock.monotonic(), clock.sleepers) == (0.0, 0)


async def test_a_cancelled_timer_does_not_run() -> None:
    clock = FakeClock()
    ran: list[float] = []
    timers = [clock.call_later(n, partial(ran.append, n)) for n in (1, 2, 3)]
    timers[1].cancel()
    assert clock.sleepers == 2
    await clock.advance(9)
    assert ran == [1, 3]


async def test_jumping_takes_no_real_time() -> None:
    clock = FakeClock(autojump=True)
    before = time.monotonic()
    await clock.sleep(86_400)
    assert clock.monotonic() == 86_400
    assert time.monotonic() - before < 5


async def test_jumping_waits_while_something_else_goes_on() -> None:
    clock = FakeClock(autojump=True)
    order: list[str] = []

    async def busy() -> None:
        for _ in range(40):
            await asyncio.sleep(0)
        order.append("busy")

    task = asyncio.create_task(busy())
    await clock.sleep(0.001)
    order.append("slept")
    await task
    assert order == ["busy", "slept"]


@given(st.lists(st.floats(0, 1e6), max_size=30))
async def test_jumps_keep_the_order(seconds: list[float]) -> None:
    clock = FakeClock(autojump=True)
    woken: list[float] = []

    async def sleeper(time_: float) -> None:
        await clock.sleep(time_)
        woken.append(time_)

    await asyncio.gather(*(sleeper(one) for one in seconds))
    assert woken == sorted(seconds)
    assert clock.monotonic() == max(seconds, default=0.0)


async def test_forever_is_not_jumped_to() -> None:
    clock = FakeClock(autojump=True)
    task = asyncio.create_task(clock.sleep(float("inf")))
    await clock.sleep(1)
    for _ in range(200):
        await asyncio.sleep(0)
    assert clock.monotonic() == 1
    assert not task.done()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


def test_one_clock_serves_one_loop_after_another() -> None:
    clock = FakeClock(autojump=True)

    async def main() -> None:
        clock.call_later(50, lambda: None)
        await clock.sleep(1)
        clock.call_later(50, lambda: None)  # the loop ends before it is due

    for number in range(1, 4):
        asyncio.run(main())
        assert clock.monotonic() >= number


def test_a_repr_says_where_it_stands() -> None:
    assert repr(FakeClock()) == "<FakeClock at 0 s, 0 waiting>"
