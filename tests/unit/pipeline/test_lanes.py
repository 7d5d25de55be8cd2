"""The line before the lanes: order, priority, fairness between senders, cancellation."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from async_messaging.clock import Timer
from async_messaging.errors import WaitTooLong
from async_messaging.pipeline.lanes import BULK, HIGH, NORMAL, Lanes
from async_messaging.pipeline.limiter import Lane
from async_messaging.pipeline.lines import Line, Waiter
from async_messaging.testing import FakeClock


class Log(list[tuple[str, float]]):
    """Names of callers and when they went."""


def lanes_on(clock: FakeClock, account: float = 2000.0, **rates: float) -> Lanes:
    return Lanes(account, rates, clock)


async def passing(
    lanes: Lanes,
    clock: FakeClock,
    log: Log,
    name: str,
    *keys: str,
    weight: int = 1,
    priority: int = NORMAL,
) -> None:
    await lanes.pass_through(keys, weight, priority)
    log.append((name, clock.monotonic()))


async def test_a_free_lane_lets_go_at_once(clock: FakeClock) -> None:
    lanes = lanes_on(clock, a=1.0)
    await lanes.pass_through(("a",), 1, NORMAL)
    assert clock.monotonic() == 0


async def test_callers_go_in_order_of_arrival_at_the_rate(clock: FakeClock) -> None:
    lanes, log = lanes_on(clock, a=10.0), Log()
    tasks = [passing(lanes, clock, log, str(n), "a") for n in range(5)]
    await asyncio.gather(*tasks)
    assert [name for name, _ in log] == list("01234")
    assert log[-1][1] == pytest.approx(0.4, abs=0.01)
    assert lanes.waiting == 0


async def test_a_slow_sender_keeps_nobody_else_waiting(clock: FakeClock) -> None:
    lanes, log = lanes_on(clock, slow=0.1), Log()
    slow = [asyncio.create_task(passing(lanes, clock, log, "slow", "slow")) for _ in range(3)]
    for _ in range(50):
        await passing(lanes, clock, log, "other", "other")
    assert clock.monotonic() < 0.1
    await asyncio.gather(*slow)
    assert clock.monotonic() == pytest.approx(20, abs=0.1)


async def test_all_lanes_of_a_call_count(clock: FakeClock) -> None:
    lanes, log = lanes_on(clock, account=4.0, a=100.0, b=2.0), Log()
    calls = [passing(lanes, clock, log, "ab", "a", "b") for _ in range(4)]
    calls += [passing(lanes, clock, log, "a", "a") for _ in range(4)]
    await asyncio.gather(*calls)
    both = [at for name, at in log if name == "ab"]
    assert both[-1] == pytest.approx(1.5, abs=0.3)
    assert log[-1][1] == pytest.approx(7 / 4, abs=0.3)


async def test_priority_goes_first_and_waits_for_one_slot_only(clock: FakeClock) -> None:
    lanes, log = lanes_on(clock, a=10.0), Log()
    crowd = [
        asyncio.create_task(passing(lanes, clock, log, "bulk", "a", priority=BULK))
        for _ in range(100)
    ]
    await asyncio.sleep(0)
    normal = asyncio.create_task(passing(lanes, clock, log, "normal", "a"))
    await asyncio.sleep(0)
    await passing(lanes, clock, log, "high", "a", priority=HIGH)
    assert clock.monotonic() <= 0.2
    await normal
    await asyncio.gather(*crowd)
    names = [name for name, _ in log]
    assert names.index("high") < names.index("normal") < 4


async def test_weights_are_segments(clock: FakeClock) -> None:
    lanes, log = lanes_on(clock, a=10.0), Log()
    await asyncio.gather(*[passing(lanes, clock, log, "m", "a", weight=5) for _ in range(3)])
    assert log[-1][1] == pytest.approx(1.0, abs=0.01)


async def test_a_cancelled_waiter_leaves_the_line_as_if_it_had_never_come(clock: FakeClock) -> None:
    lanes, log = lanes_on(clock, a=1.0), Log()
    await lanes.pass_through(("a",), 1, NORMAL)
    quitters = [asyncio.create_task(passing(lanes, clock, log, "x", "a")) for _ in range(5)]
    await asyncio.sleep(0)
    stays = asyncio.create_task(passing(lanes, clock, log, "stays", "a"))
    for task in quitters:
        task.cancel()
    await asyncio.gather(*quitters, return_exceptions=True)
    await stays
    assert clock.monotonic() == pytest.approx(1.0, abs=0.01)
    assert lanes.waiting == 0


async def test_a_long_wait_is_refused_at_once(clock: FakeClock) -> None:
    lanes, log = lanes_on(clock, a=1.0), Log()
    tasks = [asyncio.create_task(passing(lanes, clock, log, "m", "a")) for _ in range(10)]
    await asyncio.sleep(0)
    with pytest.raises(WaitTooLong):
        await lanes.pass_through(("a",), 1, NORMAL, 5.0)
    await lanes.pass_through(("a",), 1, HIGH, 5.0)
    await asyncio.gather(*tasks)


async def test_a_lane_can_be_added_and_dropped(clock: FakeClock) -> None:
    lanes, log = lanes_on(clock), Log()
    name = lanes.open(Lane(2.0, clock.monotonic()))
    assert name != lanes.open(Lane(2.0, clock.monotonic()))
    await asyncio.gather(*[passing(lanes, clock, log, "m", name) for _ in range(3)])
    assert clock.monotonic() == pytest.approx(1.0, abs=0.01)
    lanes.drop(name)
    await asyncio.gather(*[passing(lanes, clock, log, "m", name) for _ in range(100)])
    assert clock.monotonic() < 1.2


async def test_too_fast_slows_the_calls_own_lane_else_the_accounts(clock: FakeClock) -> None:
    lanes, log = lanes_on(clock, account=100.0, a=10.0), Log()
    lanes.slow_down(("a",))
    await asyncio.gather(*[passing(lanes, clock, log, "a", "a") for _ in range(8)])
    slowed = clock.monotonic()
    assert slowed > 0.8
    assert "account=<Lane 100 segments/s>" in repr(lanes)
    lanes.slow_down(("unknown",))
    assert "account=<Lane 100 segments/s>" not in repr(lanes)


class HeldClock(FakeClock):
    """A clock whose timers the test rings by hand."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0
        self.rings: list[Callable[[], object]] = []

    def monotonic(self) -> float:
        return self.now

    def call_later(self, seconds: float, callback: Callable[[], object]) -> Timer:
        self.rings.append(callback)
        return super().call_later(seconds, callback)


