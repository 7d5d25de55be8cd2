"""``campaign run`` and ``campaign resume``: send what is to go, until every row has an outcome."""

from __future__ import annotations

import asyncio
import gc
import time
from typing import Annotated, Literal

import msgspec
import typer

from ..campaigns.campaign import Campaign
from ..campaigns.options import RunOptions
from ..client import MessagingClient
from ..errors import MessagingError, SettingsError
from .campaign_figures import Standing, span_text
from .campaign_options import (
    LedgerFile,
    Name,
    Yes,
    campaign_at,
    confirm,
    moment_of,
    suppressions_at,
)
from .campaign_running import Session, copied, dry_client, dry_options, dry_where
from .exits import Exit, command
from .loops import Loop, LoopName, run_on
from .options import (
    NO_RATE,
    BaseUrl,
    Concurrency,
    Json,
    NoProgress,
    ScanInterval,
    Settle,
    SuppressionsFile,
    Verbose,
    check_rate,
)
from .progress import mode_for
from .screen import err, error_record, out, say, say_json
from .tally import Where

_LONG_PAUSE = 12 * 3600.0

OnUnknown = Literal["hold", "resend", "repeat"]


class _Given(msgspec.Struct, frozen=True, kw_only=True):
    """The options of run and resume alike."""

    timeout: Annotated[
        float, typer.Option(metavar="SECONDS", help="Of one attempt: connection, request, answer.")
    ] = 45.0
    suppressions: SuppressionsFile = None
    no_probe: Annotated[
        bool,
        typer.Option("--no-probe", help="Don't ask whether the status callback's URL is answered."),
    ] = False
    ledger: LedgerFile = None
    adopt: Annotated[
        bool,
        typer.Option(
            "--adopt",
            help="Run a file that was copied, moved or restored, or sent by another account."
            " Only one copy!",
        ),
    ] = False
    yes: Yes = False
    no_progress: NoProgress = False
    loop: Loop = LoopName.ASYNCIO
    base_url: BaseUrl = None
    as_json: Json = False
    verbose: Verbose = False


@command(options=_Given)
def run(
    name: Name = None,
    rate: Annotated[
        float | None,
        typer.Option(metavar="N", help="Segments a second; else the rate that was set last."),
    ] = None,
    concurrency: Concurrency = 64,
    on_unknown: Annotated[
        OnUnknown,
        typer.Option(
            metavar="POLICY",
            help="What becomes of a row that may have been accepted and that Twilio's list does not"
            " settle: hold keeps it for you, resend sends it again when two scans did not find it,"
            " repeat sends it again at once, perhaps twice.",
        ),
    ] = "hold",
    settle: Settle = 120.0,
    scan_interval: ScanInterval = 60.0,
    max_messages: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="Pause after so many messages.")
    ] = None,
    canary: Annotated[
        int | None,
        typer.Option(min=1, metavar="N", help="Pause after so many, to look at them."),
    ] = None,
    not_after: Annotated[
        str | None,
        typer.Option(metavar="MOMENT", help="Send nothing later: 2025-01-31T18:00:00+01:00."),
    ] = None,
    pause_above: Annotated[
        float,
        typer.Option(
            metavar="SHARE",
            help="Pause when more of the last 200 rows were refused or unknown; 1 never does.",
        ),
    ] = 0.5,
    exclusive: Annotated[
        list[str] | None,
        typer.Option(
            metavar="SENDER",
            help="A sender or messaging service that nobody else uses: its messages settle rows"
            " whose texts can't be told. Repeatable.",
        ),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Do everything but send, on a copy, without waiting.")
    ] = False,
    *,
    given: _Given,
) -> None:
    """Send what is to go, each row at most once.

    It ends when every row has an outcome or is held, or when the campaign is paused.
    Ctrl-C pauses: calls in flight finish, and run goes on from there. A run that was killed goes on
    too: rows that were under way are looked up at Twilio first.
    """
    options = RunOptions(
        rate=check_rate(rate),
        concurrency=concurrency,
        on_unknown=on_unknown,
        settle=settle,
        scan_interval=scan_interval,
        max_messages=_cap(max_messages, canary),
        not_after=moment_of(not_after, "--not-after"),
        pause_above=pause_above,
        exclusive=tuple(exclusive or ()),
    )
    campaign = campaign_at(name, given.ledger)
    if rate is None and campaign.facts().rate is None:
        raise SettingsError(NO_RATE)
    begin = _dry_run if dry_run else _run
    raise typer.Exit(begin(campaign, options, given, canary=canary is not None))


