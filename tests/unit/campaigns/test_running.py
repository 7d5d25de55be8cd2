"""A run: what goes out, in which order, what a row's outcome is, and when a run ends."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Sequence
from typing import Any

import pytest

from async_messaging import Limits
from async_messaging.campaigns.rows import Claim, Note, Outcome, Row
from async_messaging.errors import LedgerError
from async_messaging.settling.attempts import Change
from async_messaging.testing import FakeClock
from tests.unit.campaigns.bench import TEXTS, Bench, texts, turns
from tests.unit.campaigns.memory import MemoryLedger
from tests.unit.campaigns.twilio import Form

A, B = "+15558675301", "+15558675302"


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(autojump=True)


def moment(clock: FakeClock, seconds: float) -> dt.datetime:
    return dt.datetime.fromtimestamp(clock.time() + seconds, dt.UTC)


class Checking(MemoryLedger):
    """Keeps what was asked of it, and fails when it is told to."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.fails: set[str] = set()
        self.rescued: list[Outcome] = []

    def _asked(self, name: str) -> None:
        if name in self.fails:
            self.failure = LedgerError("the disk is full")
            self.rescued += self._pending
        if self.failure is not None:
            raise self.failure

    async def intend(self, row: Row) -> Claim | None:
        self._asked("intend")
        await asyncio.sleep(0)
        return await super().intend(row)

    def record(self, outcome: Outcome) -> None:
        if "record" in self.fails:
            self.failure = LedgerError("the disk is full")
        if self.failure is not None:
            self.rescued.append(outcome)
        else:
            super().record(outcome)

    async def take_in(self) -> list[Note]:
        self._asked("take_in")
        return await super().take_in()

    async def conclude(self, changes: Sequence[Change], at: float) -> list[bool]:
        self._asked("conclude")
        return await super().conclude(changes, at)


# What goes out.


@pytest.mark.parametrize("concurrency", [1, 2, 64])
async def test_every_row_goes_out_once_in_order(clock: FakeClock, concurrency: int) -> None:
    bench = await Bench(clock, texts(130)).imported()
    runner = await bench.run(concurrency=concurrency)
    assert (runner.ending, runner.reason) == ("complete", "")
    sent = [form["Body"] for form in bench.twilio.posts]
    assert sent == [f"Hi n{n}" for n in range(1, 131)]
    assert runner.counts == bench.counts() == {"ACCEPTED": 130}
    assert min(concurrency, 32) <= bench.twilio.most_in_flight <= concurrency
    assert bench.row(7).sid == bench.twilio.messages[6][1]["sid"]


async def test_the_intent_is_durable_before_the_request_is_written(clock: FakeClock) -> None:
    bench = Bench(clock, texts(50))

    def behave(_number: int, form: Form) -> str:
        row = bench.row(int(form["Body"].removeprefix("Hi n")))
        assert (row.state, row.epoch, row.attempt) == ("INTENT", 2, 1)
        return "accept"

    bench.twilio.behave = behave
    await bench.imported()
    runner = await bench.run(concurrency=8)
    assert runner.ending == "complete"


async def test_rows_that_wait_for_lanes_are_not_announced(clock: FakeClock) -> None:
    bench = await Bench(clock, texts(40)).imported()
    ledger = bench.ledger()
    runner = bench.runner(ledger, concurrency=16, rate=1.0)
    run = asyncio.create_task(runner.run())
    await clock.sleep(3.5)
    runner.end("paused", "enough")
    await run
    await ledger.drain()
    assert bench.counts() == {"READY": 36, "ACCEPTED": 4}
    assert all(bench.row(n).attempt == 0 for n in range(5, 41))
    assert len(bench.twilio.posts) == 4
    bench.is_quiet()


async def test_a_resumed_run_sends_the_rest_and_nothing_twice(clock: FakeClock) -> None:
    bench = await Bench(clock, texts(60)).imported()
    for _ in range(5):
        runner = await bench.run(concurrency=4, max_messages=11)
        assert runner.ending == "paused"
    runner = await bench.run(concurrency=4)
    assert runner.ending == "complete"
    assert len(bench.bodies()) == len(bench.twilio.posts) == 60


# Put back and at once due, with fewer rows than workers.


async def test_rows_that_wait_for_a_lane_are_not_taken_twice(clock: FakeClock) -> None:
    behave = lambda n, _: "429 10" if n <= 10 else "accept"  # noqa: E731 - one line
    bench = await Bench(clock, texts(40), behave, limits=Limits(in_flight=64)).imported()
    began = clock.time()
    await bench.run(concurrency=64, rate=1.0)
    assert bench.counts() == {"ACCEPTED": 40}
    assert len(bench.twilio.posts) == 50
    assert clock.time() - began < 56  # 50 requests at one a second, and a tick or two


# Ends.


