"""Both ledgers behind one face: made, opened again, told something by others."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Protocol, TypeVar

from async_messaging.campaigns.ledger import Ledger
from async_messaging.campaigns.reading import LedgerView
from async_messaging.campaigns.rows import (
    Claim,
    Event,
    NewRow,
    Note,
    Outcome,
    Plan,
    Row,
    outcome_of,
)
from async_messaging.campaigns.spool import Spool
from async_messaging.campaigns.sqlite import SQLiteLedger
from async_messaging.settling.states import STATES
from async_messaging.storage.sqlite import Connect, Durability, connect
from async_messaging.testing import FakeClock
from tests.unit.campaigns.memory import MemoryLedger
from tests.unit.campaigns.memory_file import MemoryFile

L = TypeVar("L", bound=Ledger)
PLAN = Plan(name="spring", template="Hi {name}", sender="+15558675300")


def number_of(row: int) -> str:
    return f"+1555867{row:04}"


def sid_of(number: int) -> str:
    return f"SM{number:032x}"


def new_rows(count: int) -> list[NewRow]:
    return [
        NewRow(row=row, to=number_of(row), variables={"name": f"Zoë {row}"})
        for row in range(1, count + 1)
    ]


class Keeper(Protocol):
    async def create(self) -> Ledger: ...
    async def open(self) -> Ledger: ...
    async def usurp(self) -> Ledger: ...
    def post(self, notes: Iterable[Note]) -> None: ...


class MemoryKeeper:
    def __init__(self, clock: FakeClock) -> None:
        self.clock = clock
        self.file = MemoryFile(PLAN, clock.time())

    async def create(self) -> Ledger:
        return await self.open()

    async def open(self) -> Ledger:
        return MemoryLedger(self.file, self.clock)

    async def usurp(self) -> Ledger:
        return await self.open()

    def post(self, notes: Iterable[Note]) -> None:
        self.file.spool.extend(notes)


class SQLiteKeeper:
    def __init__(
        self,
        folder: Path,
        clock: FakeClock,
        opener: Connect = connect,
        durability: Durability = "process",
    ) -> None:
        self.path = folder / "spring.campaign"
        self.clock = clock
        self.opener = opener
        self.durability = durability

    async def create(self) -> SQLiteLedger:
        return await SQLiteLedger.create(
            self.path, PLAN, durability=self.durability, clock=self.clock, opener=self.opener
        )

    async def open(self) -> SQLiteLedger:
        return await SQLiteLedger.open(
            self.path, durability=self.durability, clock=self.clock, opener=self.opener
        )

    async def usurp(self) -> SQLiteLedger:
        """Open it although another run has it: as if the locks of this system did not work."""
        self.path.with_name(f"{self.path.name}.lock").unlink()
        return await self.open()

    def post(self, notes: Iterable[Note]) -> None:
        with Spool(self.path) as spool:
            spool.post(notes)


async def sealed(ledger: L, count: int) -> L:
    await ledger.add(new_rows(count))
    await ledger.seal("hash")
    return ledger


async def first(ledger: Ledger) -> Row:
    return (await ledger.ready(0, 1))[0]


async def claimed(ledger: Ledger, row: Row | None = None) -> Claim:
    claim = await ledger.intend(row or await first(ledger))
    assert claim is not None
    return claim


async def all_rows(ledger: Ledger) -> dict[int, Row]:
    found = [row for state in STATES for row in await ledger.rows_in(state, 0, 10_000)]
    return {row.row: row for row in sorted(found, key=lambda row: row.row)}


async def events_of(ledger: Ledger) -> list[Event]:
    """What contradicted the ledger, oldest first."""
    await ledger.drain()
    if isinstance(ledger, MemoryLedger):
        return await ledger.events()
    assert isinstance(ledger, SQLiteLedger)
    with LedgerView(ledger.path) as view:
        return view.events()


def rescues_of(ledger: SQLiteLedger) -> list[Path]:
    """The rescue files that stand beside a ledger."""
    return list(ledger.path.parent.glob(f"{ledger.path.name}.*.rescue.jsonl"))


async def wrong_in(ledger: Ledger) -> list[str]:
    """What is wrong with the ledger, one sentence each."""
    await ledger.drain()
    if isinstance(ledger, MemoryLedger):
        return await ledger.check()
    assert isinstance(ledger, SQLiteLedger)
    with LedgerView(ledger.path) as view:
        return view.check()


def accepted(claim: Claim, number: int, at: float = 1_700_000_000.0) -> Outcome:
    return outcome_of(claim, "ACCEPTED", at, sid=sid_of(number), status="queued", segments=1)


def states(rows: Sequence[Row]) -> list[str]:
    return [row.state for row in rows]


async def sealed_file(folder: Path, name: str = "spring", plan: Plan = PLAN) -> tuple[Path, str]:
    """A ledger, and its campaign's random name."""
    path = folder / f"{name}.campaign"
    async with await SQLiteLedger.create(path, plan) as ledger:
        await ledger.add(new_rows(2))
        await ledger.seal("hash")
        return path, (await ledger.facts()).campaign