async def test_a_caller_cancelled_in_the_moment_it_may_go_gives_its_slot_back() -> None:
    clock = HeldClock()
    lanes = lanes_on(clock, a=1.0)
    await lanes.pass_through(("a",), 1, NORMAL)
    quitter = asyncio.create_task(lanes.pass_through(("a",), 1, NORMAL))
    await asyncio.sleep(0)
    clock.now = 1.0
    clock.rings[-1]()
    quitter.cancel()
    await asyncio.gather(quitter, return_exceptions=True)
    assert quitter.cancelled()
    async with asyncio.timeout(0.2):
        await lanes.pass_through(("a",), 1, NORMAL)


async def test_a_faster_rate_lets_those_who_wait_go_sooner(clock: FakeClock) -> None:
    lanes, log = lanes_on(clock), Log()
    lane = Lane(0.1, clock.monotonic())
    name = lanes.open(lane)
    calls = [asyncio.create_task(passing(lanes, clock, log, str(n), name)) for n in range(9)]
    await asyncio.sleep(0)
    lane.set_rate(1000.0, clock.monotonic())
    lanes.look_again(name)
    await asyncio.gather(*calls)
    assert clock.monotonic() < 0.1
    assert [name for name, _ in log] == list("012345678")


async def test_what_is_given_back_lets_the_next_go_at_once(clock: FakeClock) -> None:
    lanes, log = lanes_on(clock, a=0.1), Log()
    await lanes.pass_through(("a",), 1, NORMAL)
    next_one = asyncio.create_task(passing(lanes, clock, log, "next", "a"))
    await asyncio.sleep(0)
    lanes.give_back(("a",), 1)
    await next_one
    assert clock.monotonic() < 0.1


