"""The source of a bulk send: read by one task, no further than asked, closed in the end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator
from itertools import count

import anyio
import pytest

from async_messaging import MessageDraft
from async_messaging.bulk.fanout import BulkSend
from async_messaging.bulk.report import BulkResult
from async_messaging.testing import FakeClock
from async_messaging.transport import Hold, ScriptedTransport
from tests.unit.pipeline.calls import client_on, created, problem, scripted_client

Sending = Callable[..., BulkSend]


def draft(number: int = 0) -> MessageDraft:
    return MessageDraft(to=f"+1415555{number:04d}", from_="+15017122661", body=f"{number}")


async def passes(number: int = 50) -> None:
    for _ in range(number):
        await asyncio.sleep(0)


@pytest.fixture
def transport() -> ScriptedTransport:
    numbers = count(1)
    return ScriptedTransport(lambda _: created(next(numbers)))


@pytest.fixture
def send(clock: FakeClock, transport: ScriptedTransport) -> Sending:
    return client_on(transport, clock).bulk


async def taken_by(bulk: BulkSend) -> list[BulkResult]:
    async with bulk as results:
        return [result async for result in results]


async def test_one_task_reads_so_that_a_timeout_may_stand_around_a_yield(send: Sending) -> None:
    tasks = set()

    async def source() -> AsyncIterator[MessageDraft]:
        for number in range(20):
            async with asyncio.timeout(60):
                with anyio.CancelScope():
                    tasks.add(asyncio.current_task())
                    await asyncio.sleep(0)
                    yield draft(number)

    assert len(await taken_by(send(source(), concurrency=4))) == 20
    assert len(tasks) == 1


async def test_what_a_source_cancels_reaches_no_send(clock: FakeClock) -> None:
    release = asyncio.Event()

    async def source() -> AsyncGenerator[MessageDraft]:
        task = asyncio.current_task()
        assert task is not None
        yield draft()
        task.cancel()
        yield draft(1)

    client, transport = scripted_client(lambda _: Hold(release, created()), clock)
    found: list[BulkResult] = []
    with pytest.raises(asyncio.CancelledError):
        async with client.bulk(source(), concurrency=2) as results:
            await passes()
            release.set()
            async for result in results:
                found.append(result)
    assert [result.outcome for result in found] == ["accepted"] * len(transport.requests)


async def test_a_source_that_is_waited_for_is_left_and_may_tidy_up(send: Sending) -> None:
    tidied = []

    async def source() -> AsyncIterator[MessageDraft]:
        try:
            yield draft()
            await asyncio.Event().wait()
        finally:
            await passes(3)
            tidied.append(True)

    async with send(source()) as results:
        async for _ in results:
            break
    assert tidied == [True]


async def test_a_source_that_was_not_read_to_its_end_is_closed(send: Sending) -> None:
    closed = []

    async def source() -> AsyncIterator[MessageDraft]:
        try:
            for number in range(1000):
                yield draft(number)
        finally:
            closed.append(True)

    async with send(source(), concurrency=2) as results:
        async for _ in results:
            break
    assert closed == [True]


async def test_what_is_no_generator_stays_the_callers(send: Sending) -> None:
    giving, taking = anyio.create_memory_object_stream[MessageDraft](10)
    async with giving, taking:
        await giving.send(draft())
        async with send(taking) as results:
            async for _ in results:
                break
        await giving.send(draft(1))
        assert (await taking.receive()).body == "1"


async def test_a_source_may_stop_the_send_itself(send: Sending) -> None:
    bulks: list[BulkSend] = []

    async def source() -> AsyncIterator[MessageDraft]:
        yield draft()
        await passes()
        bulks[0].stop()
        await asyncio.Event().wait()

    bulks.append(send(source()))
    assert [result.outcome for result in await taken_by(bulks[0])] == ["accepted"]


async def test_a_source_that_stops_the_send_and_goes_on_may_tidy_up(send: Sending) -> None:
    bulks: list[BulkSend] = []
    tidied = []

    async def source() -> AsyncIterator[MessageDraft]:
        try:
            yield draft()
            bulks[0].stop()
            yield draft(1)
        finally:
            await passes(3)
            tidied.append(True)

    bulks.append(send(source()))
    assert len(await taken_by(bulks[0])) + len(bulks[0].uncollected) == 2
    assert tidied == [True]


async def test_what_a_stopped_source_still_gives_has_a_result(send: Sending) -> None:
    bulks: list[BulkSend] = []

    async def stubborn() -> AsyncIterator[MessageDraft]:
        yield draft()
        try:
            bulks[0].stop()
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            yield draft(1)
        yield draft(2)

    def plain() -> Iterator[MessageDraft]:
        yield draft()
        bulks[0].stop()
        yield draft(1)
        yield draft(2)

    for source in (stubborn(), plain()):
        bulks[:] = [send(source, concurrency=1)]
        found = await taken_by(bulks[0])
        found += bulks[0].uncollected
        assert [result.outcome for result in found] == ["accepted", "not_sent"]


@pytest.mark.parametrize("error", [OSError("disk"), asyncio.CancelledError(), StopIteration()])
@pytest.mark.parametrize("plain", [True, False])
async def test_a_source_that_fails_is_told_after_the_results(
    send: Sending, error: BaseException, plain: bool
) -> None:
    async def source() -> AsyncIterator[MessageDraft]:
        yield draft()
        raise error

    def generator() -> Iterator[MessageDraft]:
        yield draft()
        raise error

    found: list[BulkResult] = []
    # A generator turns a StopIteration of its own into a RuntimeError.
    expected = RuntimeError if isinstance(error, StopIteration) else type(error)
    with pytest.raises(expected):
        async with send(generator() if plain else source(), concurrency=2) as results:
            async for result in results:
                found.append(result)
    assert [result.outcome for result in found] == ["accepted"]


async def test_a_source_that_fails_when_it_is_closed_says_so(send: Sending) -> None:
    async def source() -> AsyncIterator[MessageDraft]:
        try:
            yield draft()
            await asyncio.Event().wait()
        finally:
            raise OSError("disk")

    bulk = send(source())
    with pytest.raises(OSError, match="disk"):
        async with bulk as results:
            async for _ in results:
                break
    assert bulk.uncollected == ()


async def test_a_source_may_end_at_once(send: Sending) -> None:
    async def nothing() -> AsyncIterator[MessageDraft]:
        for number in range(0):
            yield draft(number)

    assert await taken_by(send(nothing())) == []
    assert await taken_by(send([])) == []


async def test_what_is_no_draft_is_an_invalid_row(send: Sending) -> None:
    wrong: list[object] = [{"to": "+14155550100"}, None, draft()]
    found = await taken_by(send(wrong, concurrency=1))
    assert [result.outcome for result in found] == ["invalid", "invalid", "accepted"]
    assert "is dict, not MessageDraft" in str(found[0].error)
    assert "+1415" not in str(found[0].error)


async def test_an_error_that_meets_every_draft_ends_the_wait_for_more(clock: FakeClock) -> None:
    async def source() -> AsyncIterator[MessageDraft]:
        yield draft()
        await asyncio.Event().wait()

    client, _ = scripted_client(lambda _: problem(401, 20003), clock)
    assert [result.outcome for result in await taken_by(client.bulk(source()))] == ["not_sent"]
