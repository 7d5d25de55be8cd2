from __future__ import annotations

import datetime as dt
import io
from pathlib import Path

import pytest

from async_messaging.cli.campaign_options import confirm, ledger_at, moment_of, span_of
from async_messaging.cli.options import check_rate
from async_messaging.errors import InvalidInput, SettingsError


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
