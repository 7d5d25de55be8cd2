"""An admission ahead: a slot holds lanes, a place in flight and the breaker's leave, once."""

from __future__ import annotations

import asyncio
from collections import Counter
from itertools import count

import pytest

from async_messaging import Limits, MessagingClient
from async_messaging.errors import (
    ClientClosed,
    ConnectFailed,
    ConnectionLost,
    MessagingError,
    NotSent,
    SettingsError,
)
from async_messaging.pipeline.batch_run import BatchRun
from async_messaging.resources.messages import creation
from async_messaging.testing import FakeClock
from async_messaging.transport import Request
from async_messaging.transport.scripted import Item
from tests.unit.pipeline.calls import DRAFT, created, scripted_client

CALL = creation(DRAFT)


async def turns(number: int = 20) -> None:
    for _ in range(number):
        await asyncio.sleep(0)


def is_quiet(client: MessagingClient, calls: BatchRun) -> bool:
    stats = client.stats()
    taken = 0 if calls.lane is None else calls.lane.taken
    return (stats.in_flight, stats.waiting, taken) == (0, 0, 0)


async def opened(client: MessagingClient, clock: FakeClock) -> BatchRun:
    """A batch whose breaker is open: ten creations were lost."""
    calls = client.open_batch()
    for _ in range(10):
        with pytest.raises(ConnectionLost):
            await calls.run(CALL)
    assert client.stats().breakers_open == 1
    return calls


async def test_a_slot_that_is_handed_back_leaves_nothing(clock: FakeClock) -> None:
    client, transport = scripted_client(lambda _: created(), clock)
    calls = client.open_batch(rate=10.0)
    slots = [await calls.admit(CALL) for _ in range(3)]
    assert client.stats().in_flight == 3
    assert calls.lane is not None
    assert calls.lane.taken == 3 * CALL.weight
    for slot in slots:
        slot.unused()
    assert is_quiet(client, calls)
    assert transport.requests == []


async def test_a_slot_that_is_used_holds_one_place_until_the_answer(clock: FakeClock) -> None:
    client, _ = scripted_client(lambda _: created(), clock)
    calls = client.open_batch(rate=10.0)
    answer = await calls.run(CALL, await calls.admit(CALL))
    assert answer.value.sid
    assert client.stats().in_flight == 0
    assert calls.lane is not None
    assert calls.lane.taken == CALL.weight


async def test_a_request_that_was_never_written_gives_its_lane_back(clock: FakeClock) -> None:
    client, _ = scripted_client(lambda _: ConnectFailed("refused"), clock, retries=0)
    calls = client.open_batch(rate=10.0)
    with pytest.raises(ConnectFailed):
        await calls.run(CALL, await calls.admit(CALL))
    assert is_quiet(client, calls)


async def test_cancelled_while_it_waits_for_a_lane(clock: FakeClock) -> None:
    client, _ = scripted_client(lambda _: created(), clock)
    calls = client.open_batch(rate=0.1)
    first = await calls.admit(CALL)
    waiting = asyncio.create_task(calls.admit(CALL))
    await turns()
    assert client.stats().waiting == 1
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    first.unused()
    assert is_quiet(client, calls)


async def test_cancelled_while_it_waits_for_a_place(clock: FakeClock) -> None:
    client, _ = scripted_client(lambda _: created(), clock, limits=Limits(in_flight=1))
    calls = client.open_batch(rate=1000.0)
    first = await calls.admit(CALL)
    waiting = asyncio.create_task(calls.admit(CALL))
    await clock.sleep(1)
    assert client.stats().waiting == 1
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    first.unused()
    assert is_quiet(client, calls)


async def test_cancelled_in_the_moment_in_which_it_gets_its_place(clock: FakeClock) -> None:
    client, _ = scripted_client(lambda _: created(), clock, limits=Limits(in_flight=1))
    calls = client.open_batch(rate=1000.0)
    first = await calls.admit(CALL)
    waiting = asyncio.create_task(calls.admit(CALL))
    await clock.sleep(1)
    first.unused()
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert is_quiet(client, calls)


async def test_cancelled_while_the_breaker_is_open(clock: FakeClock) -> None:
    client, _ = scripted_client(lambda _: ConnectionLost("out"), clock)
    calls = await opened(client, clock)
    waiting = asyncio.create_task(calls.admit(CALL))
    await turns()
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert is_quiet(client, calls)
    await client.close()


