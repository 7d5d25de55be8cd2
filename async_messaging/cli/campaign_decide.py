"""``campaign reconcile``, ``held`` and ``report``: settle what is unknown, and what became of rows."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Literal

import msgspec
import typer
from msgspec.structs import asdict

from ..campaigns.campaign import Campaign
from ..campaigns.delivery import billing_of, delivery_of
from ..campaigns.options import RunOptions
from ..campaigns.reading import LedgerView
from ..campaigns.report import Totals, totals_of
from ..campaigns.rows import Counts, Row
from ..client import MessagingClient
from ..codec.masking import mask_number
from ..errors import InvalidInput, SettingsError
from .campaign_figures import Standing
from .campaign_options import LedgerFile, Name, Yes, campaign_at, confirm, heard
from .campaign_report import (
    billing_lines,
    billing_record,
    delivery_lines,
    delivery_record,
    totals_lines,
)
from .exits import Exit, command
from .options import BaseUrl, Json, ScanInterval, Settle
from .progress import Busy
from .screen import aligned, err, indented, out, say, say_json, table
from .sending import sentence_of

OnUnknown = Literal["hold", "resend"]


@command(verbose=True)
async def reconcile(
    name: Name = None,
    on_unknown: Annotated[
        OnUnknown | None,
        typer.Option(
            metavar="POLICY",
            help="hold or resend: rows that can't be settled; else as in the last run.",
        ),
    ] = None,
    settle: Settle = 120.0,
    scan_interval: ScanInterval = 60.0,
    timeout: Annotated[  # noqa: ASYNC109  # an option of the command
        float, typer.Option(metavar="SECONDS", help="Of one attempt of the run that died.")
    ] = 45.0,
    ledger: LedgerFile = None,
    base_url: BaseUrl = None,
    as_json: Json = False,
) -> None:
    """Settle unknown rows by Twilio's list.

    Held rows are looked for too. Nothing is sent.
    """
    campaign = campaign_at(name, ledger)
    before = Standing.of(campaign.counts(), running=False)
    policy = on_unknown or _kept_policy(campaign)
    doing = f"reading Twilio's list for {before.being_checked + before.held:,} rows"
    async with (
        MessagingClient(base_url=base_url, attempt_timeout=timeout) as client,
        Busy(err(), lambda: doing, quiet=as_json),
    ):
        counts = await campaign.reconcile(
            client, on_unknown=policy, settle=settle, scan_interval=scan_interval
        )
    _show_settled(before, counts, as_json=as_json)
    if counts.held:
        raise typer.Exit(Exit.HELD)


def _kept_policy(campaign: Campaign) -> OnUnknown:
    options = campaign.facts().options
    kept = msgspec.json.decode(options, type=RunOptions).on_unknown if options else "hold"
    return "resend" if kept == "resend" else "hold"


def _show_settled(before: Standing, counts: Counts, *, as_json: bool) -> None:
    now = Standing.of(counts, running=False)
    if as_json:
        say_json({"rows": now.total, **asdict(now)})
        return
    open_rows = before.being_checked + before.held
    found = now.accepted - before.accepted
    again = now.to_go - before.to_go
    said = f"Of {open_rows:,} rows {found:,} had been accepted, {now.held:,} are held."
    if again > 0:
        said += f" {again:,} were not sent, and are to go again."
    out().put(said if open_rows else "No row is unknown or held.", by_words=True)
    _put_indented(totals_lines(now))


@command()
def held(
    names: Annotated[
        list[str] | None,
        typer.Argument(metavar="NAME ROW", help="The campaign, and some of its rows."),
    ] = None,
    resend: Annotated[
        bool, typer.Option("--resend", help="Send them again: they may arrive twice.")
    ] = False,
    assume_sent: Annotated[
        bool, typer.Option("--assume-sent", help="Never send them again: they may be lost.")
    ] = False,
    ledger: LedgerFile = None,
    yes: Yes = False,
    as_json: Json = False,
) -> None:
    """List held rows, or decide about them.

    Held rows may have been accepted, and nobody can tell. Without ROW, all of them are meant.
    """
    if resend and assume_sent:
        raise SettingsError("--resend and --assume-sent exclude each other")
    name, wanted = _name_and_rows(names or [], named=ledger is None)
    campaign = campaign_at(name, ledger)
    rows = [row for row in campaign.rows("HELD") if not wanted or row.row in wanted]
    _check_all_found(wanted, rows)
    if not rows:
        if not as_json:
            out().put("No row is held.")
    elif not (resend or assume_sent):
        _list(rows, as_json=as_json)
    else:
        _decide(campaign, rows, resend=resend, yes=yes, as_json=as_json)


def _name_and_rows(words: list[str], *, named: bool) -> tuple[str | None, set[int]]:
    name = words.pop(0) if named and words else None
    try:
        return name, {int(word) for word in words}
    except ValueError:
        raise InvalidInput("rows are numbers, counted from 1", field="ROW") from None


def _check_all_found(wanted: set[int], rows: list[Row]) -> None:
    if missing := wanted - {row.row for row in rows}:
        some = ", ".join(map(str, sorted(missing)[:5]))
        raise InvalidInput(f"not held: {some}{' ...' if len(missing) > 5 else ''}", field="ROW")


def _list(rows: Iterable[Row], *, as_json: bool) -> None:
    if as_json:
        for row in rows:
            say_json(
                {"row": row.row, "to": mask_number(row.to), "code": row.code, "why": row.error}
            )
        return
    lines = [
        (str(row.row), mask_number(row.to), str(row.code or ""), row.error or "unknown")
        for row in rows
    ]
    table([("row", "to", "code", "why"), *lines], right=(0,))


def _decide(campaign: Campaign, rows: list[Row], *, resend: bool, yes: bool, as_json: bool) -> None:
    count = "1 row" if len(rows) == 1 else f"{len(rows):,} rows"
    what = (
        "Send {} again? Twilio may have accepted it before."
        if resend
        else ("Never send {} again? It may not have been accepted.")
    )
    if not confirm(what.format(count), yes=yes):
        raise SettingsError("nothing was decided")
    decide = campaign.resend if resend else campaign.assume_sent
    changed = asyncio.run(decide([row.row for row in rows]))
    outcome = "to_go" if resend else "skipped"
    if as_json:
        for number in changed:
            say_json({"row": number, "outcome": outcome})
        return
    then = "to go again; campaign run sends" if resend else "skipped, assumed sent"
    them = "" if not resend else " it" if len(changed) == 1 else " them"
    out().put(f"{len(changed):,} of {count}: {then}{them}.")


@command()
def report(
    name: Name = None,
    target: Annotated[
        Path | None,
        typer.Option("--out", metavar="FILE", help=".csv or .jsonl; else NAME-report.csv."),
    ] = None,
    raw: Annotated[
        bool,
        typer.Option("--raw", help="Leave cells as they are that a spreadsheet would run."),
    ] = False,
    ledger: LedgerFile = None,
    as_json: Json = False,
) -> None:
    """Write what became of each row.

    Also while the campaign runs. The file has full numbers in it.
    """
    campaign = heard(campaign_at(name, ledger))
    path = target or Path(f"{campaign.path.stem}-report.csv")
    try:
        rows = campaign.report(path, raw=raw)
    except OSError as error:
        say(f"{path}: {sentence_of(error)}")
        raise typer.Exit(Exit.STORAGE) from None
    with LedgerView(campaign.path) as view:
        totals, delivery, billing = totals_of(view), delivery_of(view), billing_of(view)
    if as_json:
        more = {"delivery": delivery_record(delivery), "billing": billing_record(billing)}
        say_json({"rows": rows, **asdict(totals), "report": str(path), **more})
    else:
        _show_totals(totals, rows, path)
        for block in (delivery_lines(delivery, out().width - 2), billing_lines(billing)):
            if block:
                _put_indented(block)


def _show_totals(totals: Totals, rows: int, path: Path) -> None:
    out().put(f"{rows:,} rows -> {path}")
    shown = {name: n for name, n in totals.outcomes.items() if n}
    _put_indented(
        aligned([list(shown), [f"{n:,}" for n in shown.values()]], right=range(len(shown)))
    )
    if codes := [code for code in totals.codes if code.outcome != "accepted"]:
        table = [("rows", "outcome", "code", "meaning")]
        table += [(f"{c.rows:,}", c.outcome, str(c.code), c.meaning) for c in codes]
        _put_indented(aligned(table, right=(0,), width=out().width - 2))


def _put_indented(lines: list[str]) -> None:
    out().put()
    for line in indented(lines):
        out().put(line)
