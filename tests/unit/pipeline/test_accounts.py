"""A client's other accounts: what they share, and what is their own."""

from __future__ import annotations

import asyncio

import pytest

from async_messaging import Limits
from async_messaging.pipeline.events import LateAnswer
from async_messaging.testing import FakeClock
from async_messaging.transport import Hold
from tests.unit.pipeline.calls import DRAFT, THROTTLED, created, problem, scripted_client


def sid(number: int) -> str:
    return f"AC{number:032x}"


async def test_what_happens_on_any_account_is_heard_and_counted(clock: FakeClock) -> None:
    client, _ = scripted_client(lambda _: created(), clock)
    heard: list[object] = []
    client.for_account(sid(1)).events.on_response(heard.append)
    for number in range(3):
        await client.for_account(sid(number)).messages.send(DRAFT)
    await client.messages.send(DRAFT)
    assert len(heard) == 4
    assert (client.stats().requests, client.stats().accepted) == (4, 4)
    assert client.for_account(sid(1)).stats() == client.stats()


async def test_what_is_going_on_now_is_added_up(clock: FakeClock) -> None:
    hold = Hold(asyncio.Event(), created())
    client, _ = scripted_client(lambda _: hold, clock, limits=Limits(in_flight=1))
    views = [client, client.for_account(sid(1))]
    tasks = [asyncio.create_task(view.messages.send(DRAFT)) for view in views for _ in range(2)]
    for _ in range(20):
        await asyncio.sleep(0)
    stats = client.stats()
    assert (stats.in_flight, stats.in_flight_limit, stats.waiting) == (2, 2, 2)
    hold.release.set()  # type: ignore[attr-defined]  # an event
    await asyncio.gather(*tasks)


async def test_retries_of_all_accounts_draw_on_one_quota(clock: FakeClock) -> None:
    client, _ = scripted_client(lambda _: problem(500), clock, retries=1)
    full = client.stats().retry_quota
    for number in range(3):
        with pytest.raises(Exception, match="500"):
            await client.for_account(sid(number)).messages.fetch("SM" + "1" * 32)
    assert client.stats().retry_quota == full - 3 * 14


async def test_a_close_waits_its_grace_once_for_however_many_accounts() -> None:
    client, _ = scripted_client(lambda _: Hold(asyncio.Event(), created()), FakeClock())
    told: list[LateAnswer] = []
    client.events.on_late_answer(told.append)
    views = [client.for_account(sid(number)) for number in range(20)]
    tasks = [asyncio.create_task(view.messages.send(DRAFT)) for view in views]
    for _ in range(20):
        await asyncio.sleep(0)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    async with asyncio.timeout(0.2 * 10):
        await client.close(0.2)
    assert len(told) == 20


async def test_limits_belong_to_the_account_whoever_calls_on_it(clock: FakeClock) -> None:
    limits = Limits(sender={"+15017122661": 0.1})
    client, _ = scripted_client(lambda _: created(), clock, limits=limits)
    for secret in ("one", "two", "three"):
        view = client.for_account(sid(1), auth_token=secret * 10)
        await view.messages.send(DRAFT)
    assert clock.monotonic() == pytest.approx(20, abs=0.1)
    await client.for_account(sid(2)).messages.send(DRAFT)
    assert clock.monotonic() == pytest.approx(20, abs=0.1)


async def test_fresh_callables_for_secrets_keep_no_more_than_a_thousand_pipelines(
    clock: FakeClock,
) -> None:
    client, transport = scripted_client([created()], clock)
    for number in range(1500):
        view = client.for_account(sid(1), auth_token=lambda number=number: f"secret {number}")
    kept = client._pipeline._others  # noqa: SLF001 - what is kept is what is asked
    assert len(kept) == 1000
    await view.messages.send(DRAFT)
    assert transport.requests[0].headers["Authorization"].startswith("Basic ")


async def test_one_accounts_429_slows_no_other(clock: FakeClock) -> None:
    client, _ = scripted_client([THROTTLED, created(), created()], clock)
    await client.for_account(sid(1)).messages.send(DRAFT)
    waited = clock.monotonic()
    await client.messages.send(DRAFT)
    assert clock.monotonic() == waited
