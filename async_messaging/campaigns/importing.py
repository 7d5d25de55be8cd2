"""From a file to a sealed ledger: read once, streaming, and again from the start if it was killed.

Rows are numbered as in the file, and a row that the ledger has stays as it is: so an import that
was killed is simply begun again. What is sealed is known by the SHA-256 of the file's bytes. A file
that changes while it is read is refused.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from itertools import islice
from pathlib import Path
from typing import TypedDict

from ..bulk.cells import read_sender
from ..bulk.sources import Row, RowSource, open_rows
from ..clock import Clock
from ..errors import InvalidInput, LedgerError
from ..resources.base import sid
from ..storage.sqlite import Durability, has_tables
from .content import Content, checked_callback
from .database import LEDGER
from .ledger import Ledger
from .reading import asked_beside
from .rows import NewRow, Plan
from .sqlite import SQLiteLedger

_ROWS_AT_ONCE = 2_000
_LONGEST_REASON = 200


class ImportOptions(TypedDict, total=False):
    """How a campaign is created; all may be left out.

    Attributes:
        name: the campaign's name, else the ledger's.
        template: the text, with columns in it; without one, columns are the message's fields.
        sender: who sends the rows that name nobody themselves.
        media_url: media of the rows that have none of their own.
        phone_column: the recipient's column, if it is not to, phone or number.
        status_callback: where Twilio tells what becomes of messages.
        repeats: a number that stands in several rows gets several messages.
        again: another ledger of the folder may send the same to the same.
        durability: ``process`` doesn't wait for the disk.
        clock: where time comes from.
        warn: takes a sentence about what was ignored.
        tell: told how many rows were read.
    """

    name: str | None
    template: str | None
    sender: str | None
    media_url: Sequence[str]
    phone_column: str | None
    status_callback: str | None
    repeats: bool
    again: bool
    durability: Durability
    clock: Clock | None
    warn: Callable[[str], None]
    tell: Callable[[int], None]


async def import_campaign(path: Path, source: Path, options: ImportOptions) -> None:
    """Import a source into a ledger, a new one or that of the same import which was killed."""
    check_options(options)
    source_hash = await asyncio.to_thread(hash_of, source)
    rows = open_rows(
        source,
        template=options.get("template"),
        sender=options.get("sender"),
        phone_column=options.get("phone_column"),
        media_url=options.get("media_url", ()),
        warn=options.get("warn", _ignore),
    )
    with rows:
        plan = _plan(path, source, source_hash, rows, options)
        if not options.get("again") and (other := same_campaign(path.parent, plan, path)):
            raise LedgerError(
                f"{other} sends the same to the same people; if it is meant, say so (--again)"
            )
        if not await asyncio.to_thread(_has_rows, rows):
            raise InvalidInput("has no rows", field="file")  # before a ledger is in the way
        durability, clock = options.get("durability", "disk"), options.get("clock")
        content, tell = Content(plan), options.get("tell", _ignore)
        async with importing(path, plan, durability, clock) as ledger:
            await import_rows(ledger, rows, source, content, tell)


def check_options(options: ImportOptions) -> None:
    """Refuse what is no option: a keyword that is taken from a mapping is checked by nobody else."""
    known = ImportOptions.__optional_keys__
    for name in options.keys() - known:
        raise InvalidInput(
            f"is no option of a campaign; there are {', '.join(sorted(known))}", field=name
        )
    if isinstance(options.get("media_url"), str):
        raise InvalidInput("must be a list of URLs", field="media_url")


def _plan(
    path: Path, source: Path, source_hash: str, rows: RowSource, options: ImportOptions
) -> Plan:
    given = options.get("sender")
    sender = read_sender(given) if given else None
    if sender is not None and sender.startswith("MG"):
        sid(sender, "MG", field="sender")
    return Plan(
        name=options.get("name") or path.stem,
        template=options.get("template"),
        sender=sender,
        media_url=tuple(options.get("media_url", ())),
        columns=rows.columns,
        recipient=rows.recipient,
        status_callback=checked_callback(options.get("status_callback")),
        source=source.name,
        source_hash=source_hash,
        repeats=options.get("repeats", False),
    )


def _has_rows(rows: RowSource) -> bool:
    return next(iter(rows), None) is not None


def _ignore(_: object) -> None:
    """Nobody wants to know."""


def hash_of(path: Path) -> str:
    """The SHA-256 of a file, in hex. It must be a regular one: an import may have to read it again."""
    if not path.is_file():
        raise InvalidInput(
            "must be a file: a campaign's source may have to be read again", field="file"
        )
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


async def import_rows(
    ledger: Ledger,
    source: RowSource,
    path: Path,
    content: Content,
    tell: Callable[[int], None],
) -> int:
    """Import a source and seal the ledger; give the row count. A file that has changed since is `InvalidInput`."""
    plan = content.plan
    rows = (_new_row(row, content) for row in source)
    read = 0
    while new := await asyncio.to_thread(lambda: list(islice(rows, _ROWS_AT_ONCE))):
        await ledger.add(new, repeats=plan.repeats)
        read += len(new)
        tell(read)
    if await asyncio.to_thread(hash_of, path) != plan.source_hash:
        raise InvalidInput("has changed since the import began", field="file")
    return await ledger.seal(plan.source_hash)


def _new_row(row: Row, content: Content) -> NewRow:
    if isinstance(row.item, InvalidInput):
        reason = f"invalid: {row.item.field}: {row.item.reason}".replace(": : ", ": ")
        return NewRow(row=row.number, to=row.to, skip=reason[:_LONGEST_REASON])
    cells = content.kept(row.cells)
    return NewRow(row=row.number, to=row.to, variables=cells, segments=row.item.weight)


def same_campaign(folder: Path, plan: Plan, own: Path) -> str:
    """A readable ledger of the folder that sends the same to the same, by name; empty without one."""
    same = asked_beside(
        own, (folder,), lambda view: _mark(view.facts().plan) == _mark(plan) or None
    )
    return same[0][0] if same else ""


def _mark(plan: Plan) -> tuple[object, ...]:
    return plan.source_hash, plan.sender, plan.template


async def ledger_for(
    path: Path, plan: Plan, durability: Durability, clock: Clock | None
) -> SQLiteLedger:
    """A new ledger, or that of the same import which was killed."""
    if not await asyncio.to_thread(_has_content, path):
        return await SQLiteLedger.create(path, plan, durability=durability, clock=clock)
    ledger = await SQLiteLedger.open(path, durability=durability, clock=clock)
    try:
        facts = await ledger.facts()
        if facts.rows is None and facts.plan == plan:
            return ledger
        raise LedgerError(f"{path.name} is there already: it is another campaign, or is imported")
    except BaseException:
        await ledger.close()
        raise


@asynccontextmanager
async def importing(
    path: Path, plan: Plan, durability: Durability, clock: Clock | None
) -> AsyncGenerator[SQLiteLedger]:
    """A ledger to be filled. An import that fails leaves none, so that nothing is in the way.

    One that is cancelled or killed stays: the same import goes on with it.
    """
    ledger = await ledger_for(path, plan, durability, clock)
    try:
        async with ledger:
            yield ledger
    except Exception:
        remove(path)
        raise


def remove(path: Path) -> None:
    """Remove a ledger from which nothing was sent, with all that stands beside it."""
    for suffix in ("-wal", "-shm", "-spool", ".lock", ""):
        path.with_name(f"{path.name}{suffix}").unlink(missing_ok=True)


def _has_content(path: Path) -> bool:
    """Whether a campaign is there; what a killed creation leaves is none, and has no write-ahead log."""
    if not path.exists():
        return False
    if path.stat().st_size > 0:
        return has_tables(path, LEDGER)
    if path.with_name(f"{path.name}-wal").exists():
        raise LedgerError(
            f"{path.name} is empty, but a campaign has been there: restore it, or remove all its files"
        )
    return False
