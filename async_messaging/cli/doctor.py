"""``async-messaging doctor``: whether campaigns, disk, clock, credentials and Twilio are all right."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Literal

import msgspec
import typer
from rich.text import Text

from .exits import Exit, command
from .options import BaseUrl, Json
from .screen import aligned, out, say_json

Verdict = Literal["ok", "warn", "FAIL"]

_STYLES: dict[Verdict, str] = {"ok": "green", "warn": "yellow", "FAIL": "bold red"}


class Check(msgspec.Struct, frozen=True):
    """One thing that was looked at; `exit` is the exit status if it fails."""

    name: str
    verdict: Verdict
    said: str
    exit: Exit = Exit.UNEXPECTED


@command(verbose=True)
def doctor(
    ledger: Annotated[
        list[Path] | None,
        typer.Option(
            "--ledger", metavar="FILE", help="A campaign's file; else all of this folder."
        ),
    ] = None,
    base_url: BaseUrl = None,
    as_json: Json = False,
) -> None:
    """Check campaigns, disk, clock and credentials.

    Nothing is sent or changed.
    """
    status = Exit.OK
    for check in _checks(ledger, base_url):
        if as_json:
            say_json({"check": check.name, "verdict": check.verdict.lower(), "said": check.said})
        else:
            _put(check)
        if check.verdict == "FAIL":
            status = max(status, check.exit)
    if status:
        raise typer.Exit(status)


def _checks(ledgers: list[Path] | None, base_url: str | None) -> Iterator[Check]:
    from .checks import disk_checks, ledger_check, remote_checks

    found = ledgers or sorted(Path().glob("*.campaign"))
    folder = found[0].parent if ledgers and found else Path()
    yield from disk_checks(folder)
    for path in found:
        yield ledger_check(path)
    if not found:
        yield Check("campaigns", "ok", "none here")
    yield from asyncio.run(remote_checks(base_url))


def _put(check: Check) -> None:
    width = max(20, out().width)
    for line in aligned([(check.verdict.ljust(4), check.name.ljust(11), check.said)], width=width):
        text = Text(line)
        text.highlight_regex(rf"^{check.verdict}", _STYLES[check.verdict])
        out().put(text)
