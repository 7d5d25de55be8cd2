"""``async-messaging listen``: a ready-made receiver of receipts and STOPs for campaigns."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from msgspec.structs import asdict

from ..settings import find_auth_token
from .exits import command
from .options import Json, SuppressionsFile, Verbose, suppressions_file
from .screen import say_json


@command()
async def listen(
    ledgers: Annotated[
        list[Path],
        typer.Option("--ledger", metavar="FILE", help="A campaign's file; repeatable."),
    ],
    public_url: Annotated[
        str,
        typer.Option(metavar="URL", help="Where Twilio reaches this, https://example.com/twilio."),
    ],
    port: Annotated[
        int, typer.Option(min=0, max=65_535, metavar="N", help="The port here.")
    ] = 8020,
    host: Annotated[str, typer.Option(metavar="ADDRESS", help="The address here.")] = "127.0.0.1",
    suppressions: SuppressionsFile = None,
    as_json: Json = False,
    verbose: Verbose = False,
) -> None:
    """Receive what Twilio reports: receipts and STOPs go into campaigns, also while they run.

    Every path below the public URL is answered. Requests that Twilio did not sign are refused;
    TWILIO_AUTH_TOKEN verifies them. What came is on the disk when Twilio gets its answer. Ctrl-C
    ends it; what is under way is finished.
    """
    from ..audience.suppressions import SuppressionStore
    from ..campaigns.campaign import Campaign
    from ..campaigns.mailbox import Mailbox
    from .listening import Listener, left_to, serve

    campaigns = [Campaign.open(path) for path in ledgers]
    folders = [campaign.path.parent for campaign in campaigns]
    files = {suppressions_file(suppressions, folder).absolute() for folder in folders}
    stores = [SuppressionStore(path) for path in sorted(files)]
    mailbox = Mailbox(*(campaign.path for campaign in campaigns))
    listener = Listener(find_auth_token(), public_url, mailbox, stores)
    await serve(listener, host, port, as_json=as_json, verbose=verbose)
    await mailbox.close()
    for campaign in campaigns:
        await left_to(campaign)
    if as_json:
        say_json({"ended": True, **asdict(listener.heard)})
