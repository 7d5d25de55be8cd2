"""What others want of a run: to whom a wish was said is told by its time, and a cancel is final."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from async_messaging.campaigns.campaign import Campaign
from async_messaging.campaigns.options import RowEvent
from async_messaging.campaigns.rows import Counts, Note, NoteKind, outcome_of
from async_messaging.campaigns.spool import Spool
from async_messaging.clock import SystemClock
from async_messaging.settling.states import OnUnknown
from async_messaging.testing import FakeClock
from tests.unit.campaigns.ledgers import Keeper, all_rows, claimed, sealed, states
from tests.unit.campaigns.stage import Stage


async def closed(keeper: Keeper, count: int = 2) -> None:
    await (await sealed(await keeper.create(), count)).close()


async def test_an_old_pause_was_said_to_another_run(keeper: Keeper, clock: FakeClock) -> None:
    await closed(keeper)
    keeper.post([Note(kind="pause", at=clock.time())])
    await clock.advance(1)
    ledger = await keeper.open()
    await ledger.take_in()
    assert (await ledger.facts()).wish == ""
    keeper.post([Note(kind="pause", at=clock.time())])
    await ledger.take_in()
    await ledger.keep_options("{}", None)
    assert (await ledger.facts()).wish == "pause"
    await ledger.close()
    ledger = await keeper.open()
    assert (await ledger.facts()).wish == ""
    await ledger.close()


async def test_a_clock_that_was_set_back_silences_nobody(keeper: Keeper, clock: FakeClock) -> None:
    await closed(keeper)
    ledger = await keeper.open()
    await ledger.take_in()
    await ledger.keep_options("{}", None)
    keeper.post([Note(kind="pause", at=clock.time() - 3600)])
    await ledger.take_in()
    assert (await ledger.facts()).wish == "pause"
    await ledger.close()


@pytest.mark.parametrize(("seconds", "rate"), [(-1, 30.0), (0, 20.0)])
async def test_the_rate_that_was_said_last_is_in_force(
    keeper: Keeper, clock: FakeClock, seconds: float, rate: float
) -> None:
    await closed(keeper)
    ledger = await keeper.open()
    keeper.post([Note(kind="rate", at=clock.time() + seconds, rate=20.0)])
    await ledger.take_in()
    await ledger.keep_options("{}", 30.0)
    assert (await ledger.facts()).rate == rate
    await ledger.close()


@pytest.mark.parametrize("ends", ["orderly", "killed"])
async def test_a_cancel_skips_what_is_put_back_later(
    keeper: Keeper, clock: FakeClock, ends: str
) -> None:
    await closed(keeper, 3)
    ledger = await keeper.open()
    await ledger.keep_options("{}", None)
    claim = await claimed(ledger)
    keeper.post([Note(kind="cancel", at=clock.time())])
    await ledger.take_in()
    assert states(list((await all_rows(ledger)).values())) == ["INTENT", "SKIPPED", "SKIPPED"]
    assert (await ledger.facts()).wish == "cancel"
    ledger.record(outcome_of(claim, "READY", clock.time()))
    await ledger.drain()
    if ends == "orderly":
        await ledger.end_run("cancelled", "on request", clock.time())
    else:
        await ledger.close(flush=False)
        ledger = await keeper.open()
    assert states(list((await all_rows(ledger)).values())) == ["SKIPPED"] * 3
    assert (await ledger.facts()).wish == "cancelled"
    await ledger.close()


async def test_a_decision_after_a_cancel_outlives_every_opening(
    keeper: Keeper, clock: FakeClock
) -> None:
    await closed(keeper, 1)
    ledger = await keeper.open()
    claim = await claimed(ledger)
    ledger.record(outcome_of(claim, "UNKNOWN", clock.time()))
    await ledger.drain()
    keeper.post([Note(kind="cancel", at=clock.time())])
    await ledger.take_in()
    await ledger.end_run("cancelled", "on request", clock.time())
    (row,) = await ledger.rows_in("UNKNOWN")
    await ledger.settle([outcome_of(row, "HELD", clock.time())])
    (row,) = await ledger.rows_in("HELD")
    await ledger.settle([outcome_of(row, "READY", clock.time())])
    for ending in ("paused", ""):
        await ledger.keep_options("{}", None)
        if ending:
            await ledger.end_run(ending, "", clock.time())
        await ledger.close()
        ledger = await keeper.open()
    assert states(list((await all_rows(ledger)).values())) == ["READY"]
    await ledger.close()


# A run.


@pytest.mark.parametrize(("kind", "ending"), [("pause", "paused"), ("cancel", "cancelled")])
async def test_what_is_said_while_a_run_starts_is_heard(
    tmp_path: Path, kind: NoteKind, ending: str
) -> None:
    stage = Stage(tmp_path)
    campaign = await stage.create()
    with Spool(campaign.path) as spool:
        spool.post([Note(kind=kind, at=SystemClock().time() + 60)])
    assert (await stage.run(campaign)).ending == ending
    assert stage.twilio.posts == []


async def test_held_rows_of_a_cancelled_campaign_are_sent_if_somebody_decides_so(
    tmp_path: Path,
) -> None:
    stage, campaign = await _held(tmp_path)
    await campaign.cancel()
    assert campaign.counts() == Counts(held=2, skipped=6)
    assert await campaign.resend([1, 2]) == [1, 2]
    assert (await stage.run(campaign)).counts == Counts(accepted=2, skipped=6)


async def _held(folder: Path) -> tuple[Stage, Campaign]:
    stage = Stage(folder)
    campaign = await stage.create()
    await stage.run(campaign, lambda *_: "lost", concurrency=1, max_messages=2, pause_above=None)
    await campaign.reconcile(stage.client, settle=0.0, scan_interval=0.0)
    assert campaign.counts() == Counts(ready=6, held=2)
    return stage, campaign


@pytest.mark.parametrize("policy", ["resend", "repeat"])
@pytest.mark.parametrize("settled_by", ["run", "reconcile"])
async def test_nothing_of_a_cancelled_campaign_is_sent_again_by_itself(
    tmp_path: Path, policy: OnUnknown, settled_by: str
) -> None:
    stage = Stage(tmp_path)
    campaign = await stage.create()
    await stage.run(campaign, lambda *_: "lost", concurrency=1, max_messages=2, settle=3600.0)
    await campaign.cancel()
    assert campaign.counts() == Counts(unknown=2, skipped=6)
    if settled_by == "run":
        await stage.run(campaign, on_unknown=policy)
    else:
        await campaign.reconcile(stage.client, on_unknown=policy, settle=0.0, scan_interval=0.0)
    assert campaign.counts() == Counts(held=2, skipped=6)
    assert len(stage.twilio.posts) == 2


async def test_with_a_deadline_no_row_waits_while_it_is_announced(tmp_path: Path) -> None:
    """It is put back: what goes out after a wait has the validity that is left then."""
    stage = Stage(tmp_path, rows=1)
    campaign = await stage.create()
    late = dt.datetime.now(dt.UTC) + dt.timedelta(seconds=90)
    first = lambda number, _: "429 2" if number == 1 else "accept"  # noqa: E731 - one line
    async with stage.run(campaign, first, not_after=late) as run:
        async for event in run:
            assert isinstance(event, RowEvent)
            assert event.state == "READY"
            break
