"""``campaign purge`` and ``forget``: take numbers and what was said out of campaigns."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from msgspec.structs import asdict

from ..campaigns.privacy import ForgetResult, PurgeResult
from ..campaigns.privacy import forget as forget_person
from ..campaigns.privacy import purge as purge_ledger
from .campaign_options import LedgerFile, Name, campaign_at, span_of
from .exits import Exit, command
from .options import Json
from .screen import out, say_json


@command()
def purge(
    name: Name = None,
    after: Annotated[
        str | None,
        typer.Option(metavar="SPAN", help="Only if it has done nothing for so long: 90d, 12h."),
    ] = None,
    held: Annotated[
        bool, typer.Option("--held", help="Held rows too; they can't be sent again then.")
    ] = False,
    ledger: LedgerFile = None,
    as_json: Json = False,
) -> None:
    """Take all numbers and texts out of a finished campaign.

    Outcomes, sids and counts stay. The file it was imported from, reports and backups are yours to
    remove.
    """
    age = None if after is None else span_of(after)
    campaign = campaign_at(name, ledger)
    done: PurgeResult = purge_ledger(campaign.path, older_than=age, held=held)
    if as_json:
        say_json({"ledger": campaign.path.name, "rows": done.rows, "rescued": done.rescued})
    else:
        out().put(f"{campaign.path.name}: numbers and variables of {done.rows:,} rows are gone.")


@command()
def forget(
    number: Annotated[str, typer.Argument(metavar="NUMBER", help="+15558675310, whatsapp:+...")],
    folder: Annotated[
        Path, typer.Option("--folder", metavar="FOLDER", help="Where the campaigns are.")
    ] = Path(),
    as_json: Json = False,
) -> None:
    """Take one person out of every campaign of a folder.

    Rows of this person that are to go are skipped.
    """
    results = forget_person(folder, number)
    for result in results:
        if as_json:
            say_json(asdict(result))
        else:
            out().put(_line(result), by_words=True)
    if not results and not as_json:
        out().put("There is no campaign here.")
    if status := max(map(_status, results), default=Exit.OK):
        raise typer.Exit(status)


def _line(result: ForgetResult) -> str:
    if result.error:
        return f"{result.ledger}: not done: {result.error}"
    if result.running:
        return (
            f"{result.ledger}: a run has it, and sends nothing more to this person;"
            " forget again when it has ended"
        )
    if not result.rows:
        return f"{result.ledger}: not in it"
    rows = "1 row" if result.rows == 1 else f"{result.rows:,} rows"
    return f"{result.ledger}: {rows}; {result.skipped:,} won't be sent, {result.held:,} are held"


def _status(result: ForgetResult) -> Exit:
    if result.running:
        return Exit.USAGE
    return Exit.STORAGE if result.error else Exit.OK
