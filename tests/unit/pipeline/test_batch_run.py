"""A batch's own rate, patience and end."""

from __future__ import annotations

import asyncio

import pytest

from async_messaging import MessageDraft
from async_messaging.codec.codes import CODES
from async_messaging.errors import NotSent, RateLimited, SettingsError
from async_messaging.pipeline.batch_run import BatchRun
from async_messaging.pipeline.pipeline import Pipeline
from async_messaging.pipeline.shared import Shared
from async_messaging.resources.messages import creation
from async_messaging.testing import FakeClock
from tests.unit.pipeline.calls import DRAFT, THROTTLED, created, problem, scripted_client

CALL = creation(DRAFT)


@pytest.mark.parametrize("rate", [0.0, -1.0, float("inf"), float("nan")])
async def test_a_rate_that_is_none_is_refused(clock: FakeClock, rate: float) -> None:
    client, _ = scripted_client([], clock)
    with pytest.raises(SettingsError):
        client.open_batch(rate=rate)


async def test_the_rate_holds_for_slots_and_for_plain_calls(clock: FakeClock) -> None:
    client, _ = scripted_client(lambda _: created(), clock)
    calls = client.open_batch(rate=2.0)
    for _ in range(3):
        await calls.run(CALL, await calls.admit(CALL))
        await calls.run(CALL)
    assert 2.4 <= clock.monotonic() <= 2.6


async def test_a_rate_can_be_set_on_the_way(clock: FakeClock) -> None:
    client, _ = scripted_client(lambda _: created(), clock)
    calls = client.open_batch()
    for _ in range(20):
        await calls.run(CALL, await calls.admit(CALL))
    assert clock.monotonic() < 0.01
    calls.set_rate(10.0)
    for _ in range(21):
        await calls.run(CALL, await calls.admit(CALL))
    assert 1.9 <= clock.monotonic() <= 2.1
    calls.set_rate(1.0)
    assert calls.lane is not None
    assert calls.lane.full == 1.0


async def test_a_closed_batch_leaves_no_lane(clock: FakeClock) -> None:
    client, transport = scripted_client([created()], clock)
    pipeline = Pipeline(client.settings, CODES, Shared(transport, clock, client.sends))
    calls = BatchRun(pipeline, client.options, 5.0, patience=1.0)
    assert "lanes=0 " in repr(pipeline.lanes)  # one that is never used leaves none either
    await calls.run(CALL)
    assert "lanes=1 " in repr(pipeline.lanes)
    calls.close()
    calls.close()
    BatchRun(pipeline, client.options, None, patience=1.0).close()
    assert "lanes=0 " in repr(pipeline.lanes)


async def test_a_batch_that_is_patient_waits_and_one_that_is_not_says_so(clock: FakeClock) -> None:
    client, transport = scripted_client([problem(429, 20429, retry_after="6"), created()], clock)
    await client.open_batch().run(CALL)
    assert clock.monotonic() == 6
    client, transport = scripted_client([problem(429, 20429, retry_after="6")], clock)
    calls = client.open_batch(patience=5.0)
    with pytest.raises(RateLimited):
        await calls.run(CALL, await calls.admit(CALL))
    assert len(transport.requests) == 1
    assert client.stats().in_flight == 0


async def test_a_slot_serves_one_attempt_only(clock: FakeClock) -> None:
    client, transport = scripted_client([THROTTLED, created()], clock)
    calls = client.open_batch(rate=1.0)
    await calls.run(CALL, await calls.admit(CALL))
    assert len(transport.requests) == 2
    assert calls.lane is not None
    assert calls.lane.taken == 2 * CALL.weight
    assert client.stats().in_flight == 0


async def test_a_halted_wait_after_a_429_is_not_sent(clock: FakeClock) -> None:
    client, _ = scripted_client(lambda _: problem(429, 20429, retry_after="4"), clock)
    calls = client.open_batch(patience=5.0)
    run = asyncio.create_task(calls.run(CALL, await calls.admit(CALL)))
    await clock.sleep(1)
    calls.batch.halt()
    with pytest.raises(NotSent):
        await run
    assert (client.stats().in_flight, client.stats().waiting) == (0, 0)


async def test_bulk_sends_and_single_calls_go_on_beside_a_halted_batch(clock: FakeClock) -> None:
    client, _ = scripted_client(lambda _: created(), clock)
    calls = client.open_batch(rate=0.1)
    slot = await calls.admit(CALL)
    calls.batch.halt()
    drafts = [MessageDraft(to=f"+1415555{n:04}", from_="+15017122661", body="Hi") for n in range(9)]
    async with client.bulk(drafts) as results:
        assert [result.outcome async for result in results] == ["accepted"] * 9
    await client.messages.send(DRAFT)
    slot.unused()
    assert (client.stats().in_flight, client.stats().waiting) == (0, 0)