async def test_who_waits_for_a_dead_loop_is_forgotten(clock: FakeClock) -> None:
    lanes = lanes_on(clock, a=0.1)
    await lanes.pass_through(("a",), 1, NORMAL)
    left = asyncio.create_task(lanes.pass_through(("a",), 1, NORMAL))
    await asyncio.sleep(0)
    fresh = lanes.anew()
    left.cancel()
    await asyncio.gather(left, return_exceptions=True)
    assert (lanes.waiting, fresh.waiting) == (0, 0)
    await fresh.pass_through(("a",), 1, NORMAL, 11.0)
    assert clock.monotonic() == pytest.approx(10, abs=0.1)


async def _steps(senders: int) -> float:
    """Callers' comparisons and lines looked at, a call, when so many senders wait at once."""
    clock = HeldClock()
    names = [f"s{number}" for number in range(senders)]
    lanes = Lanes(1e6, dict.fromkeys(names, 40000.0 / senders), clock)
    each = 4000 // senders
    calls = [
        asyncio.create_task(lanes.pass_through((name,), 1, BULK))
        for _ in range(each)
        for name in names
    ]
    await asyncio.sleep(0)
    looked = 0
    first = Line.first

    def counted(line: Line) -> Waiter | None:
        nonlocal looked
        looked += 1
        return first(line)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Line, "first", counted)
        while not all(call.done() for call in calls):
            clock.now += 0.01
            clock.rings[-1]()
            await asyncio.sleep(0)
            await asyncio.sleep(0)
    return looked / len(calls)


async def test_what_a_call_costs_does_not_grow_with_the_senders() -> None:
    few, many = await _steps(10), await _steps(2000)
    assert many <= 2 * few


CALLS = st.lists(
    st.tuples(
        st.sets(st.sampled_from(["a", "b", "c"])).map(lambda names: tuple(sorted(names))),
        st.integers(1, 3),
        st.sampled_from([HIGH, NORMAL, BULK]),
        st.booleans(),
    ),
    min_size=2,
    max_size=30,
)


@given(CALLS)
@settings(max_examples=150, deadline=None)
def test_nobody_goes_before_an_earlier_one_who_could_go(
    calls: list[tuple[tuple[str, ...], int, int, bool]],
) -> None:
    asyncio.run(_compare(calls))


async def _compare(calls: list[tuple[tuple[str, ...], int, int, bool]]) -> None:
    """Hold every step against a look at all who wait: lanes free, and nobody better passed over."""
    clock, rates = HeldClock(), {"a": 10.0, "b": 4.0, "c": 1.0}
    lanes = Lanes(20.0, rates, clock)
    model = {name: Lane(rate, 0.0) for name, rate in {"": 20.0, **rates}.items()}
    waiting: dict[int, tuple[int, int, tuple[str, ...], int]] = {}
    went: list[int] = []

    async def one(number: int, names: tuple[str, ...], weight: int, priority: int) -> None:
        await lanes.pass_through(names, weight, priority)
        went.append(number)

    tasks: dict[int, asyncio.Task[None]] = {}
    expected: list[int] = []

    def release() -> None:
        while True:
            ready = [
                (priority, number)
                for number, (priority, _, names, _) in waiting.items()
                if all(model[name].free <= clock.now for name in ("", *names))
            ]
            if not ready:
                return
            _, number = min(ready)
            _, _, names, weight = waiting.pop(number)
            for name in ("", *names):
                model[name].take(weight, clock.now)
            expected.append(number)

    for number, (names, weight, priority, leaves) in enumerate(calls):
        tasks[number] = asyncio.create_task(one(number, names, weight, priority))
        waiting[number] = (priority, number, names, weight)
        release()
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        if leaves and number in waiting:
            tasks[number].cancel()
            del waiting[number]
            await asyncio.sleep(0)
            await asyncio.sleep(0)
    for _ in range(4000):
        if not waiting:
            break
        clock.now = min(
            max(model[name].free for name in ("", *names)) for _, _, names, _ in waiting.values()
        )
        release()
        clock.rings[-1]()
        await asyncio.sleep(0)
        await asyncio.sleep(0)
    assert went == expected
    assert lanes.waiting == 0
