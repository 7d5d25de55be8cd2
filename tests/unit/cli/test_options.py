from __future__ import annotations

from pathlib import Path

import pytest

from async_messaging.cli.options import needed_sender, sender_of, suppressions_file
from async_messaging.errors import SettingsError


def test_the_option_goes_before_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    assert sender_of(None) is None
    monkeypatch.setenv("TWILIO_MESSAGING_SERVICE_SID", "MG" + "1" * 32)
    assert sender_of(None) == "MG" + "1" * 32
    monkeypatch.setenv("TWILIO_FROM", "+15005550006")
    assert sender_of(None) == "+15005550006"
    assert sender_of("ACME") == "ACME"


def test_no_sender_at_all_is_said() -> None:
    with pytest.raises(SettingsError, match="--from"):
        needed_sender(None)


def test_who_wants_no_more_is_in_the_file_given_or_named_or_beside_the_campaign(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    folder = Path("campaigns")
    assert suppressions_file(None, folder) == folder / "suppressions.db"
    monkeypatch.setenv("ASYNC_MESSAGING_SUPPRESSIONS", "/all.db")
    assert suppressions_file(None, folder) == Path("/all.db")
    assert suppressions_file(Path("own.db"), folder) == Path("own.db")
