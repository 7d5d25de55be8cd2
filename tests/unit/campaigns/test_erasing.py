from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path

import pytest

from async_messaging.campaigns.privacy import (
    ForgetResult,
    forget,
    number_hash,
    purge,
)
from async_messaging.campaigns.reading import LedgerView
from async_messaging.campaigns.report import report_rows, write_report
from async_messaging.campaigns.rescue import Rescue
from async_messaging.campaigns.rows import Note, Outcome
from async_messaging.campaigns.spool import spool_path
from async_messaging.campaigns.sqlite import SQLiteLedger
from async_messaging.errors import LedgerError
from async_messaging.storage.place import identity
from async_messaging.testing import FakeClock
from tests.unit.campaigns.ledgers import (
    SQLiteKeeper,
    new_rows,
    number_of,
    sealed,
)
from tests.unit.campaigns.people import NOW, PERSON, attempt, bytes_of, over, rows_at


@pytest.fixture
def keeper(tmp_path: Path, clock: FakeClock) -> SQLiteKeeper:
    return SQLiteKeeper(tmp_path, clock)


async def test_after_a_purge_no_number_and_no_variable_is_left_in_any_byte(
    keeper: SQLiteKeeper,
) -> None:
    ledger = await keeper.create()
    await ledger.add(new_rows(3000))
    await ledger.seal("hash")
    await attempt(ledger, "ACCEPTED")
    await ledger.skip_ready("deadline", NOW)
    await ledger.close()
    rescue = Rescue(keeper.path, "c", 1)
    rescue.write([Outcome(row=1, epoch=1, attempt=1, state="REJECTED", at=NOW, to=number_of(1))])
    rescue.close()
    keeper.post([Note(kind="stop", at=NOW, to=number_of(row)) for row in range(1, 300)])
    before = bytes_of(keeper.path.parent)
    assert before.count(b"+1555867") > 3300
    assert "Zoë".encode() in before
    place = identity(keeper.path)
    with LedgerView(keeper.path) as reader:  # an idle reader is not in the way
        assert reader.counts().total == 3000
        assert purge(keeper.path, clock=keeper.clock).rescued == 1
        left = bytes_of(keeper.path.parent)
    for text in (b"+1555", b"5558670", "Zoë".encode()):
        assert text not in left
        assert text not in bytes_of(keeper.path.parent)
    assert identity(keeper.path) == place
    await (await keeper.open()).close()


