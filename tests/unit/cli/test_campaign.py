from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import Result

from async_messaging.errors import InvalidInput

Run = Callable[..., Result]

COMMANDS = [
    "create",
    "test",
    "run",
    "resume",
    "status",
    "watch",
    "pause",
    "set",
    "cancel",
    "reconcile",
    "held",
    "report",
    "sync",
    "retry",
    "purge",
    "forget",
]


@pytest.mark.parametrize("command", COMMANDS)
def test_help_is_plain_text(run: Run, command: str) -> None:
    words = ("async-messaging", "campaign", command)
    assert run(*words[1:], "--help").stdout.startswith(f"Usage: {' '.join(words)}")


@pytest.mark.parametrize("command", COMMANDS)
def test_help_fits_80_columns(run: Run, command: str) -> None:
    done = run("campaign", command, "--help")
    assert done.exit_code == 0
    assert max(map(len, done.stdout.splitlines())) <= 80


def test_every_command_is_told_in_a_whole_sentence(run: Run) -> None:
    shown = run("campaign", "--help").stdout.partition("Commands:")[2].partition("\n\n")[0]
    assert [line.split()[0] for line in shown.splitlines() if line.strip()] == COMMANDS
    assert "..." not in shown


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("run", "none", "--rate", "1"), "there is no campaign none.campaign"),
        (("run", "--rate", "1"), "which campaign?"),
        (("run", "x", "--rate", "0"), "--rate must be above 0"),
        (("run", "x", "--canary", "1", "--max-messages", "2"), "give one"),
        (("run", "x", "--rate", "1", "--not-after", "noon"), "a moment with its zone"),
        (("run", "x", "--rate", "1", "--settle", "-1"), "must not be negative"),
        (("run", "x", "--rate", "1", "--pause-above", "2"), "pause_above"),
        (("status", "a/b"), "has no folder in it"),
        (("held", "x", "--resend", "--assume-sent"), "exclude each other"),
        (("held", "x", "first"), "rows are numbers"),
        (("purge", "x", "--after", "soon"), "a span of time"),
        (("sync", "none"), "there is no campaign none.campaign"),
        (("retry", "x", "--as", "y", "--codes", "30003,often"), "must be Twilio's codes"),
        (("retry", "x", "--as", "y", "--codes", "30003,21610"), "21610 is never retried"),
        (("retry", "x", "--as", "y"), "there is no campaign x.campaign"),
        (("forget", "nobody"), "number"),
        (("set", "x", "--rate", "-5"), "--rate must be above 0"),
        (("create", "none.csv", "--yes", "--from", "ACME"), "there is no such file"),
        (("create", "rows.csv", "--yes", "--from", "ACME"), "there is no template"),
        (("create", "rows.csv", "--yes", "--template", "Hi"), "no sender: give --from"),
        (("create", "rows.csv", "--from", "ACME", "--template", "Hi"), "--yes agrees"),
        (
            ("create", "rows.csv", "--yes", "--from", "A", "--template", "Hi", "--rate", "0"),
            "--rate must be above 0",
        ),
    ],
)
def test_wrong_usage_is_said_in_a_sentence(
    run: Run, tmp_path: Path, arguments: tuple[str, ...], said: str
) -> None:
    (tmp_path / "rows.csv").write_text("phone,name\n+14155550100,Ada\n")
    done = run("campaign", *arguments)
    assert done.exit_code == 2
    assert done.stderr.startswith("async-messaging: ")
    assert said in " ".join(done.stderr.split())
    assert not list(tmp_path.glob("*.campaign*"))


def test_other_commands_do_not_load_campaigns() -> None:
    code = "import sys, async_messaging.cli.app; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(done.stdout.split())
    assert "async_messaging.cli.app" in loaded
    assert not loaded & {"sqlite3", "async_messaging.campaigns.campaign"}


@pytest.mark.parametrize("failing", ["pool_of", "plan_of", "_show", "confirm"])
def test_a_creation_that_fails_leaves_nothing(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failing: str
) -> None:
    (tmp_path / "rows.csv").write_text("phone,name\n+14155550100,Ada\n")
    words = [
        "campaign",
        "create",
        "rows.csv",
        "--yes",
        "--from",
        "+15005550006",
        "--template",
        "Hi",
    ]

    def fails(*_: object, **__: object) -> None:
        raise InvalidInput("can't be used", field="sender")

    with monkeypatch.context() as patch:
        patch.setattr(f"async_messaging.cli.campaign_create.{failing}", fails)
        assert run(*words).exit_code == 2
    assert [path.name for path in tmp_path.iterdir()] == ["rows.csv"]
    assert run(*words).exit_code == 0
    assert (tmp_path / "rows.campaign").exists()
