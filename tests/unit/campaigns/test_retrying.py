from __future__ import annotations

from pathlib import Path

import pytest

from async_messaging.audience.suppressions import SuppressionStore
from async_messaging.campaigns.campaign import Campaign
from async_messaging.campaigns.importing import ImportOptions
from async_messaging.campaigns.privacy import forget
from async_messaging.campaigns.reading import LedgerView
from async_messaging.campaigns.report import report_rows
from async_messaging.campaigns.retrying import NEVER, RETRIED, checked_codes, retry
from async_messaging.campaigns.rows import Note
from async_messaging.campaigns.spool import Spool
from async_messaging.errors import InvalidInput, LedgerError
from tests.unit.campaigns.stage import Stage

ENDINGS = {1: 30003, 2: 30008, 3: 30007, 4: 30005, 5: None}


async def ended(folder: Path, **options: object) -> tuple[Stage, Campaign]:
    """A campaign of five, of which two may be retried."""
    stage = Stage(folder, rows=5)
    given: ImportOptions = {**options}  # type: ignore[typeddict-item]
    campaign = await stage.create(**given)
    await stage.run(campaign, concurrency=1)
    for row, code in ENDINGS.items():
        status = "undelivered" if code else "delivered"
        stage.ends(row, status=status, error_code=code)
    await campaign.sync(stage.client)
    return stage, campaign


async def test_a_retry_is_a_sealed_campaign_of_what_may_be_sent_again(tmp_path: Path) -> None:
    stage, campaign = await ended(tmp_path)
    with LedgerView(campaign.path) as view:
        before = list(report_rows(view))
    again, result = await campaign.retry(tmp_path / "again.campaign")
    assert (result.rows, result.segments) == (2, 2)
    facts = again.facts()
    assert (facts.rows, facts.plan.name, facts.plan.source) == (2, "again", "spring.campaign")
    posts = len(stage.twilio.posts)
    await stage.run(again)
    assert [form["To"] for form in stage.twilio.posts[posts:]] == ["+14155550001", "+14155550002"]
    assert [form["Body"] for form in stage.twilio.posts[posts:]] == ["Hi n1", "Hi n2"]
    with LedgerView(campaign.path) as view:
        assert list(report_rows(view)) == before
    with LedgerView(again.path) as view:
        assert [row.row for row in report_rows(view)] == [1, 2]
        assert view.check() == []


async def test_no_row_is_retried_twice(tmp_path: Path) -> None:
    _, campaign = await ended(tmp_path)
    await campaign.retry(tmp_path / "one.campaign", [30003])
    with pytest.raises(LedgerError, match="there already"):
        await retry(campaign.path, tmp_path / "one.campaign", [30003])
    with pytest.raises(InvalidInput, match=r"one\.campaign retries them already"):
        await campaign.retry(tmp_path / "two.campaign", [30003])
    _, second = await campaign.retry(tmp_path / "two.campaign")
    assert (second.rows, second.retried) == (1, 1)


async def test_what_was_not_delivered_again_is_retried_from_the_retry(tmp_path: Path) -> None:
    stage, campaign = await ended(tmp_path)
    again, _ = await campaign.retry(tmp_path / "again.campaign")
    await stage.run(again, concurrency=1)
    for number in (6, 7):
        stage.ends(number, status="undelivered", error_code=30003)
    await again.sync(stage.client)
    _, result = await again.retry(tmp_path / "third.campaign")
    assert result.rows == 2


async def test_people_who_want_no_more_are_left_out(tmp_path: Path) -> None:
    _, campaign = await ended(tmp_path)
    store = SuppressionStore(tmp_path / "suppressions.db")
    await store.stop(
        number="+14155550001", sender="+15017122661", service="", account="AC", sid="SM"
    )
    with Spool(campaign.path) as spool:
        spool.post([Note(kind="stop", at=1.0, to="+14155550002")])
    with pytest.raises(InvalidInput, match=r"\(2 opted out\)"):
        await campaign.retry(tmp_path / "again.campaign", suppressions=store)
    store.close()


async def test_who_is_forgotten_is_left_out(tmp_path: Path) -> None:
    _, campaign = await ended(tmp_path)
    forget(tmp_path, "+14155550001")
    _, result = await campaign.retry(tmp_path / "again.campaign")
    assert (result.rows, result.gone) == (1, 1)


async def test_messages_that_are_on_their_way_are_waited_for(tmp_path: Path) -> None:
    stage = Stage(tmp_path, rows=2)
    campaign = await stage.create()
    await stage.run(campaign, concurrency=1)
    stage.ends(1, status="undelivered", error_code=30003)
    await campaign.sync(stage.client)
    with pytest.raises(LedgerError, match="still on their way"):
        await campaign.retry(tmp_path / "again.campaign")
    _, result = await campaign.retry(tmp_path / "again.campaign", although_open=True)
    assert result.rows == 1


@pytest.mark.parametrize("code", sorted(NEVER))
def test_some_codes_are_never_retried(code: int) -> None:
    with pytest.raises(InvalidInput, match=f"{code} is never retried: the "):
        checked_codes([30003, code])


def test_codes_are_named() -> None:
    assert checked_codes([30003, 30003, 30001]) == (30003, 30001)
    assert checked_codes(RETRIED) == RETRIED
    with pytest.raises(InvalidInput, match="at least one"):
        checked_codes([])
