"""Shared by all tests: no Twilio settings from outside, and time that tests drive."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable, Mapping

import hypothesis
import pytest

from async_messaging.testing import FakeClock
from tests.plugin_options import MISSING

pytest_plugins = ["pytester", *MISSING]

hypothesis.settings.register_profile("suite", deadline=None)  # machines are busy
hypothesis.settings.load_profile("suite")

# A suite that a shell runs in the background ignores SIGINT, and so would the programs it starts.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(autouse=True)
def _no_twilio_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith(("TWILIO_", "ASYNC_MESSAGING_"))]:
        monkeypatch.delenv(name)


if os.environ.get("TEST_LOOP") == "uvloop":

    def pytest_asyncio_loop_factories() -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
        """Run every test on uvloop's loop."""
        import uvloop

        return {"uvloop": uvloop.new_event_loop}


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(autojump=True)