async def test_pause_above_pauses(clock: FakeClock) -> None:
    bench = Bench(clock, texts(400), lambda n, _: "refused" if n % 10 < 6 else "accept")
    await bench.imported()
    runner = await bench.run(concurrency=1)
    assert runner.ending == "paused"
    assert "60%" in runner.reason
    assert len(bench.twilio.posts) == 200
    bench = Bench(clock, texts(400), lambda n, _: "refused" if n % 10 < 6 else "accept")
    runner = await (await bench.imported()).run(concurrency=1, pause_above=None)
    assert runner.ending == "complete"


@pytest.mark.parametrize("concurrency", [1, 2, 64])
async def test_max_messages_is_exact_with_rows_put_back(clock: FakeClock, concurrency: int) -> None:
    bench = Bench(clock, texts(200), lambda n, _: "429 6" if n % 3 == 0 else "accept")
    await bench.imported()
    runner = await bench.run(concurrency=concurrency, max_messages=100)
    assert runner.ending == "paused"
    assert "100 messages" in runner.reason
    assert bench.counts() == {"ACCEPTED": 100, "READY": 100}


async def test_the_last_message_that_may_go_completes_a_campaign(clock: FakeClock) -> None:
    bench = await Bench(clock, texts(10)).imported()
    assert (await bench.run(concurrency=2, max_messages=10)).ending == "complete"


async def test_nothing_goes_after_the_deadline(clock: FakeClock) -> None:
    bench = await Bench(clock, texts(30)).imported()
    began = clock.time()
    times: list[float] = []

    def behave(_number: int, _form: Form) -> str:
        times.append(clock.time() - began)
        return "accept"

    bench.twilio.behave = behave
    runner = await bench.run(concurrency=8, rate=4.0, not_after=moment(clock, 3.1))
    assert runner.ending == "complete"
    assert max(times) <= 3.1
    assert bench.counts() == {"ACCEPTED": 13, "SKIPPED": 17}
    assert bench.row(30).error == "its deadline has passed"


# What other processes say.


@pytest.mark.parametrize("idle", [False, True])
async def test_a_wish_to_pause_is_heeded_within_a_second(clock: FakeClock, idle: bool) -> None:
    behave = (lambda *_: "429 30") if idle else (lambda *_: "accept")
    bench = await Bench(clock, texts(40), behave).imported()
    runner = bench.runner(rate=1.0, concurrency=4)
    run = asyncio.create_task(runner.run())
    await clock.sleep(10.2)
    bench.post(Note(kind="pause", at=clock.time()))
    await clock.sleep(1.1)
    assert run.done()
    assert (runner.ending, runner.reason) == ("paused", "paused on request")


async def test_a_cancelled_campaign_has_no_row_left(clock: FakeClock) -> None:
    bench = await Bench(clock, texts(40), lambda *_: "429 2").imported()
    ledger = bench.ledger()
    runner = bench.runner(ledger, concurrency=4)
    run = asyncio.create_task(runner.run())
    await clock.sleep(3)
    bench.post(Note(kind="cancel", at=clock.time()))
    await clock.sleep(1.1)
    await run
    await ledger.drain()
    assert runner.ending == "cancelled"
    assert bench.counts() == {"SKIPPED": 36, "READY": 4}
    await ledger.end_run("cancelled", runner.reason, clock.time())
    assert bench.counts() == {"SKIPPED": 40}


@pytest.mark.parametrize("rate", [1.0, None])
async def test_a_rate_is_heeded_within_a_second(clock: FakeClock, rate: float | None) -> None:
    bench = await Bench(clock, texts(2_000)).imported()
    runner = bench.runner(rate=rate, concurrency=1)
    run = asyncio.create_task(runner.run())
    await clock.sleep(5)
    bench.post(Note(kind="rate", at=clock.time(), rate=5.0))
    await clock.sleep(1.1)
    before = len(bench.twilio.posts)
    await clock.sleep(10)
    assert 48 <= len(bench.twilio.posts) - before <= 52
    assert "rate set to 5 segments/s" in bench.said
    runner.end("paused", "enough")
    await run
    bench.is_quiet()


async def test_receipts_and_stops_are_taken_in(clock: FakeClock) -> None:
    bench = Bench(clock, texts(30), lambda n, _: "lost" if n == 1 else "accept")
    await bench.imported()
    ledger = bench.ledger()
    runner = bench.runner(ledger, rate=1.0, concurrency=1)
    run = asyncio.create_task(runner.run())
    await clock.sleep(3)
    sid = "SM" + "f" * 32
    bench.post(
        Note(kind="receipt", at=clock.time(), row=1, token="wrong", sid=sid, status="sent"),
        Note(kind="stop", at=clock.time(), to=bench.row(30).to),
    )
    await clock.sleep(1.1)
    assert bench.row(1).state == "UNKNOWN"
    assert (bench.row(30).state, bench.row(30).error) == ("SKIPPED", "opted out")
    token = bench.row(1).token
    bench.post(Note(kind="receipt", at=clock.time(), row=1, token=token, sid=sid, status="sent"))
    await run
    assert bench.row(1).sid == sid
    assert bench.counts() == {"ACCEPTED": 29, "SKIPPED": 1}


