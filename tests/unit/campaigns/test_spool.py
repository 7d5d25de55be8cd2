from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from async_messaging.campaigns.rows import Note
from async_messaging.campaigns.spool import Spool, spool_path
from async_messaging.campaigns.sqlite import SQLiteLedger
from async_messaging.errors import LedgerError
from async_messaging.testing import FakeClock
from tests.unit.campaigns.ledgers import PLAN, sealed_file

PAUSE = Note(kind="pause", at=1.5)


def test_notes_come_in_order_and_whole(tmp_path: Path) -> None:
    stop = Note(kind="stop", at=2.0, to="+15558675310")
    with Spool(tmp_path / "a.campaign") as one, Spool(tmp_path / "a.campaign") as two:
        one.post([PAUSE])
        two.post([stop])
        assert [note for _, note in one.waiting()] == [PAUSE, stop]
        last = one.waiting()[-1][0]
        assert two.waiting(last) == []
        assert one.id == two.id
        two.remove(last)
        two.post([PAUSE])
        assert [number > last for number, _ in one.waiting()] == [True]


def killed_before(spool: Spool, until: int) -> None:
    """Nothing is removed."""


async def test_a_note_is_applied_once_though_it_was_not_removed(
    tmp_path: Path, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.campaign"
    async with await SQLiteLedger.create(path, PLAN, clock=clock) as ledger:
        with Spool(path) as spool:
            spool.post([PAUSE])
        with monkeypatch.context() as patch:  # killed between the ledger and the spool
            patch.setattr(Spool, "remove", killed_before)
            assert await ledger.take_in() == [PAUSE]
        assert await ledger.take_in() == []
        spool_path(path).unlink()  # a new spool counts from 1 again
        with Spool(path) as spool:
            spool.post([PAUSE])
        assert await ledger.take_in() == [PAUSE]


def test_a_spool_that_can_not_be_opened_is_a_ledger_error(tmp_path: Path) -> None:
    spool_path(tmp_path / "a").write_bytes(b"no database at all, but long enough" * 40)
    with pytest.raises(LedgerError):
        Spool(tmp_path / "a")
    with pytest.raises(LedgerError):
        Spool(tmp_path / "missing" / "a")


def test_what_is_posted_is_flushed_to_the_disk(tmp_path: Path) -> None:
    with Spool(tmp_path / "a.campaign") as spool:
        asked = spool._connection.execute  # noqa: SLF001 - nothing else shows what a loss of power would
        assert asked("PRAGMA synchronous").fetchone() == (2,)  # FULL
        assert asked("PRAGMA journal_mode").fetchone() == ("delete",)


def test_an_event_is_kept_once_while_it_waits(tmp_path: Path) -> None:
    receipt = Note(kind="receipt", at=1.0, key="status|AC|SM|sent")
    later = Note(kind="receipt", at=2.0, key="status|AC|SM|sent")
    with Spool(tmp_path / "a.campaign") as one, Spool(tmp_path / "a.campaign") as two:
        one.post([receipt, receipt, PAUSE, PAUSE])
        two.post([later])
        assert [note for _, note in one.waiting()] == [receipt, PAUSE, PAUSE]
        one.remove(one.waiting()[-1][0])
        two.post([later])
        assert [note for _, note in one.waiting()] == [later]


async def test_a_note_of_a_newer_version_keeps_no_run_from_its_work(tmp_path: Path) -> None:
    path, _ = await sealed_file(tmp_path)
    with Spool(path) as spool:
        spool.post([PAUSE])
        _insert(path, '{"kind":"slow_down","at":2.0,"by":{"half":true}}')
        spool.post([Note(kind="rate", at=3.0, rate=7.0)])
    async with await SQLiteLedger.open(path) as ledger:
        assert [note.kind for note in await ledger.take_in()] == ["pause", "unknown", "rate"]
        assert (await ledger.facts()).rate == 7.0
        assert await ledger.take_in() == []
    with Spool(path) as spool:
        assert spool.waiting() == []


@pytest.mark.parametrize("text", ['{"kind":"stop"}', '{"kind":7,"at":1.0}', '{"at":1.0}'])
def test_a_note_that_is_damaged_is_not_passed_over(tmp_path: Path, text: str) -> None:
    with Spool(tmp_path / "a.campaign") as spool:
        _insert(tmp_path / "a.campaign", text)
        with pytest.raises(LedgerError, match="damaged"):
            spool.waiting()


def _insert(ledger: Path, note: str) -> None:
    with closing(sqlite3.connect(spool_path(ledger))) as connection, connection:
        connection.execute("INSERT INTO notes (note) VALUES (?)", (note,))


async def test_notes_of_an_older_spool_that_was_put_back_are_taken_in(
    tmp_path: Path, clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    """It counts on from where it was: its new notes have numbers that were taken in already."""
    path, kept = tmp_path / "a.campaign", tmp_path / "backup"
    async with await SQLiteLedger.create(path, PLAN, clock=clock) as ledger:
        with Spool(path) as spool:
            spool.post([PAUSE])
        assert await ledger.take_in() == [PAUSE]
        shutil.copy2(spool_path(path), kept)
        with Spool(path) as spool:
            spool.post([PAUSE, PAUSE])
        assert await ledger.take_in() == [PAUSE, PAUSE]
        kept.replace(spool_path(path))
        stop = Note(kind="stop", at=9.0, to="+15558675310")
        with Spool(path) as spool:
            spool.post([stop])
        assert await ledger.take_in() == [stop]
        assert "an older spool" in caplog.text
        assert await ledger.take_in() == []


async def test_what_is_posted_into_a_spool_that_is_replaced_meanwhile_is_posted_again(
    tmp_path: Path,
) -> None:
    ledger = tmp_path / "a.campaign"
    with Spool(ledger) as spool:
        shutil.copy2(spool_path(ledger), tmp_path / "copy")
        (tmp_path / "copy").replace(spool_path(ledger))
        spool.post([PAUSE])
    with Spool(ledger) as there:
        assert [note for _, note in there.waiting()] == [PAUSE]


@pytest.mark.parametrize("damage", [b"no database at all, but long enough" * 40, None])
async def test_a_damaged_spool_is_set_aside_and_keeps_no_run_from_going_on(
    tmp_path: Path, clock: FakeClock, caplog: pytest.LogCaptureFixture, damage: bytes | None
) -> None:
    path = tmp_path / "a.campaign"
    async with await SQLiteLedger.create(path, PLAN, clock=clock) as ledger:
        with Spool(path) as spool:
            spool.post([PAUSE] * 500)
        content = spool_path(path).read_bytes()
        spool_path(path).write_bytes(damage or content[:4096] + b"\xff" * (len(content) - 4096))
        assert await ledger.take_in() == []
        assert "its spool is damaged and was set aside" in caplog.text
        assert any(".damaged-" in file.name for file in spool_path(path).parent.iterdir())
        with Spool(path) as spool:
            spool.post([PAUSE])
        assert await ledger.take_in() == [PAUSE]
        assert ledger.failure is None


async def test_a_locked_spool_is_not_taken_for_a_damaged_one(
    tmp_path: Path, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.campaign"
    monkeypatch.setattr("async_messaging.storage.sqlite.BUSY_SECONDS", 0.01)
    async with await SQLiteLedger.create(path, PLAN, clock=clock) as ledger:
        with Spool(path) as spool:
            spool.post([PAUSE])
        with closing(sqlite3.connect(spool_path(path), isolation_level=None)) as other:
            other.execute("BEGIN EXCLUSIVE")
            with pytest.raises(LedgerError, match="locked"):
                await ledger.take_in()
        assert await ledger.take_in() == [PAUSE]


def test_by_a_link_to_its_ledger_it_is_the_same_spool(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    path, link = tmp_path / "data" / "a.campaign", tmp_path / "a.campaign"
    link.symlink_to(path)
    with Spool(link) as spool:
        spool.post([PAUSE])
    with Spool(path) as spool:
        assert [note for _, note in spool.waiting()] == [PAUSE]
