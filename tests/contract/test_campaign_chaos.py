"""Whatever Twilio does, a run ends, its rows add up, and nothing goes out more often than it may."""

from __future__ import annotations

import asyncio
import random

from hypothesis import given, settings
from hypothesis import strategies as st

from async_messaging.campaigns.rows import Note
from async_messaging.testing import FakeClock
from tests.unit.campaigns.bench import FIELDS, Bench, from_senders
from tests.unit.campaigns.twilio import Form

SENDERS = ["+15558675301", "+15558675302", "+15558675303"]
FATES = [
    "accept",
    "truncated",
    "refused",
    "connect",
    "429",
    "429 3",
    "429 20",
    "queue full",
    "500",
    "500 after",
    "lost",
    "lost after",
    "timeout after",
    "daily limit",
    "unauthorized",
    "307",
    "301",
]
WISHES = ["pause", "rate", "stop", "cancel"]
SURE = {"accept", "truncated", "500 after", "lost after", "timeout after"}


def nothing_is_wrong(bench: Bench, accepted: dict[str, int], policy: str) -> None:
    for row in bench.file.rows.values():
        times = accepted.get(row.to, 0)
        if row.state == "ACCEPTED":
            assert times >= 1
        if policy == "repeat":
            continue
        assert times <= 1
        if row.state in {"REJECTED", "SKIPPED", "HELD"}:
            assert times == 0
        assert row.state != "HELD" or policy == "hold"


async def until_it_is_over(
    seed: int, fates: list[str], concurrency: int, policy: str, wishes: list[tuple[float, str]]
) -> None:
    clock = FakeClock(autojump=True)
    draw = random.Random(seed)
    count = 8
    accepted: dict[str, int] = {}
    stormy = True

    def behave(number: int, form: Form) -> str:
        fate = draw.choice(fates) if number < 2 * count and stormy else "accept"
        if fate in SURE:
            accepted[form["To"]] = accepted.get(form["To"], 0) + 1
        return fate

    rows = from_senders(draw.choice(SENDERS) for _ in range(count))
    bench = await Bench(clock, rows, behave, FIELDS, retries=1).imported()
    await bench.client.messages.list().page()  # a campaign learns Twilio's time before it sends
    bench.twilio.latency = draw.choice([0.0, 0.05, 2.0])
    cancelled = False

    async def wish(after: float, kind: str) -> None:
        await clock.sleep(after)
        note = Note(kind=kind, at=clock.time(), rate=2.0, to=rows[0].to)  # type: ignore[arg-type]  # one of them
        bench.post(note)

    for run in range(20):
        stormy = run < 8
        wanted = [asyncio.create_task(wish(*one)) for one in wishes if run < 2]
        rate = draw.choice([None, 1.0, 50.0])
        runner = await bench.run(
            concurrency=concurrency,
            on_unknown=policy,
            rate=rate,
            max_messages=draw.choice([None, 5]),
            pause_above=None,
        )
        for task in wanted:
            task.cancel()
        assert sum(bench.counts().values()) == count
        assert bench.counts()["INTENT"] == 0
        assert runner.ending in {"complete", "paused", "stopped", "cancelled"}
        cancelled = cancelled or runner.ending == "cancelled"
        if runner.ending == "complete" or cancelled:
            break
    else:
        raise AssertionError("it never ends")
    if cancelled:
        assert bench.counts()["READY"] == 0
    else:
        assert set(bench.counts()) <= {"ACCEPTED", "REJECTED", "HELD", "SKIPPED"}
    nothing_is_wrong(bench, accepted, policy)
    ledger = bench.ledger()
    assert await ledger.check() == []
    assert await ledger.events() == []


@settings(max_examples=30)
@given(
    seed=st.integers(0, 10_000),
    fates=st.lists(st.sampled_from(FATES), min_size=1, max_size=6),
    concurrency=st.sampled_from([1, 2, 5, 64]),
    policy=st.sampled_from(["hold", "resend", "repeat"]),
    wishes=st.lists(st.tuples(st.floats(0.0, 150.0), st.sampled_from(WISHES)), max_size=3),
)
def test_a_run_ends_and_its_rows_add_up(
    seed: int, fates: list[str], concurrency: int, policy: str, wishes: list[tuple[float, str]]
) -> None:
    asyncio.run(until_it_is_over(seed, fates, concurrency, policy, wishes))
