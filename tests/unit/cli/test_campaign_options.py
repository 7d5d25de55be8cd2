from __future__ import annotations

import asyncio
import datetime as dt
import io
from pathlib import Path

import pytest

from async_messaging.campaigns.campaign import Campaign
from async_messaging.campaigns.database import run_lock
from async_messaging.cli.campaign_options import confirm, heard, ledger_at, moment_of, span_of
from async_messaging.cli.options import check_rate
from async_messaging.errors import InvalidInput, SettingsError
from tests.unit.campaigns.ledgers import sealed_file


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("90d", dt.timedelta(days=90)),
        ("12h", dt.timedelta(hours=12)),
        (" 1.5H ", dt.timedelta(minutes=90)),
        ("30m", dt.timedelta(minutes=30)),
        ("45s", dt.timedelta(seconds=45)),
        ("2w", dt.timedelta(days=14)),
        ("0d", dt.timedelta()),
    ],
)
def test_a_span_of_time(text: str, span: dt.timedelta) -> None:
    assert span_of(text) == span


@pytest.mark.parametrize("text", ["", "90", "d", "-1d", "90 days", "1y", "99999999999999w", "1d2h"])
def test_what_is_no_span(text: str) -> None:
    with pytest.raises(InvalidInput, match="--after: must be a span of time"):
        span_of(text)


def test_a_name_is_a_file_of_this_folder() -> None:
    assert ledger_at("spring", None) == Path("spring.campaign")
    assert ledger_at("spring.campaign", None) == Path("spring.campaign")
    assert ledger_at("spring", Path("/x/y.campaign")) == Path("/x/y.campaign")
    assert ledger_at(None, Path("y")) == Path("y")


@pytest.mark.parametrize("name", [None, "", "../spring", "/spring", ".spring", "a/b"])
def test_what_names_no_campaign(name: str | None) -> None:
    with pytest.raises(SettingsError):
        ledger_at(name, None)


def test_a_moment_has_a_zone() -> None:
    assert moment_of(None, "--not-after") is None
    moment = moment_of("2025-01-31T18:00:00+01:00", "--not-after")
    assert moment == dt.datetime(2025, 1, 31, 17, tzinfo=dt.UTC)
    for text in ("2025-01-31T18:00:00", "2025-01-31", "tomorrow"):
        with pytest.raises(InvalidInput, match="--not-after: must be a moment with its zone"):
            moment_of(text, "--not-after")


@pytest.mark.parametrize("rate", [0.0, -1.0, float("nan"), float("inf")])
def test_what_is_no_rate(rate: float) -> None:
    with pytest.raises(SettingsError, match="--rate must be above 0"):
        check_rate(rate)


def test_nobody_is_asked_where_nobody_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("y\n"))
    assert confirm("Really?", yes=True)
    with pytest.raises(SettingsError, match="Nobody is here to answer: --yes says yes"):
        confirm("Really?", yes=False)


def test_what_others_left_is_taken_in_before_a_command_reads(tmp_path: Path) -> None:
    path, _ = asyncio.run(sealed_file(tmp_path))
    campaign = Campaign.open(path)
    assert not heard(campaign).has_mail()
    campaign.set_rate(7.0)
    assert campaign.has_mail()
    assert not heard(campaign).has_mail()
    assert campaign.facts().rate == 7.0


def test_what_can_not_be_taken_in_keeps_nobody_from_reading(tmp_path: Path) -> None:
    path, _ = asyncio.run(sealed_file(tmp_path))
    campaign = Campaign.open(path)
    campaign.set_rate(7.0)
    lock = run_lock(path)  # a run has it, and takes it in itself
    assert heard(campaign).has_mail()
    lock.release()
    path.with_name(f"{path.name}-spool").write_bytes(b"no database at all, but long enough" * 40)
    assert heard(campaign).counts().ready == 2
