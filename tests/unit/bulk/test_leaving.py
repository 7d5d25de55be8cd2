"""Bulk sends that are left, stopped, cancelled: each row that was taken has one result."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable

import anyio
import pytest

from async_messaging import Limits, MessageDraft, MessagingClient, ScriptedTransport
from async_messaging.bulk.fanout import BulkSend
from async_messaging.bulk.report import BulkResult
from async_messaging.errors import ClientClosed, SettingsError
from async_messaging.testing import FakeClock
from async_messaging.transport import Hold
from tests.unit.bulk.test_feed import draft, passes
from tests.unit.pipeline.calls import created, problem, scripted_client


class Stage:
    """Three calls under way, whose answers come when `release` is set."""

    def __init__(self, clock: FakeClock) -> None:
        self.release = asyncio.Event()
        self.client: MessagingClient
        self.transport: ScriptedTransport
        self.client, self.transport = scripted_client(
            lambda _: Hold(self.release, created()), clock
        )
        self.bulk: BulkSend = self.client.bulk(map(draft, range(100)), concurrency=3)
        self.seen: list[BulkResult] = []

    async def use(self) -> None:
        async with self.bulk as results:
            async for result in results:
                self.seen.append(result)

    def outcomes(self) -> list[str]:
        return [result.outcome for result in (*self.seen, *self.bulk.uncollected)]


@pytest.fixture
def stage(clock: FakeClock) -> Stage:
    return Stage(clock)


async def in_a_scope(stage: Stage) -> None:
    async def end(scope: anyio.CancelScope) -> None:
        await passes()
        scope.cancel()
        await passes()
        stage.release.set()

    with anyio.CancelScope() as scope:
        ending = asyncio.create_task(end(scope))
        await stage.use()
    await ending


async def beside_a_failing_task(stage: Stage) -> None:
    async def fail() -> None:
        await passes()
        raise OSError("something else")

    async def answer() -> None:
        await passes(100)
        stage.release.set()

    answering = asyncio.create_task(answer())
    with pytest.raises(ExceptionGroup):
        async with anyio.create_task_group() as group:
            group.start_soon(fail)
            group.start_soon(stage.use)
    await answering


async def in_a_timeout(stage: Stage) -> None:
    async def end(limit: asyncio.Timeout) -> None:
        await passes()
        limit.reschedule(0)
        await passes()
        stage.release.set()

    with pytest.raises(TimeoutError):
        async with asyncio.timeout(None) as timeout:
            ending = asyncio.create_task(end(timeout))
            await stage.use()
    await ending


@pytest.mark.parametrize("around", [in_a_scope, beside_a_failing_task, in_a_timeout])
async def test_what_ends_around_the_block_finds_calls_under_way_finished(
    stage: Stage, around: Callable[[Stage], Awaitable[None]]
) -> None:
    await around(stage)
    assert stage.outcomes() == ["accepted"] * len(stage.transport.requests)
    assert stage.transport.requests
    assert stage.client.stats().in_flight == 0


async def test_who_is_cancelled_twice_waits_no_longer(stage: Stage) -> None:
    using = asyncio.create_task(stage.use())
    await passes()
    using.cancel()
    await passes()
    assert not using.done()
    using.cancel()
    with pytest.raises(asyncio.CancelledError):
        await using
    assert stage.outcomes() == ["unknown"] * 3
    assert stage.client.stats().pending_late == 3
    stage.release.set()
    await stage.client.close()
    assert stage.client.stats().pending_late == 0


async def test_abandoned_rows_are_unknown_and_the_consumer_is_told(stage: Stage) -> None:
    using = asyncio.create_task(stage.use())
    await passes()
    stage.bulk.abandon()
    await using
    assert [result.outcome for result in stage.seen] == ["unknown"] * 3
    assert stage.bulk.summary.unknown == 3
    stage.release.set()
    await stage.client.close()


async def test_a_row_that_waits_is_not_sent_when_it_is_abandoned(clock: FakeClock) -> None:
    release = asyncio.Event()
    client, transport = scripted_client(
        lambda _: Hold(release, created()), clock, limits=Limits(in_flight=2)
    )
    async with client.bulk(map(draft, range(100)), concurrency=5) as results:
        await passes()
        results.abandon()
        found = Counter([result.outcome async for result in results])
    assert found == {"unknown": 2, "not_sent": 3}
    assert len(transport.requests) == 2
    release.set()
    await client.close()


async def test_a_row_that_waits_when_its_task_is_cancelled_is_not_sent(clock: FakeClock) -> None:
    release = asyncio.Event()
    client, _ = scripted_client(
        lambda _: Hold(release, created()), clock, limits=Limits(in_flight=2)
    )
    bulk = client.bulk(map(draft, range(100)), concurrency=5)

    async def use() -> None:
        async with bulk:
            await asyncio.Event().wait()

    using = asyncio.create_task(use())
    await passes()
    for task in asyncio.all_tasks() - {asyncio.current_task()}:
        task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await using
    outcomes = Counter(result.outcome for result in bulk.uncollected)
    assert outcomes == {"unknown": 2, "not_sent": 3}
    await client.close(grace=0)


async def test_cancelling_every_task_leaves_each_row_with_its_outcome(stage: Stage) -> None:
    using = asyncio.create_task(stage.use())
    await passes()
    for task in asyncio.all_tasks() - {asyncio.current_task()}:
        task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await using
    assert stage.outcomes() == ["unknown"] * 3
    await stage.client.close(grace=0)
    assert len(asyncio.all_tasks()) == 1


@pytest.mark.parametrize(
    ("name", "outcomes"),
    [("worker", {"accepted": 2, "unknown": 1}), ("stop", {"accepted": 3})],
)
async def test_a_task_of_the_send_that_somebody_cancels_ends_it_and_is_told(
    stage: Stage, name: str, outcomes: dict[str, int]
) -> None:
    using = asyncio.create_task(stage.use())
    await passes()
    named = [task for task in asyncio.all_tasks() if task.get_name() == f"bulk send: {name}"]
    named[0].cancel()
    await passes()
    stage.release.set()
    with pytest.raises(asyncio.CancelledError):
        await using
    assert Counter(stage.outcomes()) == outcomes
    await stage.client.close()


async def test_stopped_by_an_event_rows_count_as_what_they_are(clock: FakeClock) -> None:
    client, transport = scripted_client(lambda _: created(), clock)
    seen = 0

    def stop(_event: object) -> None:
        nonlocal seen
        seen += 1
        if seen == 5:
            results.stop()

    client.events.on_response(stop)
    async with client.bulk(map(draft, range(100)), concurrency=4) as results:
        found = [result.outcome async for result in results]
    assert found.count("accepted") == len(transport.requests) < 100


async def test_a_429_after_the_block_was_left_is_not_waited_out(clock: FakeClock) -> None:
    release = asyncio.Event()
    client, transport = scripted_client(
        lambda _: Hold(release, problem(429, 20429, Retry_After="20")), clock
    )
    bulk = client.bulk(map(draft, range(100)), concurrency=3)
    async with bulk:
        await passes()
        asyncio.get_running_loop().call_later(0, release.set)
    assert [result.outcome for result in bulk.uncollected] == ["not_sent"] * 3
    assert len(transport.requests) == 3
    assert clock.monotonic() == 0


async def test_a_429_that_is_waited_out_is_waited_for_no_longer(clock: FakeClock) -> None:
    client, transport = scripted_client(lambda _: problem(429, 20429, Retry_After="20"), clock)
    bulk = client.bulk(map(draft, range(100)), concurrency=3)
    async with bulk:
        while len(transport.requests) < 3:
            await asyncio.sleep(0)
        await passes(5)
    assert [result.outcome for result in bulk.uncollected] == ["not_sent"] * 3
    assert clock.monotonic() < 20


async def endless() -> AsyncIterator[MessageDraft]:
    yield draft()
    await asyncio.Event().wait()


@pytest.mark.parametrize("failing", [False, True])
async def test_closing_the_client_ends_the_send(clock: FakeClock, failing: bool) -> None:
    client, _ = scripted_client(lambda _: problem(500) if failing else created(), clock)
    source = map(draft, range(1000)) if failing else endless()
    bulk = client.bulk(source, concurrency=4)
    seen: list[BulkResult] = []

    async def use() -> None:
        async with bulk as results:
            async for result in results:
                seen.append(result)

    using = asyncio.create_task(use())
    while not (client.stats().breakers_open if failing else seen):
        await asyncio.sleep(0)
    await client.close()
    await using
    late = [result.error for result in seen if result.outcome == "not_sent"]
    assert all(isinstance(error, ClientClosed) for error in late)
    assert len(late) <= 4
    assert clock.monotonic() < 1


async def test_a_client_that_was_closed_uses_up_no_source(clock: FakeClock) -> None:
    client, transport = scripted_client(lambda _: created(), clock)
    await client.close()
    async with client.bulk(map(draft, range(1000)), concurrency=4) as results:
        found = [result async for result in results]
    assert len(found) <= 4
    assert transport.requests == []


async def test_stopped_before_it_is_entered_it_takes_nothing(stage: Stage) -> None:
    stage.bulk.stop()
    await stage.use()
    assert (stage.outcomes(), stage.transport.requests) == ([], [])


async def test_results_that_are_left_are_not_given_again(clock: FakeClock) -> None:
    client, _ = scripted_client(lambda _: created(), clock)
    async with client.bulk(map(draft, range(10)), concurrency=10) as results:
        await passes()
    assert len(results.uncollected) == 10
    results.stop()
    results.abandon()
    with pytest.raises(StopAsyncIteration):
        await anext(results)
    with pytest.raises(SettingsError, match="async with"):
        aiter(results)


async def test_without_async_with_it_says_what_is_missing(stage: Stage) -> None:
    with pytest.raises(SettingsError, match="async with"):
        async for _ in stage.bulk:
            pass
    with pytest.raises(SettingsError, match="async with"):
        await anext(stage.bulk)
    assert stage.transport.requests == []


async def test_it_is_entered_once(stage: Stage) -> None:
    stage.release.set()
    await stage.use()
    with pytest.raises(SettingsError, match="once"):
        await stage.use()
