"""How a run may be asked for."""

from __future__ import annotations

import datetime as dt
from typing import Any

import msgspec
import pytest

from async_messaging.campaigns.options import RunOptions
from async_messaging.errors import SettingsError


@pytest.mark.parametrize(
    "wrong",
    [
        {"rate": 0.0},
        {"rate": -1.0},
        {"rate": float("inf")},
        {"rate": float("nan")},
        {"concurrency": 0},
        {"on_unknown": "retry"},
        {"settle": -1.0},
        {"settle": float("nan")},
        {"scan_interval": -0.1},
        {"scan_interval": float("inf")},
        {"grace": -1.0},
        {"max_messages": 0},
        {"not_after": dt.datetime(2026, 1, 1)},  # noqa: DTZ001 - that is what is wrong
        {"pause_above": 0.0},
        {"pause_above": 1.5},
        {"pause_above": float("nan")},
    ],
)
def test_what_can_not_be_done_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(SettingsError):
        RunOptions(**wrong)
    with pytest.raises(SettingsError):
        msgspec.structs.replace(RunOptions(), **wrong)


def test_the_ledger_keeps_what_a_run_was_started_with() -> None:
    options = RunOptions(
        rate=2.5,
        on_unknown="resend",
        max_messages=7,
        not_after=dt.datetime(2026, 1, 1, tzinfo=dt.UTC),
        pause_above=None,
    )
    assert msgspec.json.decode(msgspec.json.encode(options), type=RunOptions) == options
    assert msgspec.json.decode(msgspec.json.encode(RunOptions()), type=RunOptions) == RunOptions()
