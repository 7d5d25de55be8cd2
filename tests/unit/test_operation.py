from __future__ import annotations

import asyncio
import gc
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import aclosing
from typing import Any, cast

import pytest

from async_messaging import MessagingClient, NotFound, UnexpectedAnswer
from async_messaging.testing import FakeClock
from async_messaging.transport import Hold, scripted
from async_messaging.transport.scripted import Item
from tests.unit.resources.wire import BASE, client_over, page

NOT_FOUND = scripted.json(404, {"code": 20404, "message": "gone", "status": 404})


@pytest.fixture(autouse=True)
def _no_error_goes_unread() -> Iterator[None]:
    """Whatever a dropped task leaves behind is collected here; warnings and reports are errors."""
    yield
    gc.collect()


@pytest.fixture
def reports() -> Iterator[list[dict[str, Any]]]:
    """What the loop's exception handler is told."""
    told: list[dict[str, Any]] = []
    yield told
    assert told == []


def watch(reports: list[dict[str, Any]]) -> None:
    asyncio.get_running_loop().set_exception_handler(lambda _, context: reports.append(context))


def following(number: int) -> str:
    return f"{BASE}/Messages.json?PageSize=2&Page={number}&PageToken=PA%2F{number}"


def script_of(*pages: list[int]) -> list[Item]:
    last = len(pages) - 1
    return [
        page(numbers, following(n + 1) if n < last else None) for n, numbers in enumerate(pages)
    ]


def sids(items: list[Any]) -> list[int]:
    return [int(item.sid.removeprefix("SM"), 16) for item in items]


async def settled(predicate: Callable[[], bool]) -> None:
    """Let the loop turn until something holds."""
    for _ in range(1000):
        if predicate():
            return
        await asyncio.sleep(0)
    raise AssertionError("it never happened")


async def some_turns() -> None:
    for _ in range(50):
        await asyncio.sleep(0)


@pytest.mark.parametrize(
    ("limit", "found", "requests"),
    [
        (None, [1, 2, 3, 4, 5], 3),
        (0, [], 0),
        (1, [1], 1),
        (2, [1, 2], 1),
        (3, [1, 2, 3], 2),
        (4, [1, 2, 3, 4], 2),
        (5, [1, 2, 3, 4, 5], 3),
        (99, [1, 2, 3, 4, 5], 3),
    ],
)
async def test_a_listing_stops_at_its_limit(
    limit: int | None, found: list[int], requests: int, clock: FakeClock
) -> None:
    for streamed in (False, True):
        client, transport = client_over(script_of([1, 2], [3, 4], [5]), clock)
        listing = client.messages.list(limit=limit, page_size=2)
        items: list[Any] = []
        if streamed:
            async for item in listing:
                items.append(item)
                await some_turns()
        else:
            items = await listing
        assert sids(items) == found
        await some_turns()
        assert len(transport.requests) == requests


async def test_a_listing_can_be_read_again(clock: FakeClock) -> None:
    client, transport = client_over(script_of([1], [2]) * 2, clock)
    listing = client.messages.list()
    assert await listing == await listing
    assert len(transport.requests) == 4


async def test_empty_pages_are_passed(clock: FakeClock) -> None:
    client, _ = client_over(script_of([], [1], [], []), clock)
    assert sids(await client.messages.list()) == [1]


async def test_page_by_page(clock: FakeClock) -> None:
    client, transport = client_over(script_of([1, 2], [3]), clock)
    first = await client.messages.list(limit=1, page_size=2).page()
    assert sids(list(first.items)) == [1, 2]
    assert first.has_next
    assert repr(first) == "<Page of 2 items>"
    await some_turns()
    assert len(transport.requests) == 1
    second = await first.next()
    assert second is not None
    assert sids(list(second.items)) == [3]
    assert not second.has_next
    assert await second.next() is None
    assert transport.requests[1].url.endswith(following(1))


async def test_pages_until_the_limit(clock: FakeClock) -> None:
    client, transport = client_over(script_of([1, 2], [3, 4], [5]), clock)
    found: list[list[int]] = []
    async for one in client.messages.list(limit=3).pages():
        found.append(sids(list(one.items)))
        await some_turns()
    assert found == [[1, 2], [3, 4]]
    assert len(transport.requests) == 2


async def test_the_next_page_is_fetched_ahead_and_only_one(clock: FakeClock) -> None:
    client, transport = client_over(script_of([1, 2], [3, 4], [5]), clock)
    async with aclosing(cast("Any", aiter(client.messages.list()))) as items:
        await anext(items)
        await settled(lambda: len(transport.requests) == 2)
        await some_turns()
        assert len(transport.requests) == 2


def holding(reached: asyncio.Event, then: Item) -> tuple[list[Item], Hold]:
    hold = Hold(reached, then)
    return [page([1, 2], following(1)), hold], hold


async def test_closing_ends_the_fetch_ahead(
    clock: FakeClock, reports: list[dict[str, Any]]
) -> None:
    watch(reports)
    script, hold = holding(asyncio.Event(), page([3]))
    client, _ = client_over(script, clock, timeout=None)
    pages = client.messages.list().pages()
    await anext(pages)
    await hold.reached.wait()
    await pages.aclose()
    assert len(asyncio.all_tasks()) == 1
    with pytest.raises(StopAsyncIteration):
        await anext(pages)
    await pages.aclose()


