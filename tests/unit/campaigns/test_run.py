"""A run as a program holds it: begun, listened to, paused, left, told to stop; and how it ended."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from async_messaging.campaigns.campaign import Campaign
from async_messaging.campaigns.options import RowEvent, Said
from async_messaging.campaigns.rows import Counts
from async_messaging.campaigns.sqlite import SQLiteLedger
from async_messaging.errors import LedgerError, Unauthorized
from tests.unit.campaigns.stage import Stage
from tests.unit.pipeline.calls import problem


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return Stage(tmp_path)


async def test_awaited_it_runs_out(stage: Stage) -> None:
    campaign = await stage.create()
    estimate = campaign.estimate()
    assert (estimate.rows, estimate.to_send, estimate.segments) == (8, 8, 8)
    run = stage.run(campaign, rate=900.0)
    result = await run
    assert (result.ending, result.reason) == ("complete", "")
    assert result.counts == campaign.counts() == Counts(accepted=8)
    assert result.moving == campaign.moving() == 8
    assert result.attained > 0
    assert run.figures().counts == {"ACCEPTED": 8}
    facts = campaign.facts()
    assert (facts.ending, facts.rate) == ("complete", 900.0)
    assert await run == result  # again
    assert "lanes=0 " in repr(stage.client._pipeline.lanes)  # noqa: SLF001 - nothing else tells


async def test_each_change_of_a_row_is_told(stage: Stage) -> None:
    campaign = await stage.create()
    run = stage.run(campaign, lambda n, _: "refused" if n == 3 else "accept", concurrency=1)
    async with campaign:
        events = [event async for event in run]
    assert [(e.row, e.state) for e in events if isinstance(e, RowEvent)] == [
        (n, "REJECTED" if n == 3 else "ACCEPTED") for n in range(1, 9)
    ]


async def test_a_slow_listener_slows_the_run(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("async_messaging.campaigns.run._MOST_EVENTS", 2)
    campaign = await stage.create()
    async with stage.run(campaign, concurrency=1) as run:
        first = await anext(run)
        for _ in range(20):
            await asyncio.sleep(0.005)
        assert len(stage.twilio.posts) < 8
        rest = [event async for event in run]
    assert len([first, *rest]) == 8


async def test_leaving_the_block_pauses(stage: Stage) -> None:
    campaign = await stage.create()
    async with stage.run(campaign, rate=1.0) as run:
        async for _ in run:
            break
    assert run.result is not None
    assert (run.result.ending, run.result.reason) == ("paused", "the run was left")
    assert run.result.counts.accepted + run.result.counts.ready == 8
    assert (await stage.run(campaign, rate=900.0)).counts == Counts(accepted=8)
    assert len(set(stage.texts())) == len(stage.texts()) == 8


async def test_a_run_that_is_paused_before_it_begins_sends_nothing(stage: Stage) -> None:
    campaign = await stage.create()
    run = stage.run(campaign)
    run.pause("a signal")
    result = await run
    assert (result.ending, result.reason) == ("paused", "a signal")
    assert stage.twilio.posts == []


async def test_a_cancelled_caller_pauses_the_run_and_waits(stage: Stage) -> None:
    campaign = await stage.create()
    run = stage.run(campaign, rate=1.0)
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(run.finish(), 0.2)
    assert run.result is not None
    assert run.result.ending == "paused"
    assert campaign.process() is None


async def test_two_may_start_a_run_and_two_runs_may_not(stage: Stage) -> None:
    campaign = await stage.create()
    run = stage.run(campaign, rate=1.0)
    await asyncio.gather(run.start(), run.start())
    assert campaign.process() is not None
    with pytest.raises(LedgerError, match="runs this campaign"):
        await stage.run(campaign)
    with pytest.raises(LedgerError, match="runs this campaign"):
        await campaign.reconcile(stage.client)
    assert await campaign.cancel() is False
    result = await asyncio.wait_for(run.finish(), 5)  # it takes the wish in
    assert result.ending == "cancelled"
    assert campaign.counts().ready == 0


async def test_wishes_reach_a_run_through_the_file(stage: Stage) -> None:
    campaign = await stage.create()
    run = stage.run(campaign, rate=1.0)
    await run.start()
    Campaign.open(stage.path).set_rate(900.0)
    assert (await asyncio.wait_for(run.finish(), 5)).ending == "complete"
    assert any("rate set to 900" in text for _, text in run.said)


async def test_a_stopped_campaign_probes_with_one_read_first(stage: Stage) -> None:
    campaign = await stage.create()
    result = await stage.run(campaign, lambda *_: "unauthorized", concurrency=1)
    assert result.ending == "stopped"
    assert campaign.counts() == Counts(ready=8)
    posts = len(stage.twilio.posts)
    stage.twilio.read = lambda *_: problem(401, 20003)
    with pytest.raises(Unauthorized):
        await stage.run(campaign)
    assert campaign.facts().ending == "stopped"
    assert len(stage.twilio.posts) == posts
    stage.twilio.read, reads = (lambda *_: None), len(stage.twilio.reads)
    assert (await stage.run(campaign)).ending == "complete"
    assert len(stage.twilio.reads) == reads + 1
    assert stage.twilio.reads[-1]["PageSize"] == "1"


async def test_the_clients_own_options_repeat_no_unknown_send(stage: Stage) -> None:
    campaign = await stage.create()
    client = stage.client.with_options(on_unknown="retry")
    stage.twilio.behave = lambda n, _: "lost after" if n == 1 else "accept"
    await campaign.run(client, durability="process", settle=0.0, scan_interval=0.0)
    assert len(stage.twilio.posts) == 8


async def test_a_ledger_that_is_not_sealed_is_not_run(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(_read: int) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("async_messaging.campaigns.importing._ROWS_AT_ONCE", 3)
    with pytest.raises(KeyboardInterrupt):
        await stage.create(tell=killed)
    with pytest.raises(LedgerError, match="import has not ended"):
        await stage.run(Campaign.open(stage.path))
    assert stage.twilio.posts == []
    assert (await stage.run(await stage.create())).counts == Counts(accepted=8)


async def test_a_ledger_that_fails_in_the_middle_is_told_and_closed(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fails(_self: SQLiteLedger) -> list[object]:
        raise LedgerError("the disk is full")

    campaign = await stage.create()
    run = stage.run(campaign, rate=1.0)
    await run.start()
    monkeypatch.setattr(SQLiteLedger, "take_in", fails)
    with pytest.raises(LedgerError, match="the disk is full"):
        await asyncio.wait_for(run.finish(), 5)
    monkeypatch.undo()
    assert campaign.process() is None
    assert (await stage.run(campaign, rate=900.0)).ending == "complete"
    assert len(set(stage.texts())) == len(stage.texts()) == 8


async def test_events_tell_why_it_ended(stage: Stage) -> None:
    campaign = await stage.create()
    run = stage.run(campaign, max_messages=3)
    events = [event async for event in run]
    assert events[-1] == Said("3 messages of this run are through")
    assert campaign.facts().reason == "3 messages of this run are through"
