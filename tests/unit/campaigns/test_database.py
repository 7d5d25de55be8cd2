from __future__ import annotations

import re
import sqlite3
from pathlib import Path

import pytest

from async_messaging.campaigns import database
from async_messaging.campaigns.database import (
    VERSION,
    for_group,
    queries,
    script,
    statements,
)
from async_messaging.campaigns.reading import LedgerView
from async_messaging.campaigns.sqlite import SQLiteLedger
from async_messaging.errors import LedgerError
from tests.unit.campaigns.ledgers import PLAN

CODE = Path(database.__file__).parent


def test_every_query_says_what_it_is_for() -> None:
    for name, text in queries().items():
        assert re.match(r"-- [A-Z].*\.\n", text), name


def test_every_query_is_used() -> None:
    code = "".join(file.read_text() for file in CODE.glob("*.py"))
    assert [name for name in queries() if f'"{name}"' not in code] == []


def test_every_update_of_a_rows_outcome_names_epoch_attempt_and_state() -> None:
    for name in ("intend", "apply", "negative", "skip"):
        condition = queries()[name].rpartition("WHERE")[2]
        for column in ("id =", "epoch =", "attempt =", "state ="):
            assert column in condition, name


def test_names_split_a_file() -> None:
    assert dict(statements("-- x\n-- name: a\n-- A.\nSELECT 1;\n-- name: b\nSELECT 2;")) == {
        "a": "-- A.\nSELECT 1;",
        "b": "SELECT 2;",
    }


@pytest.mark.parametrize("count", [0, 1, 7, 8, 127, 128, 129, 512, 1000])
def test_few_statements_serve_a_group_each_item_once_and_in_order(count: int) -> None:
    items = [(number, -number) for number in range(count)]
    connection = sqlite3.connect(":memory:")
    found: list[tuple[int, int]] = []
    few = list(for_group("SELECT * FROM (VALUES (?, ?))", items))
    for sql, values in few:
        found += connection.execute(sql, values)
    connection.close()
    assert found == items
    assert len(few) <= count // 128 + 3 + 3 + 7


def test_the_sql_files_are_of_this_version() -> None:
    assert f"schema version {VERSION}" in script("schema.sql")


def added_column(name: str) -> str:
    return "ALTER TABLE rows ADD COLUMN x;"


async def test_an_older_ledger_is_migrated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.campaign"
    await (await SQLiteLedger.create(path, PLAN)).close()
    monkeypatch.setattr(database, "VERSION", VERSION + 1)
    monkeypatch.setattr(database, "MIGRATIONS", {VERSION: "next.sql"})
    monkeypatch.setattr(database, "script", added_column)
    with pytest.raises(LedgerError, match="older version"):
        LedgerView(path)
    await (await SQLiteLedger.open(path)).close()
    connection = sqlite3.connect(path)
    assert connection.execute("PRAGMA user_version").fetchone() == (VERSION + 1,)
    assert connection.execute("SELECT x FROM rows").fetchall() == []
    connection.close()