# A ledger that fails.


@pytest.mark.parametrize("where", ["intend", "record", "take_in", "conclude"])
async def test_a_ledger_that_fails_ends_the_run(clock: FakeClock, where: str) -> None:
    bench = Bench(clock, texts(2_000), lambda n, _: "lost after" if n == 1 else "accept")
    bench.twilio.latency = 0.35
    await bench.imported()
    ledger = Checking(bench.file, clock, bench.client.sends.server)
    runner = bench.runner(ledger, concurrency=8, rate=10.0)
    run = asyncio.create_task(runner.run())
    await clock.sleep(8.01)
    assert bench.client.stats().in_flight > 0
    ledger.fails = {where}
    with pytest.raises(LedgerError, match="the disk is full"):
        await run
    assert runner.ending == "storage"
    assert len(bench.twilio.posts) < (1_700 if where == "conclude" else 100)
    assert ledger.rescued
    assert all(outcome.sid for outcome in ledger.rescued)
    assert bench.counts()["INTENT"] == len(ledger.rescued)
    bench.is_quiet()


async def test_a_claim_that_is_granted_while_the_run_ends_is_put_back(clock: FakeClock) -> None:
    bench = await Bench(clock, texts(20)).imported()
    ledger = Checking(bench.file, clock, bench.client.sends.server)
    granted = asyncio.Event()
    intend = ledger.intend

    async def slow(row: Row) -> Claim | None:
        claim = await intend(row)
        granted.set()
        await asyncio.sleep(0)
        return claim

    ledger.intend = slow  # type: ignore[method-assign]  # a disk that takes its time
    runner = bench.runner(ledger, concurrency=4)
    run = asyncio.create_task(runner.run())
    await granted.wait()
    runner.end("paused", "enough")
    await run
    await ledger.drain()
    assert bench.twilio.posts == []
    assert bench.counts() == {"READY": 20}
    bench.is_quiet()


async def test_a_closed_client_ends_the_run(clock: FakeClock) -> None:
    bench = await Bench(clock, texts(20)).imported()
    ledger = bench.ledger()
    runner = bench.runner(ledger, concurrency=2, rate=1.0)
    run = asyncio.create_task(runner.run())
    await clock.sleep(3.2)
    await bench.client.close()
    async with asyncio.timeout(20):
        await run
    await ledger.drain()
    assert runner.ending == "paused"
    assert bench.counts() == {"ACCEPTED": 4, "READY": 16}


# Ways out.


async def test_an_abandoned_run_leaves_calls_under_way(clock: FakeClock) -> None:
    bench = Bench(clock, texts(20))
    bench.twilio.latency = 1_000.0
    await bench.imported()
    ledger = bench.ledger()
    runner = bench.runner(ledger, concurrency=3)
    run = asyncio.create_task(runner.run())
    while bench.twilio.in_flight < 3:
        await asyncio.sleep(0)
    runner.abandon()
    await run
    await ledger.drain()
    assert bench.counts() == {"INTENT": 3, "READY": 17}
    await ledger.close()
    bench.ledger()
    assert bench.counts() == {"UNKNOWN": 3, "READY": 17}
    await clock.sleep(2_000)
    bench.is_quiet()


async def test_a_run_that_was_left_waits_for_calls_no_longer_than_its_grace(
    clock: FakeClock,
) -> None:
    never = FakeClock()
    bench = await Bench(clock, texts(20)).imported()
    bench.twilio.clock = never
    ledger = bench.ledger()
    runner = bench.runner(ledger, concurrency=3, grace=0.0)
    run = asyncio.create_task(runner.run())
    while bench.twilio.in_flight < 3:
        await asyncio.sleep(0)
    runner.end("paused", "enough")
    await run
    await ledger.drain()
    assert bench.counts() == {"INTENT": 3, "READY": 17}
    await never.advance(1)


async def test_a_worker_that_asks_for_rows_while_the_run_ends_does_not_hang(
    clock: FakeClock,
) -> None:
    bench = await Bench(clock, texts(2), plan=TEXTS).imported()
    ledger = bench.ledger()
    asked, go_on = asyncio.Event(), asyncio.Event()
    ready = ledger.ready

    async def slow(after: int, limit: int = 512) -> list[Row]:
        found = await ready(after, limit)
        if after:
            asked.set()
            await go_on.wait()
        return found

    ledger.ready = slow  # type: ignore[method-assign]  # a disk that takes its time
    runner = bench.runner(ledger, concurrency=2)
    run = asyncio.create_task(runner.run())
    await asked.wait()
    runner.end("paused", "enough")
    await turns()
    go_on.set()
    async with asyncio.timeout(5):  # its grace is 30 seconds
        await run
