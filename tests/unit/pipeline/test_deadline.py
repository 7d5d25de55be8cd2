"""Deadlines: whom they cut short, and that whoever ended in time hears nothing of them."""

from __future__ import annotations

import asyncio

import pytest

from async_messaging.pipeline.deadline import Deadline, Deadlines
from async_messaging.testing import FakeClock


async def waits(deadlines: Deadlines, clock: FakeClock, seconds: float, sleep: float) -> str:
    """Sleep within a deadline; which of the two was longer."""
    task = asyncio.current_task()
    assert task is not None
    try:
        with deadlines.watch(task, clock.monotonic() + seconds, seconds):
            await clock.sleep(sleep)
    except TimeoutError:
        assert task.cancelling() == 0
        return "cut short"
    return "done"


@pytest.mark.parametrize(("sleep", "ended"), [(9.9, "done"), (10.1, "cut short")])
async def test_a_block_that_takes_too_long_is_cut_short(sleep: float, ended: str) -> None:
    clock = FakeClock()
    deadlines = Deadlines(clock)
    block = asyncio.ensure_future(waits(deadlines, clock, 10.0, sleep))
    await clock.advance(0.0)  # it begins
    await clock.advance(11.0)
    assert await block == ended


async def test_who_ended_in_time_is_left_alone_afterwards() -> None:
    clock = FakeClock()
    deadlines = Deadlines(clock)

    async def goes_on() -> str:
        ended = await waits(deadlines, clock, 10.0, 1.0)
        await clock.sleep(20.0)
        return ended

    one, other = (asyncio.ensure_future(goes_on()) for _ in range(2))
    late = asyncio.ensure_future(waits(deadlines, clock, 10.0, 15.0))
    await clock.advance(0.0)
    await clock.advance(21.5)
    assert [await one, await other, await late] == ["done", "done", "cut short"]


async def test_nothing_is_kept_of_those_that_ended() -> None:
    clock = FakeClock(autojump=True)
    deadlines = Deadlines(clock)
    for seconds in (5.0, 6.0, 7.0):
        assert await waits(deadlines, clock, seconds, 1.0) == "done"
    assert deadlines.lines == {}


async def test_a_cancellation_from_outside_stays_one() -> None:
    clock = FakeClock()
    deadlines = Deadlines(clock)
    block = asyncio.ensure_future(waits(deadlines, clock, 10.0, 9.0))
    await clock.advance(0.0)
    await clock.advance(1.0)
    block.cancel()
    with pytest.raises(asyncio.CancelledError):
        await block
    assert deadlines.lines == {}


async def test_calls_of_every_length_are_cut_in_the_order_of_their_ends() -> None:
    clock = FakeClock()
    deadlines = Deadlines(clock)
    ended: list[float] = []

    async def one(seconds: float) -> None:
        assert await waits(deadlines, clock, seconds, 60.0) == "cut short"
        ended.append(seconds)

    blocks = [asyncio.ensure_future(one(seconds)) for seconds in (30.0, 10.0, 20.0)]
    await clock.advance(0.0)
    for _ in range(3):
        await clock.advance(10.1)
    assert ended == [10.0, 20.0, 30.0]
    await asyncio.gather(*blocks)


async def test_a_cancellation_from_outside_at_the_same_moment_is_not_hidden() -> None:
    clock = FakeClock()
    deadlines = Deadlines(clock)
    watched: list[Deadline] = []

    async def one() -> None:
        task = asyncio.current_task()
        assert task is not None
        watched.append(deadlines.watch(task, clock.monotonic() + 10.0, 10.0))
        with watched[0]:
            await clock.sleep(60.0)

    block = asyncio.ensure_future(one())
    await clock.advance(0.0)
    block.cancel()
    watched[0].expire()
    with pytest.raises(asyncio.CancelledError):
        await block
