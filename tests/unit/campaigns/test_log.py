"""The log beside a ledger: what is missing of it is noticed before anything is sent."""

from __future__ import annotations

import asyncio
import logging
import os
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from async_messaging.campaigns.database import LEDGER, process_of
from async_messaging.campaigns.file import LedgerFile
from async_messaging.campaigns.reading import LedgerView
from async_messaging.campaigns.rescue import Rescue, Rescued
from async_messaging.campaigns.sqlite import SQLiteLedger
from async_messaging.errors import LedgerError
from async_messaging.storage.files import beside
from async_messaging.storage.sqlite import has_tables
from async_messaging.testing import FakeClock
from tests.unit.campaigns.faults import Faults
from tests.unit.campaigns.ledgers import SQLiteKeeper, accepted, claimed, rescues_of, sealed


@pytest.fixture
def keeper(tmp_path: Path, clock: FakeClock) -> SQLiteKeeper:
    return SQLiteKeeper(tmp_path, clock)


def log_of(path: Path) -> Path:
    return beside(path, "-wal")


async def killed(keeper: SQLiteKeeper, rows: int = 3) -> Path:
    """The ledger of a run that was killed after it had announced its rows, and its log."""
    await (await sealed(await keeper.create(), rows)).close()
    ledger = await keeper.open()
    for row in await ledger.ready(0):
        await claimed(ledger, row)
    folder = keeper.path.parent / "as it was"
    folder.mkdir()
    for suffix in ("", "-wal"):
        shutil.copy2(beside(keeper.path, suffix), folder)
    await ledger.close()
    for suffix in ("", "-wal"):  # the same inode: the ledger is in its place
        content = (folder / beside(keeper.path, suffix).name).read_bytes()
        beside(keeper.path, suffix).write_bytes(content)
    return keeper.path


class Moments:
    """What a ledger's file is by itself, without its log, when a statement is about to run."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, statement: str) -> None:
        self.files: list[Path] = []
        run = LedgerFile.run

        def watched(file: LedgerFile, name: str, *values: object) -> int:
            if (name, *values) == (statement, 0) or name == statement != "mark_open":
                copy = file._path.with_name(f"copy{len(self.files)}.campaign")  # noqa: SLF001 - the test's view
                shutil.copy2(file._path, copy)  # noqa: SLF001
                self.files.append(copy)
            return run(file, name, *values)

        monkeypatch.setattr(LedgerFile, "run", watched)


async def test_a_file_that_says_that_no_run_has_it_open_has_everything(
    keeper: SQLiteKeeper, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A kill while the log is moved into the file would leave half of it there."""
    moments = Moments(monkeypatch, "mark_open")
    await (await sealed(await keeper.create(), 3)).close()
    (copy,) = moments.files
    with closing(sqlite3.connect(copy)) as database:
        assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert database.execute("SELECT count(*) FROM rows").fetchone() == (3,)


async def test_a_file_says_that_a_run_has_it_open_before_anything_else_is_written(
    keeper: SQLiteKeeper, monkeypatch: pytest.MonkeyPatch
) -> None:
    await (await sealed(await keeper.create(), 3)).close()
    moments = Moments(monkeypatch, "bury")
    await (await keeper.open()).close()
    (copy,) = moments.files
    with closing(sqlite3.connect(copy)) as database:
        assert database.execute("SELECT opened FROM campaign").fetchone()[0] > 0


