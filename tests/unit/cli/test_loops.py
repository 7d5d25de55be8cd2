"""Which loop a command runs on."""

from __future__ import annotations

import asyncio
import sys

import pytest
from typer.testing import CliRunner

from async_messaging.cli.app import app
from async_messaging.cli.loops import LoopName, run_on
from async_messaging.errors import SettingsError


async def kind() -> str:
    return type(asyncio.get_running_loop()).__module__.split(".")[0]


@pytest.mark.parametrize("name", list(LoopName))
def test_work_runs_on_the_loop_that_was_named(name: LoopName) -> None:
    assert run_on(name, kind) == name.value


def test_without_uvloop_a_sentence_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "uvloop", None)
    with pytest.raises(SettingsError, match=r"async-messaging\[speed\]"):
        run_on(LoopName.UVLOOP, kind)


@pytest.mark.parametrize("command", [["bulk"], ["campaign", "run"], ["campaign", "resume"]])
def test_commands_that_send_many_take_a_loop(command: list[str]) -> None:
    shown = CliRunner().invoke(app, [*command, "--help"], env={"COLUMNS": "100"}).output
    assert "asyncio|uvloop" in shown
    assert "ASYNC_MESSAGING_LOOP" in shown


def test_another_loop_is_refused() -> None:
    ended = CliRunner().invoke(app, ["bulk", "rows.csv", "--loop", "trio"])
    assert ended.exit_code == 2
