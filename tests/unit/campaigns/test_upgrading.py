from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from async_messaging.campaigns.campaign import Campaign
from async_messaging.campaigns.database import LEDGER, PACKAGE, run_lock, upgrade
from async_messaging.campaigns.rows import Note
from async_messaging.campaigns.spool import Spool, spool_path
from async_messaging.campaigns.sqlite import SQLiteLedger
from async_messaging.errors import LedgerError
from async_messaging.storage.sqlite import connect, version_of
from async_messaging.storage.statements import script
from tests.unit.campaigns.ledgers import all_rows, wrong_in

ADDED = ("sender TEXT", "reported_at INTEGER")


def old(path: Path, version: int = 2) -> None:
    """A ledger as version 0.1 left it: rows of every state, its run killed."""
    dump = Path(__file__).with_name("ledger_0_1.sql").read_text(encoding="utf-8")
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(dump)
        if version == 1:
            for column in ADDED:
                connection.execute(f"ALTER TABLE rows DROP COLUMN {column.partition(' ')[0]}")
            connection.execute("PRAGMA user_version = 1")
        connection.execute("PRAGMA journal_mode = WAL")


def columns(path: Path) -> list[str]:
    with closing(connect(path.as_uri())) as connection:
        return [name for _, name, *_ in connection.execute("PRAGMA table_info(rows)")]


@pytest.mark.parametrize("version", [1, 2])
async def test_an_old_ledger_is_upgraded_when_it_is_opened(tmp_path: Path, version: int) -> None:
    path = tmp_path / "spring.campaign"
    old(path, version)
    assert version_of(path, LEDGER) == version
    campaign = Campaign.open(path)
    assert version_of(path, LEDGER) == LEDGER.version
    assert {"sender", "reported_at", "earliest", "zone", "trace"} <= set(columns(path))
    counts = campaign.counts()
    assert (counts.accepted, counts.rejected, counts.unknown, counts.held) == (2, 1, 2, 1)
    assert (counts.intent, counts.ready, counts.skipped) == (1, 3, 1)
    async with await SQLiteLedger.open(path, adopt=True) as ledger:
        assert (await all_rows(ledger))[1].status == "queued"
        assert await wrong_in(ledger) == []
        with ledger.reader() as reader:
            times = {one.row.row: (one.earliest, one.latest) for one in reader.unsettled(held=True)}
    hour = 3600.0
    assert times[4] == (1_700_000_007.0 - hour, 1_700_000_008.0 + hour)
    assert times[7] == (1_700_000_013.0 - hour, None)


@pytest.mark.parametrize("version", [1, 2])
async def test_a_run_upgrades_it_as_well(tmp_path: Path, version: int) -> None:
    path = tmp_path / "spring.campaign"
    old(path, version)
    await (await SQLiteLedger.open(path, adopt=True)).close()
    assert version_of(path, LEDGER) == LEDGER.version


def test_an_upgraded_ledger_has_all_that_a_new_one_has(tmp_path: Path) -> None:
    path = tmp_path / "spring.campaign"
    old(path)
    upgrade(path)
    with closing(connect(path.as_uri())) as upgraded, closing(connect("file::memory:")) as new:
        new.executescript(script(PACKAGE, "schema.sql"))
        ask = "SELECT type, name FROM sqlite_master WHERE name NOT LIKE 'sqlite_%'"
        assert set(new.execute(ask)) == set(upgraded.execute(ask))
        for _, name in new.execute("SELECT type, name FROM sqlite_master WHERE type <> 'index'"):
            columns = f"SELECT name FROM pragma_table_info('{name}')"
            assert set(new.execute(columns)) <= set(upgraded.execute(columns))


def test_one_that_somebody_runs_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "spring.campaign"
    old(path)
    lock = run_lock(path)
    with pytest.raises(LedgerError, match="runs this campaign"):
        upgrade(path)
    lock.release()
    assert version_of(path, LEDGER) == 2
    upgrade(path)
    upgrade(path)
    assert version_of(path, LEDGER) == LEDGER.version


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
