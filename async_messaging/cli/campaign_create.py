"""``campaign create`` and ``campaign test``: a campaign's file, and a look at one of its messages."""

from __future__ import annotations

import asyncio
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

import typer

from ..campaigns.campaign import Campaign
from ..campaigns.importing import ImportOptions, remove
from ..campaigns.reading import LedgerView
from ..client import MessagingClient
from ..codec.masking import mask_number
from ..errors import InvalidInput, SettingsError
from .bulk import opened_source
from .campaign_options import LedgerFile, Name, Yes, campaign_at, confirm, is_asked, ledger_at
from .campaign_plan import ShownPlan, plan_lines, plan_of, plan_record, pool_of
from .exits import command
from .options import BaseUrl, Json, MediaUrls, PhoneColumn, Sender, Template, check_rate, sender_of
from .progress import STYLES, Busy
from .screen import err, facts, out, record_of, say, say_json
from .sending import sentence_of
from .tally import Where


@command(verbose=True)
def create(
    source: Annotated[str, typer.Argument(metavar="FILE", help="CSV or JSON Lines.")],
    name: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="The campaign's name; else the file's."),
    ] = None,
    sender: Sender = None,
    template: Template = None,
    rate: Annotated[
        float | None,
        typer.Option(metavar="N", help="Segments a second; kept for the first run."),
    ] = None,
    media_url: MediaUrls = None,
    phone_column: PhoneColumn = None,
    status_callback: Annotated[
        str | None,
        typer.Option(metavar="URL", help="Where Twilio tells what becomes of each message."),
    ] = None,
    repeats: Annotated[
        bool, typer.Option("--repeats", help="A number in several rows gets several messages.")
    ] = False,
    again: Annotated[
        bool,
        typer.Option("--again", help="Even if another campaign here sends the same to the same."),
    ] = False,
    ledger: LedgerFile = None,
    yes: Yes = False,
    base_url: BaseUrl = None,
    as_json: Json = False,
) -> None:
    """Make a campaign of a file of recipients.

    Nothing is sent yet. Bad rows and repeated numbers are skipped, and the plan is shown before you decide. An import
    that was interrupted is gone on with by the same command.
    """
    with ExitStack() as undo:
        check_rate(rate)
        if not yes and not is_asked():
            raise SettingsError("nobody is here to look at the plan: --yes agrees to it")
        path = ledger_at(name or Path(source).stem, ledger)
        client, who = MessagingClient(base_url=base_url), sender_of(sender)
        _check_source(source, template, who, phone_column)
        options = ImportOptions(
            name=name,
            template=template,
            sender=who,
            media_url=tuple(media_url or ()),
            phone_column=phone_column,
            status_callback=status_callback,
            repeats=repeats,
            again=again,
            warn=say,
        )
        plan = asyncio.run(_planned(path, source, options, client, rate, undo, quiet=as_json))
        _show(plan, as_json=as_json)
        if _is_kept(Campaign(path), plan, rate, yes=yes):
            undo.pop_all()


async def _planned(
    path: Path,
    source: str,
    options: ImportOptions,
    client: MessagingClient,
    rate: float | None,
    undo: ExitStack,
    *,
    quiet: bool,
) -> ShownPlan:
    async with client:
        campaign = await _imported(path, source, options, quiet=quiet)
        undo.callback(remove, path)  # until somebody has agreed to the plan
        pool = await pool_of(client, campaign.facts().plan.sender)
    with LedgerView(path) as view:
        return plan_of(view, path.name, Where.of(client.settings), rate, pool)


def _check_source(
    source: str, template: str | None, sender: str | None, column: str | None
) -> None:
    if not Path(source).is_file():
        raise InvalidInput(
            "there is no such file" if not Path(source).exists() else "must be a file",
            field=source,
        )
    opened_source(source, template, sender, column).close()


async def _imported(path: Path, source: str, options: ImportOptions, *, quiet: bool) -> Campaign:
    read = 0

    def tell(rows: int) -> None:
        nonlocal read
        read = rows

    options["tell"] = tell
    try:
        async with Busy(err(), lambda: f"importing {source}: {read:,} rows", quiet=quiet):
            return await Campaign.create(path, source, **options)
    except OSError as error:
        raise InvalidInput(sentence_of(error), field=source) from None
    except asyncio.CancelledError:
        say("the same command goes on with the import")
        raise


def _show(plan: ShownPlan, *, as_json: bool) -> None:
    if as_json:
        say_json(plan_record(plan))
        return
    first, *lines = plan_lines(plan, out().width)
    out().print(plan.where.kind, style=STYLES[plan.where.kind], end="")
    out().put(first.removeprefix(plan.where.kind))
    for line in lines:
        out().put(line)


def _is_kept(campaign: Campaign, plan: ShownPlan, rate: float | None, *, yes: bool) -> bool:
    where = plan.where
    question = f"Keep it? {plan.to_send:,} messages to go, {where.kind}, account {where.account}"
    err().put()
    if not confirm(question, yes=yes):
        say(f"{campaign.path.name} is removed; nothing was sent")
        return False
    if rate is not None:
        campaign.set_rate(rate)
        asyncio.run(campaign.take_in())
    say(f"{campaign.path.name} is kept; campaign run sends it")
    if plan.facts.plan.status_callback is not None:
        say(f"listen --ledger {campaign.path.name} receives its receipts: start it before the run")
    return True


@command(verbose=True, creates=True)
async def send_test(
    to: Annotated[str, typer.Option("--to", metavar="NUMBER", help="Your own phone.")],
    name: Name = None,
    row: Annotated[int, typer.Option(min=1, metavar="N", help="Which row's message.")] = 1,
    ledger: LedgerFile = None,
    base_url: BaseUrl = None,
    as_json: Json = False,
) -> None:
    """Send one row's message to your own phone.

    The row itself is not touched, and the message is not counted.
    """
    campaign = campaign_at(name, ledger)
    async with MessagingClient(base_url=base_url) as client:
        where = Where.of(client.settings)
        message = await campaign.test(client, to, row)
    if as_json:
        say_json({"outcome": "accepted", "row": row, **record_of(message)})
        return
    facts(
        [
            ("where", where),
            ("accepted", message.sid),
            ("status", message.status),
            ("row", row),
            ("to", mask_number(to)),
        ]
    )
