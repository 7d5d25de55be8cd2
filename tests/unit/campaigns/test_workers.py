"""How a row's attempt ends, what follows for its sender and its run, and how long it may wait."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Collection, Iterable
from itertools import pairwise
from typing import Any

import pytest

from async_messaging.campaigns.rows import Row
from async_messaging.errors import LedgerError
from async_messaging.testing import FakeClock
from tests.unit.campaigns.bench import FIELDS, Bench, from_senders, texts
from tests.unit.campaigns.twilio import Form

A, B = "+15558675301", "+15558675302"


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(autojump=True)


def moment(clock: FakeClock, seconds: float) -> dt.datetime:
    return dt.datetime.fromtimestamp(clock.time() + seconds, dt.UTC)


class Willing:
    """Suppressions that are asked and told."""

    def __init__(self, *unwilling: str) -> None:
        self.unwilling = set(unwilling)
        self.asked: list[tuple[str, str]] = []
        self.told: list[tuple[str, str]] = []

    async def blocked(self, pairs: Collection[tuple[str, str]]) -> set[tuple[str, str]]:
        self.asked.extend(pairs)
        return {(to, sender) for to, sender in pairs if to in self.unwilling}

    def refused(self, pairs: Iterable[tuple[str, str]]) -> None:
        self.told += pairs


# Who wants no more messages.


async def test_who_opts_out_while_a_row_waits_for_its_turn_gets_nothing(clock: FakeClock) -> None:
    bench = Bench(clock, texts(3))
    store = bench.suppressions = Willing()
    await bench.imported()
    clock.call_later(1.5, lambda: store.unwilling.add("+14155550003"))
    runner = await bench.run(rate=1.0, concurrency=3)  # all three are with their workers at once
    assert runner.ending == "complete"
    assert [form["To"] for form in bench.twilio.posts] == ["+14155550001", "+14155550002"]
    assert (bench.row(3).state, bench.row(3).error) == ("SKIPPED", "opted out")
    assert store.asked[0] == ("+14155550001", "+15558675300")


async def test_a_refusal_because_of_an_opt_out_is_told(clock: FakeClock) -> None:
    bench = Bench(clock, texts(2), lambda number, _: "refused" if number == 2 else "accept")
    store = bench.suppressions = Willing()
    await bench.imported()
    await bench.run(concurrency=1)
    assert store.told == [("+14155550002", "+15558675300")]


async def test_nothing_goes_out_while_nobody_can_tell_who_opted_out(clock: FakeClock) -> None:
    class Broken(Willing):
        async def blocked(self, pairs: Collection[tuple[str, str]]) -> set[tuple[str, str]]:
            raise LedgerError("the suppressions can't be read")

    bench = Bench(clock, texts(2))
    bench.suppressions = Broken()
    await bench.imported()
    with pytest.raises(LedgerError, match="suppressions"):
        await bench.run()
    assert bench.twilio.posts == []
    assert bench.counts() == {"READY": 2}


# Outcomes.


@pytest.mark.parametrize("fault", ["500", "lost", "timeout", "500 after", "lost after"])
async def test_what_nobody_knows_is_unknown_and_then_held(clock: FakeClock, fault: str) -> None:
    bench = Bench(clock, texts(3), lambda number, _: fault if number == 2 else "accept")
    await bench.imported()
    runner = await bench.run(concurrency=1)
    assert runner.ending == "complete"
    assert next(event.state for event in bench.events if event.row == 2) == "UNKNOWN"
    assert bench.row(2).state == ("ACCEPTED" if fault.endswith("after") else "HELD")
    assert len(bench.twilio.posts) == 3


async def test_refused_is_final(clock: FakeClock) -> None:
    bench = Bench(clock, texts(3), lambda number, _: "refused" if number == 2 else "accept")
    await bench.imported()
    await bench.run(concurrency=1)
    assert bench.counts() == {"ACCEPTED": 2, "REJECTED": 1}
    assert bench.row(2).code == 21610


async def test_the_sid_of_a_broken_answer_is_looked_up(clock: FakeClock) -> None:
    bench = Bench(clock, texts(1), lambda *_: "truncated")
    bench.twilio.shows = lambda message: message | {"body": "rewritten"}
    await bench.imported()
    await bench.run()
    assert bench.row(1).sid == bench.twilio.messages[0][1]["sid"]


async def test_what_never_left_is_put_back_for_longer_each_time(clock: FakeClock) -> None:
    bench = Bench(clock, texts(1), lambda n, _: "connect" if n <= 10 else "accept", retries=0)
    await bench.imported()
    waits: list[float] = []
    take = bench.take

    def watch(event: Any) -> None:
        take(event)
        if getattr(event, "state", "") == "READY":
            waits.append(clock.time())

    bench.take = watch  # type: ignore[method-assign]  # listens in
    runner = await bench.run(concurrency=2)
    assert runner.ending == "complete"
    spans = [b - a for a, b in pairwise(waits)]
    for span, wanted in zip(spans, [5, 10, 20, 40, 60, 60, 60, 60, 60], strict=True):
        assert wanted <= span < wanted + 1.2


async def test_a_long_429_puts_the_row_back_instead_of_waiting_announced(clock: FakeClock) -> None:
    bench = Bench(clock, texts(1), lambda n, _: "429 30" if n == 1 else "accept")
    await bench.imported()
    began = clock.time()
    await bench.run()
    back = [event for event in bench.events if event.state == "READY"]
    assert [event.code for event in back] == [20429]
    assert 30 <= clock.time() - began < 32
    assert bench.row(1).attempt == 2


async def test_a_429_makes_nobody_wait_for_a_day(clock: FakeClock) -> None:
    bench = Bench(clock, texts(1), lambda n, _: "429 86400" if n == 1 else "accept")
    await bench.imported()
    began = clock.time()
    await bench.run()
    assert 60 <= clock.time() - began < 62


async def test_a_short_429_is_waited_out_within_the_attempt(clock: FakeClock) -> None:
    bench = Bench(clock, texts(1), lambda n, _: "429 2" if n == 1 else "accept")
    await bench.imported()
    await bench.run()
    assert bench.row(1).attempt == 1
    assert [event.state for event in bench.events] == ["ACCEPTED"]


async def test_the_daily_limit_pauses(clock: FakeClock) -> None:
    bench = Bench(clock, texts(20), lambda n, _: "accept" if n < 5 else "daily limit")
    await bench.imported()
    runner = await bench.run(concurrency=2)
    assert runner.ending == "paused"
    assert "daily limit" in runner.reason
    assert bench.counts() == {"ACCEPTED": 4, "READY": 16}


@pytest.mark.parametrize("fault", ["unauthorized", "stopped", "307"])
async def test_what_every_row_would_meet_stops_and_refuses_none(
    clock: FakeClock, fault: str
) -> None:
    bench = await Bench(clock, texts(100), lambda *_: fault).imported()
    runner = await bench.run(concurrency=8)
    assert runner.ending == "stopped"
    assert bench.counts() == {"READY": 100}
    assert len(bench.twilio.posts) <= 8
    bench.twilio.behave = lambda *_: "accept"
    runner = await bench.run(concurrency=8)
    assert bench.counts() == {"ACCEPTED": 100}


async def test_a_redirect_of_a_creation_is_unknown_and_stops(clock: FakeClock) -> None:
    bench = await Bench(clock, texts(100), lambda *_: "301").imported()
    runner = await bench.run(concurrency=1)
    assert runner.ending == "stopped"
    assert bench.counts() == {"UNKNOWN": 1, "READY": 99}


async def test_an_answer_that_nobody_foresaw_ends_the_run_and_leaves_an_outcome(
    clock: FakeClock,
) -> None:
    def broken(number: int, _form: Form) -> str:
        if number == 3:
            raise ZeroDivisionError
        return "accept"

    bench = await Bench(clock, texts(10), broken).imported()
    ledger = bench.ledger()
    runner = bench.runner(ledger, concurrency=1)
    with pytest.raises(ZeroDivisionError):
        await runner.run()
    await ledger.drain()
    assert bench.counts() == {"ACCEPTED": 2, "UNKNOWN": 1, "READY": 7}
    assert "ZeroDivisionError" in bench.row(3).error


async def test_a_row_that_makes_no_message_is_skipped(clock: FakeClock) -> None:
    rows = texts(3)
    rows[1] = type(rows[1])(row=2, to=rows[1].to, variables={})
    bench = await Bench(clock, rows).imported()
    await bench.run(max_messages=2)
    assert bench.counts() == {"ACCEPTED": 2, "SKIPPED": 1}
    assert bench.row(2).error == "invalid: name: is empty"


# Senders whose queue is full.


async def test_only_the_sender_whose_queue_is_full_rests(clock: FakeClock) -> None:
    began = clock.time()

    def behave(_number: int, form: Form) -> str:
        return "queue full" if form["From"] == A and clock.time() < began + 100 else "accept"

    bench = Bench(clock, from_senders([A, B] * 20), behave, FIELDS)
    await bench.imported()
    ledger = bench.ledger()
    runner = bench.runner(ledger, concurrency=4)
    run = asyncio.create_task(runner.run())
    await clock.sleep(60)
    await ledger.drain()
    assert bench.counts() == {"ACCEPTED": 20, "READY": 20}
    assert runner.parked == [A]
    refused = len(bench.twilio.posts) - 20
    assert refused <= 4
    await run
    assert bench.counts() == {"ACCEPTED": 40}
    assert len(bench.twilio.posts) == 40 + refused
    assert 120 <= clock.time() - began < 123
    assert runner.parked == []


async def test_a_sender_rests_twice_as_long_each_time(clock: FakeClock) -> None:
    began = clock.time()
    bench = Bench(clock, from_senders([A]), plan=FIELDS)
    times: list[float] = []

    def behave(_number: int, _form: Form) -> str:
        times.append(clock.time() - began)
        return "queue full" if len(times) < 6 else "accept"

    bench.twilio.behave = behave
    await bench.imported()
    await bench.run(concurrency=1)
    spans = [round(b - a) for a, b in pairwise(times)]
    for span, wanted in zip(spans, [120, 240, 480, 600, 600], strict=True):
        assert wanted <= span <= wanted + 1


async def test_a_row_put_back_of_a_sender_that_rests_is_asked_for_once(clock: FakeClock) -> None:
    began = clock.time()

    def behave(number: int, _form: Form) -> str:
        if number == 1:
            return "429 6"
        return "queue full" if number == 2 else "accept"

    bench = await Bench(clock, from_senders([A] * 4), behave, FIELDS).imported()
    ledger = bench.ledger()
    runner = bench.runner(ledger, concurrency=1)
    asked = 0
    due = ledger.due

    async def counted(now: float, limit: int = 512) -> list[Row]:
        nonlocal asked
        asked += 1
        assert asked < 2_000, "it spins"
        return await due(now, limit)

    ledger.due = counted  # type: ignore[method-assign]  # counts
    async with asyncio.timeout(20):
        await runner.run()
    await ledger.drain()
    assert bench.counts() == {"ACCEPTED": 4}
    assert asked < 400  # a second's tick, for two minutes
    assert 120 <= clock.time() - began < 123


async def test_rows_set_aside_do_not_keep_a_run_from_its_deadline(clock: FakeClock) -> None:
    bench = Bench(clock, from_senders([A] * 6), lambda *_: "queue full", FIELDS)
    await bench.imported()
    began = clock.time()
    runner = await bench.run(concurrency=2, not_after=moment(clock, 30))
    assert runner.ending == "complete"
    assert bench.counts() == {"SKIPPED": 6}
    assert 30 <= clock.time() - began < 32


@pytest.mark.parametrize(
    ("left", "own", "wire"),
    [
        (50_000, None, None),
        (50_000, "50", "50"),
        (3_000, None, "3000"),
        (3_000, "20", "20"),
        (3_000, "36000", "3000"),
        (0.4, None, "1"),
    ],
)
async def test_nothing_waits_at_twilio_beyond_the_deadline(
    clock: FakeClock, left: float, own: str | None, wire: str | None
) -> None:
    cells = {"validity_period": own} if own else {}
    bench = await Bench(clock, from_senders([A], **cells), plan=FIELDS).imported()
    await bench.run(not_after=moment(clock, left))
    assert bench.twilio.posts[0].get("ValidityPeriod") == wire


async def test_validity_is_reckoned_when_the_message_goes(clock: FakeClock) -> None:
    bench = await Bench(clock, texts(8)).imported()
    await bench.run(concurrency=64, rate=0.1, not_after=moment(clock, 1_000))
    periods = [int(form["ValidityPeriod"]) for form in bench.twilio.posts]
    assert periods == [1_000 - 10 * n for n in range(8)]
