"""What the commands of a campaign have in common: which one is meant, questions, spans of time."""

from __future__ import annotations

import asyncio
import datetime as dt
import re
import sys
from contextlib import suppress
from pathlib import Path
from typing import Annotated

import typer

from ..audience.suppressions import SuppressionStore
from ..campaigns.campaign import Campaign
from ..errors import InvalidInput, LedgerError, SettingsError
from .options import suppressions_file
from .screen import err

Name = Annotated[
    str | None,
    typer.Argument(metavar="NAME", help="The campaign NAME.campaign of this folder."),
]
LedgerFile = Annotated[
    Path | None,
    typer.Option("--ledger", metavar="FILE", help="The campaign's file, instead of its name."),
]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Don't ask; for scripts.")]

_SPAN = re.compile(r"(\d+(?:\.\d+)?)\s*([smhdw])")
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}
_SUFFIX = ".campaign"


def ledger_at(name: str | None, ledger: Path | None) -> Path:
    """The file of the campaign that is meant; it need not be there."""
    if ledger is not None:
        return ledger
    if not name:
        raise SettingsError("which campaign? give its name, or --ledger FILE")
    if Path(name).name != name or name.startswith("."):
        raise SettingsError("a campaign's name has no folder in it; --ledger takes a path")
    return Path(name if name.endswith(_SUFFIX) else f"{name}{_SUFFIX}")


def campaign_at(name: str | None, ledger: Path | None) -> Campaign:
    """The campaign that is meant; it is there."""
    return Campaign.open(ledger_at(name, ledger))


def suppressions_at(given: Path | None, campaign: Path) -> SuppressionStore:
    """The file of those who want no more messages: as given, else beside the campaign."""
    return SuppressionStore(suppressions_file(given, campaign.parent))


def heard(campaign: Campaign) -> Campaign:
    """The campaign, with what others left for it taken in, unless a run does that or it can't be written."""
    with suppress(LedgerError):
        if campaign.has_mail():
            asyncio.run(campaign.take_in())
    return campaign


def span_of(text: str) -> dt.timedelta:
    """A span of time: ``90d``, ``12h``, ``30m``, ``45s``, ``2w``."""
    if found := _SPAN.fullmatch(text.strip().lower()):
        with suppress(OverflowError):
            return dt.timedelta(seconds=float(found[1]) * _SECONDS[found[2]])
    raise InvalidInput("must be a span of time: 90d, 12h, 30m, 2w", field="--after")


def moment_of(text: str | None, field: str) -> dt.datetime | None:
    """A moment with its zone."""
    if text is None:
        return None
    try:
        moment = dt.datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.utcoffset() is None:
        raise InvalidInput(
            "must be a moment with its zone, 2025-01-31T18:00:00+01:00 or ...Z", field=field
        )
    return moment


def is_asked() -> bool:
    """Whether somebody is there to answer a question."""
    return sys.stdin.isatty()


def confirm(question: str, *, yes: bool) -> bool:
    """Ask a question on the terminal; ``--yes`` has answered it."""
    if yes:
        return True
    if not is_asked():
        raise SettingsError(f"{question} Nobody is here to answer: --yes says yes")
    err().print(f"{question} [y/N] ", end="", soft_wrap=True)
    try:
        answer = sys.stdin.readline()
    except KeyboardInterrupt:
        err().put()
        return False
    return answer.strip().lower() in {"y", "yes"}
