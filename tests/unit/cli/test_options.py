from __future__ import annotations

import pytest

from async_messaging.cli.options import needed_sender, sender_of
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
