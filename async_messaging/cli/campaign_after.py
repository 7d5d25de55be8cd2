"""``campaign sync`` and ``retry``: what became of messages, and another try for some."""

from __future__ import annotations

import asyncio
from contextlib import closing
from pathlib import Path
from typing import Annotated

import typer
from msgspec.structs import asdict

from ..campaigns.campaign import Campaign
from ..campaigns.delivery import delivery_of
from ..campaigns.reading import LedgerView
from ..campaigns.retrying import RETRIED, RetryResult, checked_codes
from ..campaigns.sync import SyncResult
from ..client import MessagingClient
from ..errors import InvalidInput, SettingsError
from .campaign_figures import delivery_text
from .campaign_options import (
    LedgerFile,
    Name,
    Yes,
    campaign_at,
    confirm,
    heard,
    ledger_at,
    suppressions_at,
)
from .campaign_report import delivery_record
from .exits import command
from .options import BaseUrl, Json, SuppressionsFile
from .progress import Busy
from .screen import err, out, say_json


@command(verbose=True)
async def sync(
    name: Name = None,
    suppressions: SuppressionsFile = None,
    ledger: LedgerFile = None,
    base_url: BaseUrl = None,
    as_json: Json = False,
) -> None:
    """Learn from Twilio's list what became of messages.

    Statuses, codes, senders, segments and prices, for who has no public URL for callbacks; also
    while the campaign runs. Messages of this sender that no row has are counted.
    """
    campaign = campaign_at(name, ledger)
    read = 0

    def tell(messages: int) -> None:
        nonlocal read
        read = messages

    async with (
        MessagingClient(base_url=base_url) as client,
        Busy(err(), lambda: f"reading Twilio's list: {read:,} messages", quiet=as_json),
    ):
        store = suppressions_at(suppressions, campaign.path)
        result = await campaign.sync(client, suppressions=store, tell=tell)
    _show_sync(campaign, result, as_json=as_json)


def _show_sync(campaign: Campaign, result: SyncResult, *, as_json: bool) -> None:
    with LedgerView(campaign.path) as view:
        delivery = delivery_of(view)
    if as_json:
        say_json({**asdict(result), "delivery": delivery_record(delivery)})
        return
    out().put(
        f"{result.read:,} messages read, {result.matched:,} of this campaign; something new of"
        f" {result.changed:,}.",
        by_words=True,
    )
    out().put(f"{delivery_text(delivery)}.".capitalize(), by_words=True)
    if others := len(result.unclaimed):
        messages = "1 message" if others == 1 else f"{others:,} messages"
        out().put(f"{messages} of this sender and time belong to no row.", by_words=True)


@command()
def retry(
    target: Annotated[str, typer.Option("--as", metavar="NAME", help="The new campaign's name.")],
    name: Name = None,
    codes: Annotated[
        str,
        typer.Option(metavar="CODES", help="Twilio's codes of what is sent again."),
    ] = ",".join(map(str, RETRIED)),
    suppressions: SuppressionsFile = None,
    ledger: LedgerFile = None,
    yes: Yes = False,
    as_json: Json = False,
) -> None:
    """Make a new campaign of what carriers did not deliver.

    Only messages that Twilio accepted and that ended with one of the codes are in it. The first
    campaign stays as it is, and no row is retried twice. campaign run sends the new one.
    """
    wanted = checked_codes(_numbers(codes))
    campaign = heard(campaign_at(name, ledger))
    _check_ended(campaign, yes=yes)
    file = ledger_at(target, None if ledger is None else ledger.parent / f"{target}.campaign")
    with closing(suppressions_at(suppressions, campaign.path)) as store:
        made, result = asyncio.run(
            campaign.retry(file, wanted, suppressions=store, although_open=True)
        )
    rate = campaign.facts().rate
    if rate is not None:
        made.set_rate(rate)
        asyncio.run(made.take_in())
    _show_retry(file, result, as_json=as_json)


def _numbers(codes: str) -> list[int]:
    try:
        return [int(code) for code in codes.split(",") if code.strip()]
    except ValueError:
        raise InvalidInput("must be Twilio's codes: 30003,30008", field="--codes") from None


def _check_ended(campaign: Campaign, *, yes: bool) -> None:
    if campaign.process() is not None:
        raise SettingsError("the campaign still runs: retry it when it has ended")
    if moving := campaign.moving():
        messages = "1 message has" if moving == 1 else f"{moving:,} messages have"
        question = f"{messages} no final status yet, and won't be in the retry. Go on?"
        if not confirm(question, yes=yes):
            raise SettingsError("no retry was made")


def _show_retry(path: Path, result: RetryResult, *, as_json: bool) -> None:
    if as_json:
        say_json({"ledger": str(path), **asdict(result)})
        return
    out().put(f"{path.name}: {result.rows:,} rows, {result.segments:,} segments.")
    left = {
        "who opted out": result.opted_out,
        "that are retried already": result.retried,
        "whose number is gone": result.gone,
    }
    for why, rows in left.items():
        if rows:
            out().put(f"Left out: {rows:,} {why}.")
    out().put("campaign run sends it.")