async def test_what_was_rescued_is_in_the_file_before_the_rescue_file_goes(
    keeper: SQLiteKeeper, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Commits of a run may outlive its process only; a rescue file outlives more."""
    ledger = await sealed(await keeper.create(), 1)
    rescue = Rescue(keeper.path, (await ledger.facts()).campaign, 1)
    rescue.write([accepted(await claimed(ledger), 1)])
    rescue.close()
    await ledger.close(flush=False)
    found: list[str] = []
    remove = Rescued.remove

    def watched(rescued: Rescued) -> None:
        copy = shutil.copy2(keeper.path, keeper.path.with_name("copy.campaign"))
        with closing(sqlite3.connect(copy)) as database:
            found.extend(state for (state,) in database.execute("SELECT state FROM rows"))
        remove(rescued)

    monkeypatch.setattr(Rescued, "remove", watched)
    await (await keeper.open()).close()
    assert found == ["ACCEPTED"]


def removed(log: Path) -> None:
    log.unlink()


def emptied(log: Path) -> None:
    log.write_bytes(b"")


def cut_in_its_head(log: Path) -> None:
    log.write_bytes(log.read_bytes()[:20])


def with_another_head(log: Path) -> None:
    content = bytearray(log.read_bytes())
    content[17] ^= 1
    log.write_bytes(content)


def no_log(log: Path) -> None:
    log.write_bytes(b"x" * log.stat().st_size)


DAMAGE = [removed, emptied, cut_in_its_head, with_another_head, no_log]


async def test_a_ledger_with_its_log_goes_on(keeper: SQLiteKeeper) -> None:
    await killed(keeper)
    async with await keeper.open() as ledger:
        assert (await ledger.counts()).unknown == 3


@pytest.mark.parametrize("damage", DAMAGE)
async def test_a_ledger_without_its_log_is_refused_until_it_is_adopted(
    keeper: SQLiteKeeper, damage: Callable[[Path], None]
) -> None:
    damage(log_of(await killed(keeper)))
    for _ in range(2):  # looking at it makes a new log, which is none
        with pytest.raises(LedgerError, match=r"the ledger's log spring\.campaign-wal .* adopt"):
            await keeper.open()
        with LedgerView(keeper.path) as view:
            assert view.counts().ready == 3
            assert ["log" in text for text in view.check()] == [True]
    assert process_of(keeper.path) is None
    async with await SQLiteLedger.open(keeper.path, adopt=True, clock=keeper.clock) as ledger:
        assert (await ledger.counts()).ready == 3  # what stands in the file
    await (await keeper.open()).close()


async def test_a_log_that_a_checkpoint_knew_to_be_longer_is_refused(
    keeper: SQLiteKeeper, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("async_messaging.campaigns.file._CHECKPOINT_COMMITS", 2)
    path = await killed(keeper, rows=8)
    content = log_of(path).read_bytes()
    log_of(path).write_bytes(content[: 32 + 4120])
    with pytest.raises(LedgerError, match="is shorter than it was"):
        await keeper.open()
    log_of(path).write_bytes(content)
    await (await keeper.open()).close()


async def test_a_ledger_that_was_closed_needs_no_log(keeper: SQLiteKeeper) -> None:
    ledger = await sealed(await keeper.create(), 1)
    await ledger.close()
    assert not log_of(keeper.path).exists()
    await (await keeper.open()).close()


async def test_an_import_that_was_killed_goes_on_although_it_is_looked_at_first(
    keeper: SQLiteKeeper,
) -> None:
    await (await keeper.create()).close(flush=False)
    for _ in range(2):
        assert has_tables(keeper.path, LEDGER)
        await (await keeper.open()).close(flush=False)


async def test_whoever_may_not_have_a_ledger_leaves_its_log(keeper: SQLiteKeeper) -> None:
    log = log_of(await killed(keeper))
    content = log.read_bytes()
    copy = keeper.path.with_name("copy.campaign")
    for suffix in ("", "-wal"):
        shutil.copy2(beside(keeper.path, suffix), beside(copy, suffix))
    with pytest.raises(LedgerError, match="is a copy"):
        await SQLiteLedger.open(copy)
    assert log_of(copy).read_bytes() == content


async def test_a_run_that_is_abandoned_keeps_its_log(keeper: SQLiteKeeper) -> None:
    ledger = await sealed(await keeper.create(), 1)
    await claimed(ledger)
    await ledger.close(flush=False)
    async with await keeper.open() as again:
        assert (await again.counts()).unknown == 1


def replaced(path: Path) -> None:
    shutil.copy2(path, path.with_name("copy"))
    path.with_name("copy").replace(path)


def moved(path: Path) -> None:
    path.rename(path.with_name("moved"))


def truncated(path: Path) -> None:
    path.write_bytes(b"")


@pytest.mark.parametrize("suffix", ["", "-wal"])
@pytest.mark.parametrize("happens", [replaced, moved, truncated, Path.unlink])
async def test_a_ledger_that_is_another_by_now_stops_its_run(
    keeper: SQLiteKeeper, suffix: str, happens: Callable[[Path], None]
) -> None:
    if (suffix, happens) == ("-wal", truncated):
        return  # its own checkpoints do that; the next opening finds it
    ledger = await sealed(await keeper.create(), 3)
    rows = await ledger.ready(0)
    claim = await claimed(ledger, rows[0])
    happens(beside(keeper.path, suffix))
    with pytest.raises(LedgerError, match="while it was used"):
        await ledger.intend(rows[1])
    with pytest.raises(LedgerError, match="while it was used"):
        await ledger.skip_ready("cancelled", 1.0)
    ledger.record(accepted(claim, 1))
    with pytest.raises(LedgerError, match="outcomes are in"):
        await ledger.close()
    (rescue,) = rescues_of(ledger)
    assert rescue.read_bytes().count(b"\n") == 1


async def test_another_programs_lock_is_waited_for_and_told(
    keeper: SQLiteKeeper,
) -> None:
    faults = Faults()
    faults.setup = ["PRAGMA busy_timeout = 1"]
    keeper.opener = faults
    ledger = await sealed(await keeper.create(), 1)
    told = asyncio.Event()
    loop = asyncio.get_running_loop()

    class Listening(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            if "is locked by another program" in record.getMessage():
                loop.call_soon_threadsafe(told.set)

    handler = Listening()
    logging.getLogger("async_messaging").addHandler(handler)
    with closing(sqlite3.connect(keeper.path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        claiming = asyncio.ensure_future(claimed(ledger))
        telling = asyncio.ensure_future(told.wait())
        await asyncio.wait({claiming, telling}, return_when=asyncio.FIRST_COMPLETED)
        telling.cancel()
        assert not claiming.done()
        other.execute("COMMIT")
        await claiming
    logging.getLogger("async_messaging").removeHandler(handler)
    assert ledger.failure is None
    await ledger.close()


async def test_by_a_link_it_is_the_same_campaign(keeper: SQLiteKeeper, tmp_path: Path) -> None:
    ledger = await sealed(await keeper.create(), 1)
    link = tmp_path / "elsewhere" / "other.campaign"
    link.parent.mkdir()
    link.symlink_to(keeper.path)
    assert process_of(link) == os.getpid()
    with pytest.raises(LedgerError, match="runs this campaign"):
        await SQLiteLedger.open(link)
    await ledger.close()
    await (await SQLiteLedger.open(link)).close()
    assert list(link.parent.iterdir()) == [link]