def leave_in_free_pages(path: Path, number: str) -> None:
    """Write much and delete it as SQLite does by default: its bytes stay."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA secure_delete = OFF")
        connection.execute("CREATE TABLE deleted (text)")
        connection.executemany("INSERT INTO deleted VALUES (?)", [(f"{number}, Zoë",)] * 2000)
        connection.execute("DROP TABLE deleted")


async def test_what_was_deleted_before_is_erased_from_free_pages(keeper: SQLiteKeeper) -> None:
    await over(keeper)
    keeper.post([])
    leave_in_free_pages(keeper.path, PERSON)
    leave_in_free_pages(spool_path(keeper.path), PERSON)
    assert bytes_of(keeper.path.parent).count(PERSON.encode()) > 3000
    purge(keeper.path, clock=keeper.clock)
    assert PERSON.encode() not in bytes_of(keeper.path.parent)


async def test_a_reader_in_the_way_is_named_and_the_next_purge_ends_the_work(
    keeper: SQLiteKeeper, monkeypatch: pytest.MonkeyPatch
) -> None:
    await over(keeper)
    monkeypatch.setattr("async_messaging.storage.sqlite.BUSY_SECONDS", 0.01)
    with closing(sqlite3.connect(keeper.path, isolation_level=None)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM rows").fetchone()
        with pytest.raises(LedgerError, match="another process reads the ledger"):
            purge(keeper.path, clock=keeper.clock)
        assert b"+1555867" in bytes_of(keeper.path.parent)
    assert purge(keeper.path, clock=keeper.clock).rows == 0
    assert b"+1555867" not in bytes_of(keeper.path.parent)


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    return folder


def rescued(ledger: Path, campaign: str, rows: Sequence[int]) -> Path:
    rescue = Rescue(ledger, campaign, 1)
    rescue.write(
        Outcome(
            row=row,
            epoch=1,
            attempt=1,
            state="REJECTED",
            at=NOW,
            to=number_of(row),
            error=f"not valid: +1555...{row:04}",
        )
        for row in rows
    )
    rescue.close()
    return rescue.paths[-1]


async def test_the_spool_and_the_rescue_files_forget_too(
    keeper: SQLiteKeeper, tmp_path: Path, temporary: Path
) -> None:
    async with await sealed(await keeper.create(), 4) as ledger:
        campaign = (await ledger.facts()).campaign
    earlier = rescued(keeper.path, "an earlier campaign", [2, 3])
    with earlier.open("ab") as file:
        file.write(b'{"row":3,"to":"+155586700')
    own = rescued(temporary / keeper.path.name, campaign, [2, 3])
    keeper.post([Note(kind="stop", at=NOW, to=PERSON), Note(kind="stop", at=NOW, to=number_of(2))])
    result = forget(tmp_path, PERSON, clock=keeper.clock)[0]
    assert result == ForgetResult(ledger="spring.campaign", rows=1, rescued=2)
    assert not own.exists()
    assert b"8670003" not in bytes_of(tmp_path)
    assert b"...0003" not in bytes_of(tmp_path)
    lines = earlier.read_text().splitlines()
    assert len(lines) == 2
    assert number_of(2) in lines[0]
    assert number_hash(tmp_path, PERSON) in lines[1]
    rows = rows_at(keeper.path)
    assert [(row, rows[row].error) for row in (2, 3)] == [(2, "opted out"), (3, "opted out")]


async def test_a_copy_leaves_the_original_its_rescued_outcomes(
    keeper: SQLiteKeeper, tmp_path: Path, temporary: Path
) -> None:
    async with await sealed(await keeper.create(), 3) as ledger:
        campaign = (await ledger.facts()).campaign
    own = rescued(temporary / keeper.path.name, campaign, [3])
    other = tmp_path / "backup"
    other.mkdir()
    (other / keeper.path.name).write_bytes(keeper.path.read_bytes())
    assert "take that in first" in forget(other, PERSON, clock=keeper.clock)[0].error
    assert own.exists()
    assert forget(tmp_path, PERSON, clock=keeper.clock)[0].error == ""
    assert forget(other, PERSON, clock=keeper.clock)[0].rows == 1


async def test_a_copy_forgets_and_stays_a_copy(keeper: SQLiteKeeper) -> None:
    await (await sealed(await keeper.create(), 3)).close()
    copy = keeper.path.with_name("copy.campaign")
    copy.write_bytes(keeper.path.read_bytes())
    assert [result.rows for result in forget(copy.parent, PERSON, clock=keeper.clock)] == [1, 1]
    assert PERSON.encode() not in bytes_of(copy.parent)
    with pytest.raises(LedgerError, match="is a copy"):
        await SQLiteLedger.open(copy)


@pytest.fixture
def no_umask() -> Iterator[None]:
    old = os.umask(0)
    yield
    os.umask(old)


@pytest.mark.usefixtures("no_umask")
async def test_every_file_of_a_campaign_is_its_owners_alone(keeper: SQLiteKeeper) -> None:
    folder, seen = keeper.path.parent, dict[str, int]()

    def look() -> None:
        for file in folder.iterdir():
            seen[file.name.removeprefix("spring.campaign")] = file.stat().st_mode & 0o777

    ledger = await sealed(await keeper.create(), 3)
    rescue = Rescue(keeper.path, "c", 1)
    rescue.write([Outcome(row=1, epoch=1, attempt=1, state="REJECTED", at=NOW, to=PERSON)])
    rescue.close()
    keeper.post([Note(kind="stop", at=NOW, to=PERSON)])
    with LedgerView(keeper.path) as view:
        write_report(view, folder / "report.csv")
        write_report(view, folder / "report.jsonl")
        look()
    await ledger.close()
    forget(folder, PERSON, clock=keeper.clock)
    with LedgerView(keeper.path) as view:
        assert len(list(report_rows(view))) == 3
        look()
    rescued = rescue.paths[-1].name.removeprefix("spring.campaign")
    names = {"", "-wal", "-shm", "-spool", ".lock", rescued}
    assert set(seen) == names | {"report.csv", "report.jsonl", ".campaign-key"}
    assert set(seen.values()) == {0o600}
