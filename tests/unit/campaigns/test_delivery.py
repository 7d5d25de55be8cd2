from __future__ import annotations

import sqlite3
from contextlib import closing
from decimal import Decimal
from pathlib import Path

from async_messaging.campaigns.delivery import Undelivered, billing_of, delivery_of
from async_messaging.campaigns.reading import LedgerView
from async_messaging.testing import FakeClock
from tests.unit.campaigns.ledgers import SQLiteKeeper, accepted, claimed, sealed

Sent = tuple[str, int | None, bool, str | None, int]


async def ledger_of(folder: Path, *messages: Sent, unit: str = "USD") -> Path:
    """A ledger with a row that is to go, and these messages: status, code, reported, price, size."""
    keeper = SQLiteKeeper(folder, FakeClock())
    ledger = await sealed(await keeper.create(), len(messages) + 1)
    for number in range(1, len(messages) + 1):
        ledger.record(accepted(await claimed(ledger), number))
    await ledger.close()
    with closing(sqlite3.connect(keeper.path)) as connection, connection:
        for row, (status, code, reported, price, segments) in enumerate(messages, 1):
            connection.execute(
                "UPDATE rows SET status = ?, code = ?, reported_at = ?, price = ?, segments = ?,"
                " price_unit = ? WHERE id = ?",
                (status, code, 1 if reported else None, price, segments, price and unit, row),
            )
    return keeper.path


async def test_each_message_is_counted_once_by_its_way(tmp_path: Path) -> None:
    path = await ledger_of(
        tmp_path,
        ("delivered", None, True, None, 1),
        ("read", None, True, None, 1),
        ("undelivered", 30003, True, None, 1),
        ("undelivered", 30003, True, None, 1),
        ("failed", 30008, True, None, 1),
        ("sent", None, True, None, 1),
        ("queued", None, False, None, 1),
    )
    with LedgerView(path) as view:
        found = delivery_of(view)
    assert (found.delivered, found.read, found.under_way, found.no_report) == (2, 1, 1, 1)
    assert (found.failed, found.known) == (3, True)
    assert found.undelivered[0] == Undelivered(
        status="undelivered",
        code=30003,
        rows=2,
        meaning="the handset can't be reached: off, roaming or out of range",
    )


async def test_of_what_was_only_accepted_nothing_is_known(tmp_path: Path) -> None:
    path = await ledger_of(tmp_path, ("queued", None, False, None, 1))
    with LedgerView(path) as view:
        found = delivery_of(view)
        assert billing_of(view).estimated is None
    assert (found.no_report, found.known) == (1, False)


async def test_what_is_not_billed_is_estimated_by_segment(tmp_path: Path) -> None:
    path = await ledger_of(
        tmp_path,
        ("delivered", None, True, "-0.0079", 1),
        ("delivered", None, True, "-0.0158", 2),
        ("sent", None, True, None, 3),
        ("canceled", None, True, None, 9),
    )
    with LedgerView(path) as view:
        found = billing_of(view)
    assert found.billed == {"USD": Decimal("0.0237")}
    assert (found.billed_rows, found.open_rows) == (2, 1)
    assert found.estimated == Decimal("0.0237")


async def test_sums_of_many_are_exact(tmp_path: Path) -> None:
    path = await ledger_of(tmp_path, *[("delivered", None, True, "-0.1", 1)] * 30)
    with LedgerView(path) as view:
        assert billing_of(view).billed == {"USD": Decimal("3.0")}