@command(options=_Given)
def resume(name: Name = None, *, given: _Given) -> None:
    """Run again with the options of the last run.

    Its cap on messages (--max-messages, --canary) is left out.
    """
    campaign = campaign_at(name, given.ledger)
    facts = campaign.facts()
    if not facts.options:
        raise SettingsError("it has not run yet: campaign run starts it")
    kept = msgspec.json.decode(facts.options, type=RunOptions)
    if facts.rate is None:
        raise SettingsError(NO_RATE)
    options = msgspec.structs.replace(kept, rate=None, max_messages=None)
    raise typer.Exit(_run(campaign, options, given, canary=False))


def _cap(max_messages: int | None, canary: int | None) -> int | None:
    if canary is not None and max_messages is not None:
        raise SettingsError("--canary and --max-messages are the same cap: give one")
    return max_messages if canary is None else canary


def _check_pause(campaign: Campaign, *, yes: bool) -> None:
    """A list of people grows stale: somebody has to agree that it still holds."""
    standing = Standing.of(campaign.counts(), running=False)
    idle = time.time() - campaign.active_at()
    if idle <= _LONG_PAUSE or not standing.open or campaign.process() is not None:
        return
    question = (
        f"The campaign has done nothing for {span_text(idle)}, and {standing.open:,} rows are to go."
        " Go on?"
    )
    if not confirm(question, yes=yes):
        raise SettingsError("it stays as it is; nothing was sent")


def _check_callback(campaign: Campaign, given: _Given) -> None:
    """See that receipts will arrive, before there are any."""
    facts = campaign.facts()
    if given.no_probe or facts.plan.status_callback is None:
        return
    from .probe import probe

    client = MessagingClient(base_url=given.base_url)
    if not asyncio.run(probe(campaign.path, facts, client.settings.credentials)):
        say(
            "the status callback is answered, but not by listen with this campaign's file: receipts"
            " come here only if the receiver leaves them for the campaign"
        )


def _run(campaign: Campaign, options: RunOptions, given: _Given, *, canary: bool) -> int:
    _check_pause(campaign, yes=given.yes)
    _check_callback(campaign, given)
    client = MessagingClient(base_url=given.base_url, attempt_timeout=given.timeout)
    session = Session(campaign, client, options, Where.of(client.settings), adopt=given.adopt)
    return _ended(session, given, campaign, canary=canary)


def _dry_run(campaign: Campaign, options: RunOptions, given: _Given, *, canary: bool) -> int:
    rate = options.rate or campaign.facts().rate
    with copied(campaign.path) as copy:
        client = dry_client(given.base_url)
        options, where = dry_options(options), dry_where(Where.of(client.settings))
        session = Session(copy, client, options, where, adopt=True, dry_rate=rate)
        return _ended(session, given, campaign, canary=canary)


def _command(campaign: Campaign) -> str:
    path = campaign.path
    here = path.suffix == ".campaign" and path.parent.samefile(".")
    return f"campaign run {path.stem}" if here else f"campaign run --ledger {path}"


def _ended(session: Session, given: _Given, campaign: Campaign, *, canary: bool) -> int:
    session.again, session.canary = _command(campaign), canary
    session.progress = mode_for(err(), no_progress=given.no_progress, verbose=given.verbose)
    session.suppressions = suppressions_at(given.suppressions, campaign.path)
    gc.freeze()  # else a collection of what imports made holds the loop up for tens of ms
    try:
        ended = run_on(given.loop, session.run)
    except MessagingError as error:
        if not error.stops:
            raise
        if given.as_json:
            say_json(error_record(error))
        say(f"nothing was sent: {error}")
        return Exit.STOPPED
    if given.as_json:
        say_json(ended.record())
    else:
        ended.show(out())
    return ended.status
