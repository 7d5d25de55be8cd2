"""Many sends at once: outcomes, order, backpressure, stopping, cancellation."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterator

import pytest

from async_messaging import InvalidInput, Limits, MessageDraft
from async_messaging.bulk.feed import Draft
from async_messaging.bulk.report import BulkResult
from async_messaging.bulk.sources import Row
from async_messaging.errors import ConnectionLost, NotSent, SettingsError
from async_messaging.testing import FakeClock
from async_messaging.transport import Hold, Request
from async_messaging.transport.scripted import Item
from tests.unit.pipeline.calls import THROTTLED, created, problem, scripted_client


def drafts(count: int) -> Iterator[MessageDraft]:
    for number in range(count):
        yield MessageDraft(to=f"+1415555{number:04d}", from_="+15017122661", body=f"{number}")


def number_of(request: Request) -> int:
    return int(request.body.rsplit(b"=", 1)[1])


def by_number(request: Request) -> Item:
    """Refuses every fifth, loses every seventh, accepts the others."""
    number = number_of(request)
    if number % 5 == 4:
        return problem(400, 21610)
    return ConnectionLost("lost") if number % 7 == 6 else created(number)


async def test_every_draft_has_one_result_and_the_summary_adds_up(clock: FakeClock) -> None:
    client, _ = scripted_client(by_number, clock)
    async with client.bulk(drafts(100), concurrency=8) as results:
        found = [result async for result in results]
    assert sorted(result.index for result in found) == list(range(100))
    assert all(result.row == result.index + 1 for result in found)
    counts = Counter(result.outcome for result in found)
    assert counts == {"accepted": 68, "refused": 20, "unknown": 12}
    summary = results.summary
    assert (summary.rows, summary.accepted, summary.segments) == (100, 68, 68)
    assert summary.codes["refused", 21610] == 20
    for result in found:
        assert result.draft is not None
        assert (result.message is None) == (result.outcome != "accepted")
        if result.message is not None:
            assert int(result.message.sid.removeprefix("SM"), 16) == result.index
            assert result.draft.body == str(result.index)


async def test_invalid_rows_are_results_and_the_rest_goes_on(clock: FakeClock) -> None:
    client, transport = scripted_client(lambda _: created(), clock)
    wrong = InvalidInput("is empty", field="name", row=7)
    good = next(drafts(1))
    source: list[Draft] = [
        Row(number=5, item=good, to=good.to),
        wrong,
        Row(number=9, item=wrong, to="abc"),
    ]
    async with client.bulk(source) as results:
        found = {result.index: result async for result in results}
    assert [(found[n].row, found[n].outcome) for n in range(3)] == [
        (5, "accepted"),
        (7, "invalid"),
        (7, "invalid"),
    ]
    assert found[1].field == "name"
    assert found[2].to == "abc"
    assert len(transport.requests) == 1


async def test_async_sources_work_and_are_not_read_ahead(clock: FakeClock) -> None:
    taken = 0

    async def source() -> AsyncIterator[MessageDraft]:
        nonlocal taken
        for draft in drafts(50):
            taken += 1
            yield draft
            await asyncio.sleep(0)

    never = asyncio.Event()
    client, _ = scripted_client(lambda _: Hold(never, created()), clock)
    async with client.bulk(source(), concurrency=4) as results:
        for _ in range(200):
            await asyncio.sleep(0)
        assert taken == 4
        assert results.in_flight == 4
        never.set()
        assert len([result async for result in results]) == 50


async def test_a_slow_consumer_slows_the_sending(clock: FakeClock) -> None:
    client, transport = scripted_client(lambda _: created(), clock)
    async with client.bulk(drafts(1000), concurrency=4) as results:
        for _ in range(500):
            await asyncio.sleep(0)
        assert len(transport.requests) <= 8
        assert len([result async for result in results]) == 1000


async def test_a_stopping_error_ends_the_intake(clock: FakeClock) -> None:
    client, transport = scripted_client(lambda _: problem(401, 20003), clock)
    async with client.bulk(drafts(10_000), concurrency=4) as results:
        found = [result async for result in results]
    assert {result.outcome for result in found} == {"not_sent"}
    assert len(found) <= 8
    assert len(transport.requests) <= 8


async def test_stop_lets_calls_in_flight_finish_and_ends_those_that_wait(clock: FakeClock) -> None:
    release = asyncio.Event()
    client, transport = scripted_client(
        lambda _: Hold(release, created()), clock, limits=Limits(in_flight=2)
    )
    async with client.bulk(drafts(1000), concurrency=6) as results:
        for _ in range(50):
            await asyncio.sleep(0)
        results.stop()
        release.set()
        found = [result async for result in results]
    assert Counter(result.outcome for result in found) == {"accepted": 2, "not_sent": 4}
    assert all(isinstance(r.error, NotSent) for r in found if r.outcome == "not_sent")
    assert len(transport.requests) == 2
    assert client.stats().waiting == client.stats().in_flight == 0


async def test_stop_ends_waits_for_429s(clock: FakeClock) -> None:
    client, _ = scripted_client(lambda _: THROTTLED, clock)
    async with client.bulk(drafts(10), concurrency=2) as results:
        for _ in range(50):
            await asyncio.sleep(0)
        results.stop()
        found = [result async for result in results]
    assert [result.outcome for result in found] == ["not_sent"] * 2


async def test_leaving_early_keeps_what_nobody_took(clock: FakeClock) -> None:
    client, transport = scripted_client(lambda _: created(), clock)
    async with client.bulk(drafts(1000), concurrency=4) as results:
        async for _ in results:
            break
    left = Counter(result.outcome for result in results.uncollected)
    assert left["accepted"] + 1 == len(transport.requests)
    assert left["accepted"] + left["not_sent"] == len(results.uncollected)
    assert results.summary.rows == 1 + len(results.uncollected)


async def test_cancellation_waits_for_calls_in_flight_and_reports_them(clock: FakeClock) -> None:
    release = asyncio.Event()
    client, transport = scripted_client(lambda _: Hold(release, created()), clock)
    seen: list[BulkResult] = []
    bulk = client.bulk(drafts(100), concurrency=3)

    async def consume() -> None:
        async with bulk as results:
            async for result in results:
                seen.append(result)

    task = asyncio.create_task(consume())
    for _ in range(50):
        await asyncio.sleep(0)
    task.cancel()
    for _ in range(50):
        await asyncio.sleep(0)
    assert not task.done()
    release.set()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert seen == []
    assert [result.outcome for result in bulk.uncollected] == ["accepted"] * 3
    assert len(transport.requests) == 3
    assert client.stats().in_flight == 0


async def test_a_source_that_fails_ends_the_send_after_calls_in_flight(clock: FakeClock) -> None:
    def source() -> Iterator[MessageDraft]:
        yield from drafts(5)
        raise OSError("disk")

    client, transport = scripted_client(lambda _: created(), clock)
    found: list[BulkResult] = []
    with pytest.raises(OSError, match="disk"):
        async with client.bulk(source(), concurrency=3) as results:
            async for result in results:
                found.append(result)
    assert len(found) == len(transport.requests) == 5


async def test_an_error_in_the_block_is_the_one_that_is_raised(clock: FakeClock) -> None:
    client, _ = scripted_client(lambda _: created(), clock)
    with pytest.raises(KeyError):
        async with client.bulk(drafts(10), concurrency=3) as results:
            async for _ in results:
                raise KeyError("mine")
    assert client.stats().in_flight == 0


async def test_the_rate_holds_in_segments(clock: FakeClock) -> None:
    client, _ = scripted_client(lambda _: created(), clock)
    long = [MessageDraft(to="+14155550100", from_="ACME", body="x" * 161) for _ in range(51)]
    async with client.bulk(long, concurrency=16, rate=10) as results:
        assert len([result async for result in results]) == 51
    assert clock.monotonic() == pytest.approx(10.0, abs=0.05)
    assert results.summary.attained == pytest.approx(10.0, rel=0.01)
    assert "bulk" not in repr(client._pipeline.lanes)  # noqa: SLF001 - nothing public shows lanes


@pytest.mark.parametrize(("concurrency", "rate"), [(0, None), (-1, None), (1, 0), (1, -5.0)])
async def test_bad_settings_are_refused(
    concurrency: int, rate: float | None, clock: FakeClock
) -> None:
    client, _ = scripted_client(lambda _: created(), clock)
    with pytest.raises(SettingsError):
        client.bulk([], concurrency=concurrency, rate=rate)


async def test_results_show_no_number_and_no_text(clock: FakeClock) -> None:
    client, _ = scripted_client(by_number, clock)
    async with client.bulk(drafts(10)) as results:
        shown = repr([result async for result in results])
    assert "+1415555" not in shown
    assert "body='" not in shown


async def test_a_defect_leaves_no_row_without_an_outcome_and_is_raised_at_the_end(
    clock: FakeClock,
) -> None:
    def broken(request: Request) -> Item:
        if number_of(request) == 2:
            raise RuntimeError("a defect")
        return created()

    client, transport = scripted_client(broken, clock)
    found: list[BulkResult] = []
    with pytest.raises(RuntimeError, match="a defect"):
        async with client.bulk(drafts(100), concurrency=2) as results:
            async for result in results:
                found.append(result)
    assert len(found) == len(transport.requests) < 100
    assert {result.index: result.outcome for result in found}[2] == "unknown"
