"""Campaigns at the command line: made, run, looked at."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Sequence

from tests.acceptance.programs import Cli, Record, Server, eventually, numbers, write_rows

FAST = ("--settle", "0.2", "--scan-interval", "0.1", "--timeout", "0.5")


def create(
    cli: Cli,
    *more: str,
    rows: Sequence[tuple[str, str]] = (),
    count: int = 20,
    name: str = "spring",
) -> subprocess.CompletedProcess[str]:
    """A campaign of so many people."""
    write_rows(cli.directory / "rows.csv", [*(rows or numbers(count))])
    options = ("--name", name, "--template", "Hi {name}", "--yes", *more)
    return cli.run("campaign", "create", "rows.csv", *options)


def run(cli: Cli, *more: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return cli.run("campaign", "run", "spring", "--rate", "2000", *FAST, *more, **environment)


def start(cli: Cli, *more: str, rate: str = "2000") -> subprocess.Popen[str]:
    return cli.start("campaign", "run", "spring", "--rate", rate, *FAST, *more)


def shown(done: subprocess.CompletedProcess[str]) -> Record:
    """The one object that a command printed."""
    found: Record = json.loads(done.stdout)
    return found


def status(cli: Cli) -> Record:
    return shown(cli.run("campaign", "status", "spring", "--json"))


def wait_for(server: Server, accepted: int) -> None:
    eventually(lambda: bool(server.stats()["accepted"] >= accepted))
