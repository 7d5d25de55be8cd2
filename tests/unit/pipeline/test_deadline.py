"""Deadlines: whom they cut short, and that whoever ended in time hears nothing of them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from async_messaging.clock import Timer
from async_messaging.pipeline.deadline import Deadlines
from async_messaging.pipeline.stop import Caller, OutOfTime, Stop
from async_messaging.settings import AttemptTimeout
from async_messaging.testing import FakeClock
from async_messaging.transport import Request


def caller_at(clock: FakeClock, begins_in: float, ends_in: float | None = None) -> Caller:
    return Caller(Stop(), clock.monotonic(), begins_in, begins_in if ends_in is None else ends_in)


def written() -> Request:
    return Request("POST", "https://x", {}, b"", AttemptTimeout(), 1, written=True)


async def waits(deadlines: Deadlines, clock: FakeClock, seconds: float, sleep: float) -> str:
    """Sleep within a deadline; which of the two was longer."""
    caller = caller_at(clock, seconds)
    deadlines.watch(caller, seconds)
    try:
        await caller.sleep(clock, sleep)
    except OutOfTime:
        return "cut short"
    finally:
        deadlines.leave(caller)
    return "done"


@pytest.mark.parametrize(("sleep", "ended"), [(9.9, "done"), (10.1, "cut short")])
async def test_a_wait_that_takes_too_long_is_cut_short(sleep: float, ended: str) -> None:
    clock = FakeClock()
    deadlines = Deadlines(clock)
    wait = asyncio.ensure_future(waits(deadlines, clock, 10.0, sleep))
    await clock.advance(0.0)  # it begins
    await clock.advance(11.0)
    assert await wait == ended


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
    wait = asyncio.ensure_future(waits(deadlines, clock, 10.0, 9.0))
    await clock.advance(0.0)
    await clock.advance(1.0)
    wait.cancel()
    with pytest.raises(asyncio.CancelledError):
        await wait
    assert deadlines.lines == {}


async def test_a_cancellation_from_outside_at_the_same_moment_is_not_hidden() -> None:
    clock = FakeClock()
    caller = caller_at(clock, 10.0)
    wait = asyncio.ensure_future(caller.sleep(clock, 60.0))
    await clock.advance(0.0)
    wait.cancel()
    caller.expire()
    with pytest.raises(asyncio.CancelledError):
        await wait


async def test_calls_of_every_length_are_cut_in_the_order_of_their_ends() -> None:
    clock = FakeClock()
    deadlines = Deadlines(clock)
    ended: list[float] = []

    async def one(seconds: float) -> None:
        assert await waits(deadlines, clock, seconds, 60.0) == "cut short"
        ended.append(seconds)

    waiting = [asyncio.ensure_future(one(seconds)) for seconds in (30.0, 10.0, 20.0)]
    await clock.advance(0.0)
    for _ in range(3):
        await clock.advance(10.1)
    assert ended == [10.0, 20.0, 30.0]
    await asyncio.gather(*waiting)


async def test_what_was_written_is_waited_for_until_the_second_moment() -> None:
    clock = FakeClock()
    deadlines = Deadlines(clock)
    caller = caller_at(clock, 5.0, 10.0)
    caller.request = written()
    deadlines.watch(caller, caller.begins_in)
    answer = caller.future = asyncio.get_running_loop().create_future()
    await clock.advance(9.9)
    assert not answer.done()
    await clock.advance(0.2)
    with pytest.raises(OutOfTime):
        answer.result()


class Bell(FakeClock):
    """A clock whose timers are rung by the test, in a turn of its choice."""

    def call_later(self, seconds: float, callback: Callable[[], object]) -> Timer:
        self.ring = callback
        return super().call_later(seconds, callback)

    def monotonic(self) -> float:
        return 10.0 if self.late else 0.0

    late = False


@pytest.mark.parametrize("turns", [0, 1, 2, 3])
async def test_an_answer_that_is_being_read_when_the_time_is_over_wins(turns: int) -> None:
    clock = Bell()
    deadlines = Deadlines(clock)
    caller = caller_at(clock, 10.0)
    caller.request = written()
    deadlines.watch(caller, caller.begins_in)
    answer = caller.future = asyncio.get_running_loop().create_future()

    async def read() -> None:
        for _ in range(turns):
            await asyncio.sleep(0)
        answer.set_result("read")

    reading = asyncio.ensure_future(read())  # its bytes have just come
    clock.late = True
    clock.ring()
    await reading
    for _ in range(10):
        await asyncio.sleep(0)
    assert answer.result() == "read"
