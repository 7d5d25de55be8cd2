"""A campaign as a program holds it: estimated, tested, settled, decided on, closed."""

from __future__ import annotations

from pathlib import Path

import pytest

from async_messaging.campaigns.campaign import Campaign
from async_messaging.campaigns.rows import Counts
from async_messaging.campaigns.run import CampaignRun
from async_messaging.errors import InvalidInput, LedgerError, MessagingError
from tests.unit.campaigns.stage import Stage
from tests.unit.campaigns.twilio import Behaviour
from tests.unit.pipeline.calls import problem


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return Stage(tmp_path)


@pytest.mark.parametrize("decision", ["resend", "assume_sent"])
async def test_a_person_decides_on_held_rows_only(stage: Stage, decision: str) -> None:
    campaign = await stage.create()
    behave: Behaviour = lambda n, _: "lost" if n <= 2 else "accept"  # noqa: E731 - one line
    await stage.run(campaign, behave, concurrency=1)
    assert campaign.counts() == Counts(accepted=6, held=2)
    assert await getattr(campaign, decision)([1, 2, 3, 99]) == [1, 2]
    if decision == "resend":
        assert (await stage.run(campaign)).counts == Counts(accepted=8)
    else:
        assert campaign.counts() == Counts(accepted=6, skipped=2)


async def test_reconcile_finds_held_rows_later(stage: Stage) -> None:
    campaign = await stage.create()
    stage.twilio.lag = 1e9
    await stage.run(campaign, lambda n, _: "lost after" if n <= 2 else "accept", concurrency=1)
    assert campaign.counts() == Counts(accepted=6, held=2)
    stage.twilio.read = lambda *_: problem(401, 20003)
    with pytest.raises(MessagingError):
        await campaign.reconcile(stage.client)
    stage.twilio.read, stage.twilio.lag = (lambda *_: None), 0.0
    assert await campaign.reconcile(stage.client) == Counts(accepted=8)
    assert len(stage.twilio.posts) == 8


async def test_another_campaigns_message_is_no_evidence(stage: Stage, tmp_path: Path) -> None:
    other = await stage.create()
    assert (await stage.run(other)).counts == Counts(accepted=8)
    stage.path = tmp_path / "again.campaign"
    campaign = await stage.create(again=True)
    result = await stage.run(campaign, lambda n, _: "lost" if n == 9 else "accept", concurrency=1)
    assert result.counts == Counts(accepted=7, held=1)


async def test_a_test_touches_no_row(stage: Stage) -> None:
    campaign = await stage.create(status_callback="https://example.com/sms")
    message = await campaign.test(stage.client, "+14165550000", row=2)
    assert message.sid
    [form] = stage.twilio.posts
    assert (form["To"], form["Body"]) == ("+14165550000", "Hi n2")
    assert "StatusCallback" not in form
    assert campaign.counts() == Counts(ready=8)
    with pytest.raises(InvalidInput, match="no row 99"):
        await campaign.test(stage.client, "+14165550000", row=99)
    await stage.run(campaign)
    assert all("token=" in form["StatusCallback"] for form in stage.twilio.posts[1:])


async def test_all_runs_are_closed_though_one_fails(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    campaign = await stage.create()
    first, second = stage.run(campaign), stage.run(campaign)
    closed: list[CampaignRun] = []

    async def close(run: CampaignRun) -> None:
        closed.append(run)
        raise LedgerError("no")

    monkeypatch.setattr(CampaignRun, "close", close)
    with pytest.raises(LedgerError):
        async with campaign:
            pass
    assert closed == [second, first]


def test_there_must_be_a_campaign(tmp_path: Path) -> None:
    with pytest.raises(LedgerError, match="there is no campaign"):
        Campaign.open(tmp_path / "none.campaign")
    (tmp_path / "no.campaign").write_text("hello", encoding="utf-8")
    with pytest.raises(LedgerError):
        Campaign.open(tmp_path / "no.campaign")
