"""``outbox settle``: find out by Twilio's list what became of keys of which nobody knows.

One pass looks at once. That a message is not in the list counts only when it should be there, and
twice, so a key that was lost takes two more passes, minutes apart: ``--until-settled`` makes them,
and ``--watch`` goes on for as long as it runs, beside programs that don't settle by themselves.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Literal

import typer

from ..client import MessagingClient
from ..codec.dates import to_iso
from ..errors import LedgerError, MessagingError, SettingsError
from ..outbox.outbox import Outbox
from ..outbox.results import OutboxCounts, Settled
from .exits import command, log_to_stderr
from .loops import signals_handled
from .options import BaseUrl, Json, ScanInterval, Settle, Verbose
from .outbox_figures import (
    OutboxFile,
    counts_record,
    exit_of,
    keys_text,
    outbox_at,
    show_counts,
)
from .progress import Busy, clock_of
from .screen import err, out, say, say_json

_EVERY = 1.0
_NAP = 30.0
_SHORTEST_NAP = 0.05


@command()
async def settle(
    file: OutboxFile,
    on_unknown: Annotated[
        Literal["hold", "resend"],
        typer.Option(
            metavar="POLICY",
            help="hold or resend, as your program has it: keys whose message is not found.",
        ),
    ] = "hold",
    until_settled: Annotated[
        bool, typer.Option("--until-settled", help="Go on until no key is being checked.")
    ] = False,
    watch: Annotated[
        bool, typer.Option("--watch", help="Go on until Ctrl-C or SIGTERM, for a service.")
    ] = False,
    settle: Settle = 120.0,
    scan_interval: ScanInterval = 60.0,
    exclusive: Annotated[
        list[str] | None,
        typer.Option(
            metavar="SENDER",
            help="A sender or service by which nothing is sent but from this machine; repeatable.",
        ),
    ] = None,
    adopt: Annotated[
        bool, typer.Option("--adopt", help="Take open keys of version 0.1 for this account's.")
    ] = False,
    base_url: BaseUrl = None,
    as_json: Json = False,
    verbose: Verbose = False,
) -> None:
    """Look in Twilio's list for keys that may have been accepted.

    Held keys are looked for too. Nothing is sent. Exits 3 when keys are held, 7 when some are
    still being checked.
    """
    if until_settled and watch:
        raise SettingsError("--until-settled and --watch exclude each other")
    path = outbox_at(file)
    async with (
        MessagingClient(base_url=base_url) as client,
        Outbox.open(
            path,
            client,
            on_unknown=on_unknown,
            settle=settle,
            scan_interval=scan_interval,
            exclusive=exclusive or (),
        ) as outbox,
    ):
        if adopt:
            await outbox.adopt()
        if watch:
            if not verbose:
                log_to_stderr(logging.WARNING)
            counts = await _watched(outbox, path, as_json=as_json)
        else:
            counts = await _settled(outbox, path, again=until_settled, as_json=as_json)
    if status := exit_of(counts):
        raise typer.Exit(status)


async def _settled(outbox: Outbox, path: Path, *, again: bool, as_json: bool) -> OutboxCounts:
    """One pass, or as many as it takes."""
    before = await outbox.status()
    doing = f"reading Twilio's list for {keys_text(before.unknown + before.held)}"
    passes: list[Settled] = []
    async with Busy(err(), lambda: doing, quiet=as_json):
        while True:
            done = await _passed(outbox, patient=again)
            wait = _NAP if done is None else done.wait
            if done is not None:
                passes.append(done)
                doing = f"{keys_text(done.unknown)} being checked"
            if not again or wait is None:
                break
            await asyncio.sleep(min(max(wait, _SHORTEST_NAP), _NAP))
    counts = await outbox.status()
    _show(path, passes, counts, as_json=as_json)
    return counts


async def _passed(outbox: Outbox, *, patient: bool) -> Settled | None:
    """One pass; None where it failed in a way that may pass."""
    try:
        return await outbox.settle()
    except MessagingError as error:
        final = isinstance(error, LedgerError) or error.stops or error.outcome == "refused"
        if final or not patient:
            raise
        say(f"the list can't be read for now, it goes on: {error}")
        return None


def _show(path: Path, passes: list[Settled], counts: OutboxCounts, *, as_json: bool) -> None:
    found, freed, held = (
        sum(getattr(one, name) for one in passes) for name in ("accepted", "ready", "held")
    )
    wait = passes[-1].wait
    if as_json:
        told = {"found": found, "freed": freed, "given_up": held, "wait": wait}
        say_json({**counts_record(path, counts), **told})
        return
    out().put(_sentence(found, freed, held, counts, wait), by_words=True)
    out().put()
    show_counts(counts)


def _sentence(found: int, freed: int, held: int, counts: OutboxCounts, wait: float | None) -> str:
    """What was found out, and what is to be done."""
    if not (found or freed or held or counts.unknown or counts.held):
        return "No key is unknown or held."
    said = [f"{keys_text(found)} had been accepted." if found else "No message was found."]
    if freed:
        said.append(f"{keys_text(freed)}: not accepted; the next call sends.")
    if held:
        said.append(f"{keys_text(held)}: can't be settled, held now.")
    if wait is not None:
        said.append(f"{keys_text(counts.unknown)} to look for again in {clock_of(wait)}.")
    return " ".join(said)


async def _watched(outbox: Outbox, path: Path, *, as_json: bool) -> OutboxCounts:
    """Settle until a signal; a line whenever something has changed."""
    over = asyncio.Event()
    settling = asyncio.create_task(outbox.run())
    seen: OutboxCounts | None = None
    try:
        with signals_handled(over.set, over.set):
            while not over.is_set():
                counts = await outbox.status()
                if counts != seen:
                    _note(path, counts, as_json=as_json)
                seen = counts
                await _first_of(over, settling)
    finally:
        settling.cancel()
        await asyncio.wait((settling,))
    return await outbox.status()


async def _first_of(over: asyncio.Event, settling: asyncio.Task[None]) -> None:
    """Wait a little, or until the end; a fault of the program that ended settling is raised."""
    with suppress(TimeoutError):
        await asyncio.wait_for(over.wait(), _EVERY)
    if settling.done():
        settling.result()


def _note(path: Path, counts: OutboxCounts, *, as_json: bool) -> None:
    if as_json:
        say_json({"at": to_iso(dt.datetime.now(dt.UTC)), **counts_record(path, counts)})
    else:
        out().put(
            f"{dt.datetime.now().astimezone():%H:%M:%S}  accepted {counts.accepted:,},"
            f" in flight {counts.under_way:,}, being checked {counts.unknown:,},"
            f" held {counts.held:,}"
        )
