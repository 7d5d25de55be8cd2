"""What a row's import costs, in instructions of SQLite's machine: the same however many are alike."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from async_messaging.campaigns.rows import NewRow
from async_messaging.storage.sqlite import connect
from async_messaging.testing import FakeClock
from tests.unit.campaigns.ledgers import SQLiteKeeper

NUMBER = "+14155550100"


def bad(row: int) -> NewRow:
    return NewRow(row=row, to="n/a", skip="invalid: to: is no number")


def bad_of_a_number(row: int) -> NewRow:
    return NewRow(row=row, to=NUMBER, skip="invalid: name: is missing")


def repeated(row: int) -> NewRow:
    return NewRow(row=row, to=NUMBER)


@pytest.mark.parametrize("new", [bad, bad_of_a_number, repeated])
async def test_rows_of_one_text_cost_the_same_each(
    tmp_path: Path, clock: FakeClock, new: Callable[[int], NewRow]
) -> None:
    steps = 0

    def step() -> None:
        nonlocal steps
        steps += 1

    def counted(uri: str) -> sqlite3.Connection:
        connection = connect(uri)
        connection.set_progress_handler(step, 100)
        return connection

    async with await SQLiteKeeper(tmp_path, clock, counted).create() as ledger:
        costs: list[int] = []
        for first in range(1, 2_001, 500):
            before = steps
            await ledger.add([new(row) for row in range(first, first + 500)])
            costs.append(steps - before)
    assert max(costs) < 1.5 * min(costs)
