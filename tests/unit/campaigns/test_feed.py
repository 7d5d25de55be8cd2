"""Which row goes next, and which sender rests."""

from __future__ import annotations

import pytest

from async_messaging.campaigns.feed import Feed
from async_messaging.campaigns.rows import Row, outcome_of
from async_messaging.testing import FakeClock
from tests.unit.campaigns.ledgers import Keeper, claimed, sealed

A, B = "+15558675301", "+15558675302"


async def taken(feed: Feed) -> list[int]:
    """All rows that are there now; each has gone."""
    rows: list[int] = []
    while await feed.fill():
        while feed.at_hand:
            row = feed.take()
            rows.append(row.row)
            feed.done(row)
    return rows


async def test_rows_come_once_in_order(keeper: Keeper, clock: FakeClock) -> None:
    ledger = await sealed(await keeper.create(), 1_300)
    feed = Feed(ledger, clock)
    assert not feed.at_hand
    assert await taken(feed) == list(range(1, 1_301))
    assert not await feed.fill()
    await ledger.close()


async def put_back(keeper: Keeper, clock: FakeClock, waits: list[float]) -> tuple[Feed, list[Row]]:
    """A feed of a ledger of six rows, of which the first were put back."""
    ledger = await sealed(await keeper.create(), 6)
    for wait in waits:
        claim = await claimed(ledger)
        not_before = clock.time() + wait
        ledger.record(outcome_of(claim, "READY", clock.time(), not_before=not_before))
        await ledger.drain()
    return Feed(ledger, clock), await ledger.ready(0)


async def test_rows_put_back_go_before_others_and_not_before_their_time(
    keeper: Keeper, clock: FakeClock
) -> None:
    feed, _ = await put_back(keeper, clock, [20.0, 10.0])
    assert await taken(feed) == [3, 4, 5, 6]
    await clock.advance(10)
    assert await taken_once(feed) == [2]
    await clock.advance(10)
    assert await taken_once(feed) == [1]


async def taken_once(feed: Feed) -> list[int]:
    """Rows that are there now; they stay in the hands of whoever has them."""
    rows: list[int] = []
    while await feed.fill():
        while feed.at_hand:
            rows.append(feed.take().row)
    return rows


async def test_a_row_put_back_is_not_given_out_twice(keeper: Keeper, clock: FakeClock) -> None:
    feed, _ = await put_back(keeper, clock, [0.0, 0.0])
    assert await taken_once(feed) == [1, 2, 3, 4, 5, 6]
    assert not await feed.fill()


async def test_a_row_that_was_left_as_it_was_comes_again(keeper: Keeper, clock: FakeClock) -> None:
    feed, _ = await put_back(keeper, clock, [0.0])
    await feed.fill()
    row = feed.take()
    feed.done(row)
    await taken_once(feed)
    assert row.row == 1


async def test_rows_set_aside_do_not_hide_others_that_are_due(
    keeper: Keeper, clock: FakeClock
) -> None:
    ledger = await sealed(await keeper.create(), 600)
    for _ in range(600):
        claim = await claimed(ledger)
        ledger.record(outcome_of(claim, "READY", clock.time(), not_before=clock.time()))
    await ledger.drain()
    feed = Feed(ledger, clock)
    feed.park(A)
    await feed.fill()
    while feed.at_hand:
        assert feed.set_aside(A, feed.take())
    assert feed.aside == 512
    assert await taken_once(feed) == list(range(513, 601))
    assert feed.aside == 512
    await clock.advance(120)
    assert len(await taken_once(feed)) == 512
    assert feed.aside == 0
    await ledger.close()


def sleepless(clock: FakeClock) -> Feed:
    return Feed(None, clock)  # type: ignore[arg-type]  # it is not asked for rows


async def test_a_parked_sender_rests_and_others_do_not(clock: FakeClock) -> None:
    feed = sleepless(clock)
    row = Row(row=1, to="+14155550001", variables={}, token="t", state="READY")
    assert feed.next_at() is None
    until = feed.park(A)
    assert until == clock.time() + 120
    assert feed.park(A) == until  # one that was under way at the time
    assert feed.parked() == [A]
    assert feed.set_aside(A, row)
    assert not feed.set_aside(B, row)
    assert (feed.aside, feed.next_at()) == (1, until)
    await clock.advance(120)
    assert feed.parked() == []
    assert not feed.set_aside(A, row)


@pytest.mark.parametrize("accepted", [False, True])
async def test_the_rest_doubles_until_a_message_is_accepted(
    clock: FakeClock, accepted: bool
) -> None:
    feed = sleepless(clock)
    spans = []
    for _ in range(5):
        span = feed.park(A) - clock.time()
        feed.unpark(A)  # a call that was under way: it says nothing of the queue now
        assert feed.parked() == [A]
        spans.append(span)
        await clock.advance(span)
        if accepted:
            feed.unpark(A)
    assert spans == ([120.0] * 5 if accepted else [120.0, 240.0, 480.0, 600.0, 600.0])
