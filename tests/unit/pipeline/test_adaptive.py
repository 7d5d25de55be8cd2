"""The limit on calls in flight: it finds Twilio's, and its places are never lost."""

from __future__ import annotations

import asyncio

import pytest

from async_messaging.pipeline.adaptive import InFlight
from async_messaging.pipeline.lanes import BULK, HIGH, NORMAL


async def test_it_starts_at_32_and_grows_by_one_a_round_trip_while_in_use() -> None:
    places = InFlight(256)
    assert places.limit == 32
    for _ in range(32):
        await places.enter(NORMAL)
    for _ in range(33):
        places.answered()
    assert places.limit == 33


async def test_it_does_not_grow_while_it_is_not_in_use() -> None:
    places = InFlight(256)
    await places.enter(NORMAL)
    for _ in range(1000):
        places.answered()
    assert places.limit == 32


async def test_a_429_cuts_once_a_round_trip() -> None:
    places = InFlight(256)
    for _ in range(30):
        await places.enter(NORMAL)
    places.throttled(sent_at=1.0, now=2.0, reported=None)
    assert places.limit == 21
    places.throttled(sent_at=1.5, now=2.1, reported=None)
    assert places.limit == 21
    places.throttled(sent_at=2.2, now=2.3, reported=10)
    assert places.limit == 7


async def test_the_floor_is_one_and_the_ceiling_holds() -> None:
    places = InFlight(2)
    assert places.limit == 2
    await places.enter(NORMAL)
    for moment in range(1, 9):
        places.throttled(sent_at=moment, now=moment, reported=0)
    assert places.limit == 1
    for _ in range(99):
        places.answered()
    assert places.limit == 2


async def test_a_fixed_limit_never_changes() -> None:
    places = InFlight(256, fixed=3)
    for _ in range(3):
        await places.enter(NORMAL)
    places.throttled(1.0, 1.0, None)
    places.answered()
    assert places.limit == 3


async def test_waiters_go_by_priority_then_by_arrival() -> None:
    places = InFlight(1, fixed=1)
    await places.enter(NORMAL)
    order: list[str] = []

    async def enter(name: str, priority: int) -> None:
        await places.enter(priority)
        order.append(name)
        places.leave()

    tasks = [
        asyncio.create_task(enter(name, priority))
        for name, priority in (
            ("b1", BULK),
            ("n1", NORMAL),
            ("b2", BULK),
            ("h", HIGH),
            ("n2", NORMAL),
        )
    ]
    await asyncio.sleep(0)
    assert places.waiting == 5
    places.leave()
    await asyncio.gather(*tasks)
    assert order == ["h", "n1", "n2", "b1", "b2"]
    assert places.count == 0


@pytest.mark.parametrize("released_first", [True, False])
async def test_a_cancelled_waiter_takes_no_place(released_first: bool) -> None:
    places = InFlight(1, fixed=1)
    await places.enter(NORMAL)
    quitter = asyncio.create_task(places.enter(NORMAL))
    await asyncio.sleep(0)
    if released_first:
        places.leave()
    quitter.cancel()
    await asyncio.gather(quitter, return_exceptions=True)
    if not released_first:
        places.leave()
    assert (places.count, places.waiting) == (0, 0)
    await places.enter(NORMAL)
