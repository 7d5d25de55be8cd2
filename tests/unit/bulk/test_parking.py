"""One slow sender beside others: its messages wait for its rate, and hold no worker."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from itertools import count

import pytest

from async_messaging import InvalidInput, Limits, MessageDraft, MessagingClient, ScriptedTransport
from async_messaging.bulk.feed import Draft
from async_messaging.bulk.parking import MOST
from async_messaging.bulk.report import BulkResult
from async_messaging.testing import FakeClock
from async_messaging.transport import Request, Response
from tests.unit.bulk.test_feed import passes
from tests.unit.pipeline.calls import client_on, created

FAST = "+15017122661"


def draft(sender: str, number: int) -> MessageDraft:
    return MessageDraft(to=f"+1415555{number:04d}", from_=sender, body=f"{number}")


def slow(number: int) -> str:
    return f"+1501712300{number}"


class Stage:
    """A client whose slow senders have a rate each; answers take 20 ms."""

    def __init__(self, clock: FakeClock, rate: float) -> None:
        self.clock = clock
        self.numbers = count(1)
        self.transport = ScriptedTransport(self.answer)
        self.sent: list[tuple[float, str]] = []
        self.client: MessagingClient = client_on(
            self.transport, clock, limits=Limits(sender={slow(n): rate for n in range(10)})
        )

    async def answer(self, request: Request) -> Response:
        request.written, body = True, request.body.decode()
        sender = next((slow(n) for n in range(10) if slow(n)[1:] in body), FAST)
        self.sent.append((self.clock.monotonic(), sender))
        await self.clock.sleep(0.02)
        return created(next(self.numbers))

    def times(self, sender: str) -> list[float]:
        return [at for at, whose in self.sent if whose == sender]


@pytest.fixture
def stage(clock: FakeClock) -> Stage:
    return Stage(clock, 1.0)


async def awaited(drafts: Iterable[Draft]) -> AsyncIterator[Draft]:
    for one in drafts:
        await asyncio.sleep(0)
        yield one


@pytest.mark.parametrize("asynchronous", [False, True])
@pytest.mark.parametrize("senders", [1, 10])
async def test_slow_senders_keep_nobody_from_others(
    stage: Stage, senders: int, asynchronous: bool
) -> None:
    drafts = [draft(slow(n), row) for row in range(5) for n in range(senders)]
    drafts += [draft(FAST, row) for row in range(100)]
    source = awaited(drafts) if asynchronous else drafts
    async with stage.client.bulk(source, concurrency=4) as results:
        found = [result async for result in results]
    assert [result.outcome for result in found] == ["accepted"] * len(drafts)
    assert len(stage.times(FAST)) == 100
    assert max(stage.times(FAST)) < 1
    for n in range(senders):
        assert stage.times(slow(n)) == pytest.approx([0, 1, 2, 3, 4], abs=0.06)


@pytest.mark.parametrize("rate", [0.5, 20.0, 200.0])
async def test_a_sender_attains_its_rate_in_its_order(clock: FakeClock, rate: float) -> None:
    stage, rows = Stage(clock, rate), 200
    found: list[BulkResult] = []
    drafts = (draft(slow(0), row) for row in range(rows))
    async with stage.client.bulk(drafts, concurrency=16) as results:
        async for result in results:
            found.append(result)
            assert stage.client.stats().waiting <= max(2, rate * 0.03)
    assert max(stage.times(slow(0))) == pytest.approx((rows - 1) / rate, rel=0.02)
    assert [result.index for result in found] == list(range(rows))


async def test_segments_count_in_turns(stage: Stage) -> None:
    long = MessageDraft(to="+14155550100", from_=slow(0), body="x" * 161)
    async with stage.client.bulk([long] * 4, concurrency=4) as results:
        assert len([result async for result in results]) == 4
    assert stage.times(slow(0)) == pytest.approx([0, 2, 4, 6], abs=0.01)


async def test_a_lane_that_others_use_is_asked_again(stage: Stage) -> None:
    drafts = [draft(slow(0), row) for row in range(4)]
    async with stage.client.bulk(drafts, concurrency=2) as results:
        await passes(10)
        other = stage.client.with_options(priority="high").messages
        await other.create(to="+14155550199", from_=slow(0), body="code")
        found = [result.outcome async for result in results]
    assert found == ["accepted"] * 4
    assert stage.times(slow(0)) == pytest.approx([0, 1, 2, 3, 4], abs=0.01)


@pytest.mark.parametrize("asynchronous", [False, True])
async def test_no_more_is_parked_than_that(clock: FakeClock, asynchronous: bool) -> None:
    stage, full = Stage(clock, 100.0), 0
    drafts = [draft(slow(0), row % 1000) for row in range(MOST + 200)]
    drafts += [draft(FAST, row) for row in range(50)]
    source = awaited(drafts) if asynchronous else drafts
    async with stage.client.bulk(source, concurrency=4) as results:
        async for _ in results:
            assert results.in_flight <= MOST + 8
            full += results.in_flight >= MOST
            if full == 20:
                break
    assert full == 20, "it goes on when it is full"
    assert stage.times(FAST) == []


@pytest.mark.parametrize("act", ["stop", "abandon", "leave", "close"])
async def test_what_is_parked_when_it_is_stopped_is_not_sent(stage: Stage, act: str) -> None:
    drafts: list[Draft] = [InvalidInput("is empty", field="to")]
    drafts += [draft(slow(0), row) for row in range(50)]
    bulk = stage.client.bulk(drafts, concurrency=2)
    ending: dict[str, Callable[[], object]] = {"stop": bulk.stop, "abandon": bulk.abandon}
    found: list[BulkResult] = []
    async with bulk as results:
        await passes(10)
        ending.get(act, list)()
        if act == "close":
            await stage.client.close()
        if act != "leave":
            found = [result async for result in results]
    found += bulk.uncollected
    outcomes = [result.outcome for result in sorted(found, key=lambda result: result.index)]
    assert outcomes[:2] == ["invalid", "unknown" if act == "abandon" else "accepted"]
    assert outcomes[2:] == ["not_sent"] * (len(outcomes) - 2)
    assert len(outcomes) > 2
    assert len({result.index for result in found}) == len(found) == bulk.summary.rows
    assert stage.clock.monotonic() < 1
    assert len(stage.sent) == 1
