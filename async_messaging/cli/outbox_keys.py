"""``outbox status`` and ``held``: how many keys there are, and which of them nobody knows."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import typer

from ..codec.dates import to_iso
from ..outbox.results import HeldKey
from .calls import run
from .exits import Exit
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
from .screen import aligned, out, say_json

__all__ = ["held", "status"]


def status(file: OutboxFile, as_json: Json = False) -> None:
    """Show how many keys there are, by what is known of them.

    Exits 3 when keys are held, 7 when some are being checked.
    """

    async def work() -> None:
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

    run(work, as_json=as_json)


def held(file: OutboxFile, as_json: Json = False) -> None:
    """List the keys that a person has to decide, and why.

    Their messages may have been accepted, and nobody can tell. Exits 3 when there are any.
    """

    async def work() -> None:
        async with local_outbox(file) as outbox:
            keys = await outbox.held()
        if as_json:
            for key in keys:
                say_json({"key": key.key, "since": to_iso(_utc(key.since)), "why": key.reason})
        else:
            _list(keys)
        if keys:
            raise typer.Exit(Exit.HELD)

    run(work, as_json=as_json)


def _list(keys: Sequence[HeldKey]) -> None:
    if not keys:
        out().put("No key is held.")
        return
    rows = [
        (printable(key.key), f"{_utc(key.since).astimezone():%Y-%m-%d %H:%M:%S}", key.reason)
        for key in keys
    ]
    for line in aligned([("key", "since", "why"), *rows], width=out().width):
        out().put(line)


def _utc(seconds: float) -> dt.datetime:
    return dt.datetime.fromtimestamp(seconds, dt.UTC)
