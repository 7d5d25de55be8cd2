"""P7: a server that can take less than it is offered. Nothing is lost, little is wasted.

The server and all clocks are simulated, so that ten seconds take none.
"""

from __future__ import annotations

import random

import pytest

from async_messaging import MessageDraft
from async_messaging.bulk.report import Summary
from async_messaging.testing import FakeClock
from async_messaging.transport import Request, Response
from tests.unit.pipeline.calls import THROTTLED, created, problem, scripted_client


class Server:
    """Takes N calls at once, or R requests a second, and answers the others as Twilio does."""

    def __init__(
        self, clock: FakeClock, *, at_once: int = 10**9, rate: float = 1e9, chance: float = 0.0
    ) -> None:
        self.clock = clock
        self.at_once = at_once
        self.interval = 1 / rate
        self.free = 0.0
        self.chance = chance
        self.random = random.Random(7)
        self.running = 0
        self.requests = 0
        self.bodies: list[bytes] = []
        self.moments: list[float] = []

    async def answer(self, request: Request) -> Response:
        self.requests += 1
        self.running += 1
        try:
            if self.running > self.at_once or self.random.random() < self.chance:
                await self.clock.sleep(0.01)
                return THROTTLED
            now = self.clock.monotonic()
            if self.free > now + 0.1:
                return problem(429, 63017)
            self.free = max(self.free, now) + self.interval
            self.bodies.append(request.body)
            self.moments.append(now)
            number = len(self.bodies)
            await self.clock.sleep(0.05)
            return created(number)
        finally:
            self.running -= 1


async def sent(server: Server, count: int, concurrency: int, rate: float | None = None) -> Summary:
    client, _ = scripted_client(server.answer, server.clock)
    drafts = (
        MessageDraft(to=f"+1415{n:07d}", from_="+15017122661", body=f"{n}") for n in range(count)
    )
    async with client.bulk(drafts, concurrency=concurrency, rate=rate) as results:
        seen = [result.index async for result in results]
    assert sorted(seen) == list(range(count))
    return results.summary


def nothing_lost_or_doubled(server: Server, summary: Summary, count: int) -> None:
    assert summary.accepted == count
    assert len(set(server.bodies)) == len(server.bodies) == count


@pytest.mark.parametrize("at_once", [8, 16])
async def test_a_limit_on_calls_in_flight_is_found(at_once: int, clock: FakeClock) -> None:
    server = Server(clock, at_once=at_once)
    count = at_once * 20 * 12
    summary = await sent(server, count, concurrency=at_once * 4)
    nothing_lost_or_doubled(server, summary, count)
    assert server.requests <= 1.2 * count
    capacity = at_once / 0.05
    settled = [moment for moment in server.moments if 8 <= moment < 11]
    assert len(settled) / 3 >= 0.9 * capacity


async def test_a_limit_on_the_rate_is_found(clock: FakeClock) -> None:
    server = Server(clock, rate=50.0)
    count = 1200
    summary = await sent(server, count, concurrency=64, rate=200.0)
    nothing_lost_or_doubled(server, summary, count)
    assert server.requests <= 1.2 * count
    settled = [moment for moment in server.moments if 8 <= moment < 20]
    assert len(settled) / 12 >= 0.8 * 50


@pytest.mark.soak
@pytest.mark.parametrize("limits", [{"at_once": 64}, {"rate": 400.0}, {"chance": 0.3}])
async def test_100_000_messages_through_too_small_a_server(
    limits: dict[str, float], clock: FakeClock
) -> None:
    server = Server(clock, **limits)  # type: ignore[arg-type]  # one of three keywords
    rate = 1600.0 if "rate" in limits else None
    summary = await sent(server, 100_000, concurrency=256, rate=rate)
    nothing_lost_or_doubled(server, summary, 100_000)
    if "chance" not in limits:
        assert server.requests <= 1.2 * 100_000


async def test_random_429s_lose_nothing(clock: FakeClock) -> None:
    server = Server(clock, chance=0.3)
    summary = await sent(server, 3000, concurrency=64)
    nothing_lost_or_doubled(server, summary, 3000)
    assert summary.throttled == server.requests - 3000
    assert summary.latencies.count == 3000
