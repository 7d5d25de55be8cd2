"""``campaign pause``, ``set`` and ``cancel``: said to the process that runs it, or done at once."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Annotated

import typer

from ..campaigns.campaign import Campaign
from ..errors import SettingsError
from .campaign_options import LedgerFile, Name, Yes, campaign_at, confirm
from .campaign_report import moving_text
from .campaign_watch import Look
from .exits import command
from .options import Json, check_rate
from .progress import Busy
from .screen import err, out, say_json

_PATIENCE = 45.0
_LOOKS = 0.1


@command()
async def pause(name: Name = None, ledger: LedgerFile = None, as_json: Json = False) -> None:
    """Pause a campaign that another process runs.

    Waits until it has paused.
    """
    campaign = campaign_at(name, ledger)
    if campaign.process() is None:
        _tell(campaign, "Nothing runs it, so there is nothing to pause.", as_json=as_json)
        return
    campaign.pause()
    ended = await _gone(campaign, quiet=as_json)
    said = "Paused." if ended else "It was told to pause; calls in flight still run."
    _tell(campaign, said, as_json=as_json)


@command()
def cancel(
    name: Name = None, ledger: LedgerFile = None, yes: Yes = False, as_json: Json = False
) -> None:
    """Never send the rows that are left. What was accepted stays so."""
    campaign = campaign_at(name, ledger)
    to_go = Look(campaign, fully=False).standing.to_go
    if not to_go and campaign.process() is None:
        _tell(campaign, "No row is to go, so there is nothing to cancel.", as_json=as_json)
        return
    question = f"Never send the {to_go:,} rows that are to go?"
    if not confirm(question, yes=yes):
        raise SettingsError("it was not cancelled")
    asyncio.run(_cancel(campaign, as_json=as_json))


async def _cancel(campaign: Campaign, *, as_json: bool) -> None:
    done = await campaign.cancel() or await _gone(campaign, quiet=as_json)
    said = "Cancelled." if done else "It was told to cancel; calls in flight still run."
    _tell(campaign, said, as_json=as_json)


@command()
async def set_options(
    rate: Annotated[float, typer.Option("--rate", metavar="N", help="Segments a second.")],
    name: Name = None,
    ledger: LedgerFile = None,
    as_json: Json = False,
) -> None:
    """Set the rate of the run that goes on, or of the next."""
    check_rate(rate)
    campaign = campaign_at(name, ledger)
    campaign.set_rate(rate)
    now = not await campaign.take_in()
    if as_json:
        say_json({"campaign": campaign.facts().plan.name, "rate": rate, "running": now})
    else:
        when = "from now on" if now else "when it runs again"
        out().put(f"{rate:,g} segments/s, {when}.")


async def _gone(campaign: Campaign, *, quiet: bool) -> bool:
    """Wait until nothing runs it any more."""
    process = campaign.process()
    end = time.monotonic() + _PATIENCE
    doing: Callable[[], str] = lambda: f"waiting for process {process}: calls in flight finish"  # noqa: E731
    async with Busy(err(), doing, quiet=quiet):
        while campaign.process() is not None:
            if time.monotonic() > end:
                return False
            await asyncio.sleep(_LOOKS)
    return True


def _tell(campaign: Campaign, said: str, *, as_json: bool) -> None:
    look = Look(campaign, fully=False)
    if as_json:
        say_json(look.record())
        return
    rows = look.standing
    out().put(said)
    out().put(
        f"Rows: {rows.accepted:,} accepted, {rows.refused:,} refused, {rows.to_go:,} to go,"
        f" {rows.being_checked:,} being checked, {rows.held:,} held, {rows.skipped:,} skipped.",
        by_words=True,
    )
    out().put(moving_text(look.moving), by_words=True)