async def test_closing_the_items_ends_the_fetch_ahead_at_once(clock: FakeClock) -> None:
    script, hold = holding(asyncio.Event(), page([3]))
    client, _ = client_over(script, clock, timeout=None)
    async with aclosing(cast("Any", aiter(client.messages.list()))) as items:
        await anext(items)
        await hold.reached.wait()
    assert len(asyncio.all_tasks()) == 1


async def drop_pages(client: MessagingClient, reached: asyncio.Event) -> None:
    pages = client.messages.list().pages()
    await anext(pages)
    await reached.wait()
    await some_turns()


async def drop_items(client: MessagingClient, reached: asyncio.Event) -> None:
    async for _ in client.messages.list():
        await reached.wait()
        await some_turns()
        break


Drop = Callable[[MessagingClient, asyncio.Event], Awaitable[None]]


@pytest.mark.parametrize("drop", [drop_pages, drop_items])
async def test_dropping_ends_the_fetch_ahead(
    drop: Drop, clock: FakeClock, reports: list[dict[str, Any]]
) -> None:
    watch(reports)
    script, hold = holding(asyncio.Event(), page([3]))
    client, _ = client_over(script, clock, timeout=None)
    await drop(client, hold.reached)
    gc.collect()
    await settled(lambda: client.stats().in_flight == 0)


@pytest.mark.parametrize("drop", [drop_pages, drop_items])
async def test_an_error_of_a_page_that_nobody_asks_for_is_not_reported(
    drop: Drop, clock: FakeClock, reports: list[dict[str, Any]]
) -> None:
    watch(reports)
    release = asyncio.Event()
    script, hold = holding(release, NOT_FOUND)
    client, _ = client_over(script, clock, timeout=None)
    release.set()
    await drop(client, hold.reached)
    await some_turns()
    gc.collect()
    await some_turns()


async def test_an_error_ahead_comes_after_the_items_before_it(
    clock: FakeClock, reports: list[dict[str, Any]]
) -> None:
    watch(reports)
    client, transport = client_over([page([1, 2], following(1)), NOT_FOUND], clock)
    found: list[Any] = []
    with pytest.raises(NotFound):
        async for item in client.messages.list():
            await settled(lambda: len(transport.requests) == 2)
            await some_turns()
            found.append(item)
    assert sids(found) == [1, 2]


async def test_after_an_error_the_same_page_can_be_asked_for_again(clock: FakeClock) -> None:
    client, transport = client_over([page([1], following(1)), NOT_FOUND, page([2])], clock)
    pages = client.messages.list().pages()
    await anext(pages)
    with pytest.raises(NotFound):
        await anext(pages)
    assert sids(list((await anext(pages)).items)) == [2]
    assert transport.requests[1].url == transport.requests[2].url


async def test_cancelling_the_reader_ends_the_fetch_ahead(
    clock: FakeClock, reports: list[dict[str, Any]]
) -> None:
    watch(reports)
    script, hold = holding(asyncio.Event(), page([3]))
    client, _ = client_over(script, clock, timeout=None)

    async def read() -> None:
        await client.messages.list()

    task = asyncio.create_task(read())
    await hold.reached.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await settled(lambda: client.stats().in_flight == 0)
    assert {one for one in asyncio.all_tasks() if not one.done()} == {asyncio.current_task()}


async def test_a_page_that_can_not_be_read(clock: FakeClock) -> None:
    client, _ = client_over([scripted.json(200, {"messages": [{}]})], clock)
    with pytest.raises(UnexpectedAnswer):
        await client.messages.list()


def test_a_listing_left_over_at_the_end_of_a_loop_makes_no_noise() -> None:
    clock = FakeClock()

    async def main() -> MessagingClient:
        script, hold = holding(asyncio.Event(), page([3]))
        client, _ = client_over(script, clock, timeout=None)
        held.append(aiter(client.messages.list()))
        await anext(held[0])
        await hold.reached.wait()
        return client

    held: list[AsyncIterator[Any]] = []
    client = asyncio.run(main())
    held.clear()
    assert repr(client).startswith("<MessagingClient AC")


@pytest.mark.parametrize("cycle", [1, 2, 3])
@pytest.mark.parametrize("items", [0, 2])
async def test_pages_that_name_each_other_end_with_an_error(
    cycle: int, items: int, clock: FakeClock
) -> None:
    asked = []

    def answer(_: object) -> Item:
        asked.append(1)
        return page([1] * items, f"{BASE}/Messages.json?Page={len(asked) % cycle}")

    client, _ = client_over(answer, clock)
    with pytest.raises(UnexpectedAnswer, match="an earlier one"):
        await client.messages.list()
    assert len(asked) == cycle + 1
    seen = 0
    with pytest.raises(UnexpectedAnswer, match="an earlier one"):
        async for _ in client.messages.list():
            seen += 1
    assert seen >= cycle * items
    one = await client.messages.list().page()
    with pytest.raises(UnexpectedAnswer, match="an earlier one"):
        for _ in range(9):
            one = cast("Any", await one.next())


async def test_the_next_page_may_be_asked_for_twice(clock: FakeClock) -> None:
    client, _ = client_over([*script_of([1], [2]), page([2])], clock)
    first = await client.messages.list().page()
    for _ in range(2):
        second = await first.next()
        assert second is not None
        assert sids(list(second.items)) == [2]
