from __future__ import annotations

from collections.abc import Collection, Iterable
from pathlib import Path

import pytest

from async_messaging.campaigns.campaign import Campaign
from async_messaging.campaigns.delivery import delivery_of
from async_messaging.campaigns.reading import LedgerView
from async_messaging.campaigns.report import report_rows
from async_messaging.campaigns.run import CampaignRun
from tests.unit.campaigns.stage import Stage

SERVICE = "MG" + "a" * 32


class Refused:
    """Suppressions that keep what they are told."""

    def __init__(self) -> None:
        self.pairs: list[tuple[str, str]] = []

    async def blocked(self, pairs: Collection[tuple[str, str]]) -> set[tuple[str, str]]:
        return set()

    def refused(self, pairs: Iterable[tuple[str, str]]) -> None:
        self.pairs += pairs


def report_of(campaign: Campaign) -> list[tuple[object, ...]]:
    with LedgerView(campaign.path) as view:
        return [(r.status, r.code, r.sender, r.price, r.segments) for r in report_rows(view)]


async def test_rows_learn_what_the_list_tells(tmp_path: Path) -> None:
    stage = Stage(tmp_path, rows=3)
    campaign = await stage.create()
    await stage.run(campaign)
    stage.ends(1, status="delivered", price="-0.0079", price_unit="USD", num_segments="2")
    stage.ends(2, status="undelivered", error_code=30003)
    result = await campaign.sync(stage.client)
    assert (result.read, result.matched, result.changed, result.unclaimed) == (3, 3, 3, ())
    first, second, third = report_of(campaign)
    assert str(first) == "('delivered', None, '+15017122661', Decimal('-0.0079'), 2)"
    assert second[:3] == ("undelivered", 30003, "+15017122661")
    assert third[:3] == ("queued", None, "+15017122661")
    assert (await campaign.sync(stage.client)).changed == 0


async def test_the_list_is_read_whole_and_by_sender(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    stage.twilio.page = 3
    campaign = await stage.create()
    await stage.run(campaign)
    assert (await campaign.sync(stage.client)).matched == 8
    first = stage.twilio.reads[-3]
    assert (first["From"], first["PageSize"]) == ("+15017122661", "1000")
    assert not any(name.startswith("DateSent") for read in stage.twilio.reads for name in read)


async def test_what_no_row_has_is_named(tmp_path: Path) -> None:
    stage = Stage(tmp_path, rows=2)
    campaign = await stage.create()
    await stage.run(campaign)
    stranger = stage.twilio.accept({"To": "+14155559999", "From": "+15017122661"})
    stage.twilio.accept({"To": "+14155559999", "From": "+15017122662"})
    result = await campaign.sync(stage.client)
    assert (result.read, result.matched) == (4, 2)
    assert result.unclaimed == (stranger["sid"],)


async def test_a_run_takes_in_what_was_read_meanwhile(tmp_path: Path) -> None:
    stage = Stage(tmp_path, rows=4)
    campaign = await stage.create()
    run: CampaignRun = stage.run(campaign, concurrency=1)
    async with run:
        async for _ in run:
            if len(stage.twilio.messages) == 2:
                break
        stage.ends(1, status="delivered")
        assert (await campaign.sync(stage.client)).changed >= 1
        await run.finish()
    with LedgerView(campaign.path) as view:
        assert delivery_of(view).delivered == 1


async def test_a_campaign_that_has_not_run_reads_nothing(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    campaign = await stage.create()
    assert (await campaign.sync(stage.client)).read == 0
    assert stage.twilio.reads == []


async def test_a_message_to_who_opted_out_teaches_the_suppressions(tmp_path: Path) -> None:
    stage = Stage(tmp_path, rows=1)
    campaign = await stage.create()
    await stage.run(campaign)
    stage.ends(1, status="failed", error_code=21610)
    store = Refused()
    await campaign.sync(stage.client, suppressions=store)
    assert store.pairs == [("+14155550001", "+15017122661")]


@pytest.mark.parametrize("status", ["queued", "sent"])
async def test_the_list_never_takes_a_status_back(tmp_path: Path, status: str) -> None:
    stage = Stage(tmp_path, rows=1)
    campaign = await stage.create()
    await stage.run(campaign)
    stage.ends(1, status="delivered")
    await campaign.sync(stage.client)
    stage.ends(1, status=status)  # an older copy of the list
    await campaign.sync(stage.client)
    assert report_of(campaign)[0][0] == "delivered"
