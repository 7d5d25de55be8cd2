"""``outbox status``, ``held``, ``decide`` and ``purge``: how many keys there are, and what becomes of which; the group."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Annotated

import typer

from ..codec.dates import to_iso
from ..errors import InvalidInput, SettingsError
from ..outbox.outbox import Decision, Outbox
from ..outbox.results import HeldKey
from .campaign_options import Yes, confirm
from .exits import Exit, command, epilog
from .options import Json
from .outbox_figures import (
    OutboxFile,
    counts_record,
    exit_of,
    keys_text,
    local_outbox,
    printable,
    show_counts,
)
from .outbox_settle import settle
from .screen import out, say_json, table

_QUESTIONS: dict[Decision, str] = {
    "resend": "Let the next call send {} again? Twilio may have accepted it before.",
    "assume_sent": "Never send {} again? It may not have been accepted.",
}
_DONE: dict[Decision, str] = {
    "resend": "the next call under the key sends it",
    "assume_sent": "assumed sent",
}


@command()
async def status(file: OutboxFile, as_json: Json = False) -> None:
    """Show how many keys there are, by what is known of them.

    Exits 3 when keys are held, 7 when some are being checked.
    """
    async with local_outbox(file) as outbox:
        counts = await outbox.status()
    if as_json:
        say_json(counts_record(file, counts))
    else:
        out().put(f"Outbox {file}: {keys_text(counts.total)}")
        out().put()
        show_counts(counts)
    if status := exit_of(counts):
        raise typer.Exit(status)


@command()
async def held(file: OutboxFile, as_json: Json = False) -> None:
    """List the keys that a person has to decide, and why.

    Their messages may have been accepted, and nobody can tell. Exits 3 when there are any.
    """
    async with local_outbox(file) as outbox:
        keys = await outbox.held()
    if as_json:
        for key in keys:
            say_json({"key": key.key, "since": to_iso(_utc(key.since)), "why": key.reason})
    else:
        _list(keys)
    if keys:
        raise typer.Exit(Exit.HELD)


def _list(keys: Sequence[HeldKey]) -> None:
    if not keys:
        out().put("No key is held.")
        return
    rows = [
        (printable(key.key), f"{_utc(key.since).astimezone():%Y-%m-%d %H:%M:%S}", key.reason)
        for key in keys
    ]
    table([("key", "since", "why"), *rows])


def _utc(seconds: float) -> dt.datetime:
    return dt.datetime.fromtimestamp(seconds, dt.UTC)


@command()
async def decide(
    file: OutboxFile,
    keys: Annotated[list[str] | None, typer.Argument(metavar="KEY", help="Held keys.")] = None,
    resend: Annotated[
        bool, typer.Option("--resend", help="The next call sends it: it may arrive twice.")
    ] = False,
    assume_sent: Annotated[
        bool, typer.Option("--assume-sent", help="Never send it again: it may be lost.")
    ] = False,
    every: Annotated[bool, typer.Option("--all", help="All held keys.")] = False,
    yes: Yes = False,
    as_json: Json = False,
) -> None:
    """Decide what becomes of held keys.

    Nothing is sent by this: where a key is freed, your program's next call under it sends.
    """
    decision = _decision(resend=resend, assume_sent=assume_sent)
    if every == bool(keys):
        raise SettingsError("which keys? name some, or give --all")
    async with local_outbox(file) as outbox:
        wanted = await _wanted(outbox, keys)
        decided = await _decided(outbox, wanted, decision, yes=yes) if wanted else []
    _show_decided(wanted, decided, decision, as_json=as_json)


def _decision(*, resend: bool, assume_sent: bool) -> Decision:
    if resend == assume_sent:
        raise SettingsError("give --resend or --assume-sent, one of them")
    return "resend" if resend else "assume_sent"


async def _wanted(outbox: Outbox, named: Sequence[str] | None) -> list[str]:
    """The held keys that are meant."""
    held = [key.key for key in await outbox.held()]
    if missing := set(named or ()).difference(held):
        some = ", ".join(map(printable, sorted(missing)[:5]))
        raise InvalidInput(f"not held: {some}{' ...' if len(missing) > 5 else ''}", field="KEY")
    return [key for key in held if not named or key in named]


async def _decided(
    outbox: Outbox, keys: Sequence[str], decision: Decision, *, yes: bool
) -> list[str]:
    """Ask, and decide; gives the keys that still were held."""
    if not confirm(_QUESTIONS[decision].format(keys_text(len(keys))), yes=yes):
        raise SettingsError("nothing was decided")
    done: list[str] = []
    for key in keys:
        try:
            await outbox.decide(key, decision)
        except InvalidInput:  # its message has been found meanwhile
            continue
        done.append(key)
    return done


def _show_decided(
    wanted: Sequence[str], decided: Sequence[str], decision: Decision, *, as_json: bool
) -> None:
    if as_json:
        for key in decided:
            say_json({"key": key, "decision": decision})
    elif not wanted:
        out().put("No key is held.")
    else:
        out().put(f"{len(decided):,} of {keys_text(len(wanted))}: {_DONE[decision]}.")


@command()
async def purge(file: OutboxFile, as_json: Json = False) -> None:
    """Forget keys that have expired.

    Never one whose message may have been accepted while nobody knows it.
    """
    async with local_outbox(file) as outbox:
        forgotten = await outbox.purge()
        left = (await outbox.status()).total
    if as_json:
        say_json({"outbox": file.name, "forgotten": forgotten, "keys": left})
    else:
        out().put(f"{keys_text(forgotten)} forgotten, {left:,} kept.")


app: typer.Typer = typer.Typer(rich_markup_mode=None)
app.command()(status)
app.command(epilog=epilog())(settle)
app.command()(held)
app.command()(decide)
app.command()(purge)
