"""Campaigns that somebody is in: made, read, and searched for what is left of them."""

from __future__ import annotations

from pathlib import Path

from async_messaging.campaigns.ledger import Ledger
from async_messaging.campaigns.reading import LedgerView
from async_messaging.campaigns.rows import Row, outcome_of
from async_messaging.settling.states import STATES
from tests.unit.campaigns.ledgers import (
    SQLiteKeeper,
    accepted,
    claimed,
    sealed,
)

NOW = 1_700_000_000.0
PERSON = "+15558670003"


def bytes_of(folder: Path) -> bytes:
    """All that the files of a folder hold, but for the sender's number."""
    files = [file.read_bytes() for file in sorted(folder.iterdir()) if file.is_file()]
    return b"".join(files).replace(b"+15558675300", b"")


def rows_at(path: Path) -> dict[int, Row]:
    with LedgerView(path) as view:
        found = [row for state in STATES for row in view.rows(state)]
        assert view.check() == []
    return {row.row: row for row in found}


async def attempt(ledger: Ledger, state: str) -> None:
    """Make an attempt of the next row, which ends so."""
    claim = await claimed(ledger)
    match state:
        case "ACCEPTED":
            ledger.record(accepted(claim, claim.row, NOW))
        case "REJECTED":
            error = f"The number {claim.to[:5]}...{claim.to[-4:]} is not valid"
            ledger.record(outcome_of(claim, "REJECTED", NOW, code=21211, error=error))
        case "UNKNOWN":
            ledger.record(outcome_of(claim, "UNKNOWN", NOW, error="no answer"))
        case _:
            raise AssertionError(state)
    await ledger.drain()


async def hold(ledger: Ledger) -> None:
    unknown = await ledger.rows_in("UNKNOWN")
    await ledger.settle([outcome_of(row, "HELD", NOW, error="undecidable") for row in unknown])


async def over(keeper: SQLiteKeeper, *, held: bool = False) -> None:
    """A campaign that is over: rows accepted, refused, skipped, maybe held."""
    ledger = await sealed(await keeper.create(), 4)
    await attempt(ledger, "ACCEPTED")
    await attempt(ledger, "REJECTED")
    await attempt(ledger, "UNKNOWN" if held else "ACCEPTED")
    await hold(ledger)
    await ledger.skip_ready("deadline", NOW)
    await ledger.close()