async def test_a_trial_that_is_handed_back_goes_to_the_next(clock: FakeClock) -> None:
    out = True

    def answer(request: Request) -> Item:
        if request.method == "GET":
            return created()
        return ConnectionLost("out") if out else created()

    client, _ = scripted_client(answer, clock)
    calls = await opened(client, clock)
    first = await calls.admit(CALL)  # after the probe
    assert client.stats().breakers_open == 1
    second = asyncio.create_task(calls.admit(CALL))
    await turns()
    assert not second.done()
    first.unused()
    out = False
    await calls.run(CALL, await second)
    assert client.stats().breakers_open == 0
    assert is_quiet(client, calls)


async def test_a_halt_ends_those_that_wait_and_lets_nobody_in(clock: FakeClock) -> None:
    client, transport = scripted_client(lambda _: created(), clock)
    calls = client.open_batch(rate=0.1)
    first = await calls.admit(CALL)
    waiting = asyncio.create_task(calls.admit(CALL))
    await turns()
    calls.batch.halt()
    with pytest.raises(NotSent):
        await waiting
    with pytest.raises(NotSent):
        await calls.admit(CALL)
    first.unused()
    assert is_quiet(client, calls)
    assert transport.requests == []


async def test_a_halt_and_a_cancellation_at_once_are_a_cancellation(clock: FakeClock) -> None:
    client, _ = scripted_client(lambda _: created(), clock)
    calls = client.open_batch(rate=0.1)
    first = await calls.admit(CALL)
    waiting = asyncio.create_task(calls.admit(CALL))
    await turns()
    calls.batch.halt()
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    first.unused()
    assert is_quiet(client, calls)


async def test_a_closed_client_admits_nobody_and_uses_no_slot(clock: FakeClock) -> None:
    client, transport = scripted_client(lambda _: created(), clock)
    calls = client.open_batch(rate=10.0)
    slot = await calls.admit(CALL)
    await client.close()
    with pytest.raises(ClientClosed):
        await calls.admit(CALL)
    with pytest.raises(ClientClosed):
        await calls.run(CALL, slot)
    assert is_quiet(client, calls)
    assert transport.requests == []


async def test_a_secret_that_can_not_be_had_gives_the_slot_back(clock: FakeClock) -> None:
    def token() -> str:
        raise OSError("vault")

    client, transport = scripted_client(lambda _: created(), clock, auth_token=token)
    calls = client.open_batch(rate=10.0)
    slot = await calls.admit(CALL)
    with pytest.raises((MessagingError, OSError)):
        await calls.run(CALL, slot)
    assert is_quiet(client, calls)
    assert transport.requests == []


async def test_another_loops_client_is_refused_before_anything_is_taken(clock: FakeClock) -> None:
    client, _ = scripted_client(lambda _: created(), clock)
    calls = client.open_batch(rate=10.0)
    (await calls.admit(CALL)).unused()

    def elsewhere() -> None:
        asyncio.run(calls.admit(CALL))

    with pytest.raises(SettingsError):
        await asyncio.to_thread(elsewhere)
    assert is_quiet(client, calls)


async def test_a_slot_is_given_back_to_the_lanes_that_it_passed(clock: FakeClock) -> None:
    client, _ = scripted_client([ConnectFailed("no")], clock, retries=0)
    calls = client.open_batch()
    before = await calls.admit(CALL)
    used = await calls.admit(CALL)
    calls.set_rate(1.0)
    assert calls.lane is not None
    free = calls.lane.free
    before.unused()
    with pytest.raises(ConnectFailed):
        await calls.run(CALL, used)
    assert (calls.lane.free, calls.lane.taken) == (free, 0)


@pytest.mark.parametrize("without", ["a connection", "a secret"])
async def test_rows_of_a_bulk_send_wait_while_there_is_no_way_to_twilio(
    without: str, clock: FakeClock
) -> None:
    back = 12.0
    numbers = count(1)

    def secret() -> str:
        if without == "a secret" and clock.monotonic() < back:
            raise OSError("the vault is away")
        return "secret"

    def answer(_: Request) -> Item:
        if without == "a connection" and clock.monotonic() < back:
            return ConnectFailed("no network")
        return created(next(numbers))

    client, _ = scripted_client(answer, clock, auth_token=secret)
    async with client.bulk([DRAFT] * 200, concurrency=8) as bulk:
        outcomes = Counter([result.outcome async for result in bulk])
    assert outcomes == {"accepted": 200}
    assert clock.monotonic() > back
