from __future__ import annotations

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
