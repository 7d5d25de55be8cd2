from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from async_messaging.campaigns.reading import LedgerView
from async_messaging.errors import LedgerError
from async_messaging.testing import FakeClock
from tests.unit.campaigns.faults import Faults
from tests.unit.campaigns.ledgers import (
    SQLiteKeeper,
    accepted,
    claimed,
    number_of,
    sealed,
)

NOW = 1_700_000_000.0


@pytest.fixture
def keeper(tmp_path: Path, clock: FakeClock) -> SQLiteKeeper:
    return SQLiteKeeper(tmp_path, clock)


@pytest.fixture
def faults() -> Faults:
    return Faults()


async def test_reading_goes_on_beside_a_run_and_after_it(keeper: SQLiteKeeper) -> None:
    ledger = await sealed(await keeper.create(), 3)
    with LedgerView(keeper.path) as view:
        claim = await claimed(ledger)
        assert [row.row for row in view.rows("INTENT")] == [1]
        ledger.record(accepted(claim, 1))
        await ledger.close()
        assert view.counts().accepted == 1
        found = view.find(1)
        assert found is not None
        assert found.to == number_of(1)
        assert [row.row for row in view.rows("READY")] == [2, 3]
        assert (view.events(), view.check()) == ([], [])
        assert view.facts().rows == 3
    with LedgerView(keeper.path) as view:
        assert view.counts().total == 3


@pytest.mark.parametrize(
    ("damage", "complaint"),
    [
        ("UPDATE rows SET state = 'INTENT', epoch = 1, attempt = 1, intent_at = 1", "dead run"),
        ("DELETE FROM rows WHERE id = 2", "rows are missing"),
        ("UPDATE rows SET epoch = 77", "never was"),
        ("UPDATE rows SET state = 'HELD'", "without an attempt"),
        ("UPDATE rows SET attempt = 1", "not put back"),
        ("PRAGMA ignore_check_constraints = 1; UPDATE rows SET state = 'SENT'", "no known state"),
        ("PRAGMA ignore_check_constraints = 1; UPDATE rows SET sid = 'SM' || id", "and sids"),
    ],
)
async def test_the_check_finds(keeper: SQLiteKeeper, damage: str, complaint: str) -> None:
    ledger = await sealed(await keeper.create(), 3)
    await ledger.close()
    await (await keeper.open()).close()
    connection = sqlite3.connect(keeper.path)
    connection.executescript(damage)
    connection.close()
    with LedgerView(keeper.path) as view:
        assert complaint in " ".join(view.check())


@pytest.mark.parametrize(
    "ask",
    [
        LedgerView.counts,
        LedgerView.facts,
        lambda view: list(view.rows("READY")),
        lambda view: view.known(["SM1"]),
        lambda view: view.open_to([number_of(1)]),
    ],
)
async def test_what_can_not_be_read_is_a_ledger_error(
    keeper: SQLiteKeeper, ask: Callable[[LedgerView], object]
) -> None:
    await (await sealed(await keeper.create(), 1)).close()
    with LedgerView(keeper.path) as view:
        view.close()
        with pytest.raises(LedgerError, match="the ledger can't be read"):
            ask(view)
