"""The command line in this process: no sockets, wrong usage only."""

from __future__ import annotations

from collections.abc import Callable, Generator
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from async_messaging.cli import screen
from async_messaging.cli.app import app

Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Generator[Run]:
    """Runs the command line in an empty directory; the account is a made-up one."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TWILIO_ACCOUNT_SID", "AC" + "0" * 32)
    monkeypatch.setenv("TWILIO_AUTH_TOKEN", "f" * 32)
    monkeypatch.setenv("COLUMNS", "80")

    def started(*arguments: str) -> Result:
        screen.out.cache_clear()
        screen.err.cache_clear()
        return CliRunner().invoke(app, list(arguments), prog_name="async-messaging")

    yield started
    screen.out.cache_clear()
    screen.err.cache_clear()
