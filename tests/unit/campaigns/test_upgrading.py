from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from async_messaging.campaigns.campaign import Campaign
from async_messaging.campaigns.database import LEDGER, PACKAGE, VERSION, run_lock
from async_messaging.campaigns.rows import Note
from async_messaging.campaigns.spool import Spool, spool_path
from async_messaging.campaigns.sqlite import SQLiteLedger
from async_messaging.campaigns.upgrading import upgrade
from async_messaging.errors import LedgerError
from async_messaging.storage.sqlite import connect, version_of
from async_messaging.storage.statements import script
from tests.unit.campaigns.ledgers import PLAN, accepted, all_rows, claimed, new_rows

ADDED = ("sender TEXT", "reported_at INTEGER")


async def of_version_1(path: Path) -> None:
    """A ledger as the first version made it, with a message that was accepted."""
    async with await SQLiteLedger.create(path, PLAN) as ledger:
        await ledger.add(new_rows(2))
        await ledger.seal("hash")
        ledger.record(accepted(await claimed(ledger), 1))
    with closing(sqlite3.connect(path)) as connection, connection:
        for column in ADDED:
            connection.execute(f"ALTER TABLE rows DROP COLUMN {column.partition(' ')[0]}")
        connection.execute("ALTER TABLE campaign DROP COLUMN opened")
        connection.execute("PRAGMA user_version = 1")


def columns(path: Path) -> list[str]:
    with closing(connect(path.as_uri())) as connection:
        return [name for _, name, *_ in connection.execute("PRAGMA table_info(rows)")]


async def test_a_ledger_of_version_1_is_upgraded_when_it_is_opened(tmp_path: Path) -> None:
    path = tmp_path / "spring.campaign"
    await of_version_1(path)
    assert (version_of(path, LEDGER), "sender" in columns(path)) == (1, False)
    campaign = Campaign.open(path)
    assert version_of(path, LEDGER) == VERSION
    assert columns(path)[-2:] == ["sender", "reported_at"]
    assert (campaign.counts().accepted, campaign.counts().ready) == (1, 1)
    async with await SQLiteLedger.open(path) as ledger:
        assert (await all_rows(ledger))[1].status == "queued"
        assert await ledger.check() == []


async def test_a_run_upgrades_it_as_well(tmp_path: Path) -> None:
    path = tmp_path / "spring.campaign"
    await of_version_1(path)
    await (await SQLiteLedger.open(path)).close()
    assert version_of(path, LEDGER) == VERSION


async def test_one_that_somebody_runs_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "spring.campaign"
    await of_version_1(path)
    lock = run_lock(path)
    with pytest.raises(LedgerError, match="runs this campaign"):
        upgrade(path)
    lock.release()
    assert version_of(path, LEDGER) == 1
    upgrade(path)
    upgrade(path)
    assert version_of(path, LEDGER) == VERSION


def test_a_fresh_ledger_has_the_columns_that_an_upgrade_adds() -> None:
    for column in ADDED:
        assert f"ADD COLUMN {column};" in script(PACKAGE, "schema_1_to_2.sql")
        assert f"    {column}, " in script(PACKAGE, "schema.sql")


def test_a_spool_of_the_first_version_is_used(tmp_path: Path) -> None:
    path = tmp_path / "a.campaign"
    with closing(sqlite3.connect(spool_path(path))) as connection, connection:
        connection.executescript(script(PACKAGE, "spool.sql").partition("-- One note")[0])
        note = '{"kind":"pause","at":1.5,"rate":null,"row":0,"token":"","sid":"","status":"","code":null,"to":""}'
        connection.execute("INSERT INTO notes (note) VALUES (?)", (note,))
    with Spool(path) as spool:
        spool.post([Note(kind="resume", at=2.0), Note(kind="resume", at=2.0)])
        assert [note.kind for _, note in spool.waiting()] == ["pause", "resume", "resume"]
