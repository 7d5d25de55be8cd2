from __future__ import annotations

from collections.abc import Callable
from importlib.metadata import version

import pytest
from typer.testing import Result

Run = Callable[..., Result]

COMMANDS = [
    (),
    ("send",),
    ("bulk",),
    ("campaign",),
    ("doctor",),
    ("listen",),
    ("messages",),
    ("messages", "list"),
    ("messages", "fetch"),
    ("outbox",),
    ("prices",),
    ("segments",),
    ("suppressions",),
    ("suppressions", "add"),
]


@pytest.mark.parametrize("command", COMMANDS)
def test_help_fits_80_columns_and_offers_no_secret(run: Run, command: tuple[str, ...]) -> None:
    done = run(*command, "--help")
    assert done.exit_code == 0
    assert max(map(len, done.stdout.splitlines())) <= 80
    assert "--auth-token" not in done.stdout
    assert "╭" not in done.stdout


def test_the_version_is_the_packages(run: Run) -> None:
    assert run("--version").stdout == f"async-messaging {version('async-messaging')}\n"


def test_an_unknown_option_is_wrong_usage(run: Run) -> None:
    assert run("send", "--nothing").exit_code == 2
