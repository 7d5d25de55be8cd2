from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from async_messaging.campaigns.reading import LedgerView
from async_messaging.campaigns.sqlite import SQLiteLedger
from async_messaging.errors import LedgerError
from async_messaging.testing import FakeClock
from tests.unit.campaigns.faults import Faults
from tests.unit.campaigns.ledgers import (
    PLAN,
    SQLiteKeeper,
    sealed,
    sid_of,
    wrong_in,
)

NOW = 1_700_000_000.0


@pytest.fixture
def keeper(tmp_path: Path, clock: FakeClock) -> SQLiteKeeper:
    return SQLiteKeeper(tmp_path, clock)


@pytest.fixture
def faults() -> Faults:
    return Faults()


async def test_every_file_is_its_owners_alone(keeper: SQLiteKeeper) -> None:
    old = os.umask(0)
    try:
        ledger = await sealed(await keeper.create(), 1)
        keeper.post([])
        files = list(keeper.path.parent.iterdir())
        modes = {file.name.removeprefix("spring.campaign"): file.stat().st_mode for file in files}
    finally:
        os.umask(old)
    assert set(modes) == {"", "-wal", "-shm", ".lock", "-spool"}
    assert {mode & 0o777 for mode in modes.values()} == {0o600}
    await ledger.close()
    assert {file.name for file in keeper.path.parent.iterdir()} == {
        "spring.campaign",
        "spring.campaign-spool",
    }


async def test_a_second_run_is_refused_and_told_who_has_it(keeper: SQLiteKeeper) -> None:
    async with await keeper.create():
        with pytest.raises(LedgerError, match=f"process {os.getpid()} runs this campaign"):
            await keeper.open()
    await (await keeper.open()).close()


async def test_a_run_of_another_process_is_noticed_until_it_dies(keeper: SQLiteKeeper) -> None:
    await (await keeper.create()).close()
    program = (
        "import sys, pathlib\n"
        "from async_messaging.campaigns.database import run_lock\n"
        "lock = run_lock(pathlib.Path(sys.argv[1]))\n"
        "print('held', flush=True)\n"
        "sys.stdin.read()\n"
    )
    with subprocess.Popen(  # noqa: ASYNC220 - the test has nothing else to do
        [sys.executable, "-c", program, keeper.path],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        with pytest.raises(LedgerError, match=f"process {other.pid} runs"):
            await keeper.open()
        other.kill()
        other.wait()
    assert keeper.path.with_name("spring.campaign.lock").exists()
    await (await keeper.open()).close()


KILLED = """
import asyncio, sys
from async_messaging.campaigns.rows import outcome_of
from async_messaging.campaigns.sqlite import SQLiteLedger

async def main():
    ledger = await SQLiteLedger.open(sys.argv[1])
    rows = iter(await ledger.ready(0))

    async def work():
        for row in rows:
            claim = await ledger.intend(row)
            print(row.row, flush=True)
            ledger.record(outcome_of(claim, "ACCEPTED", claim.at, sid=f"SM{row.row:032x}"))

    await asyncio.gather(*[work() for _ in range(8)])
    await asyncio.Event().wait()

asyncio.run(main())
"""


async def test_after_a_kill_no_announced_row_is_ready(keeper: SQLiteKeeper) -> None:
    await (await sealed(await keeper.create(), 300)).close()
    with subprocess.Popen(  # noqa: ASYNC220 - the test has nothing else to do
        [sys.executable, "-c", KILLED, keeper.path], stdout=subprocess.PIPE, text=True
    ) as run:
        assert run.stdout is not None
        announced = {int(run.stdout.readline()) for _ in range(60)}
        run.kill()
        announced |= {int(line) for line in run.stdout}
    async with await keeper.open() as ledger:
        ready = {row.row for row in await ledger.ready(0)}
        counts = await ledger.counts()
        assert not ready & announced
        assert counts.accepted > 0
        assert counts.accepted + counts.unknown + counts.ready == 300
        for row in await ledger.rows_in("ACCEPTED"):
            assert row.sid == sid_of(row.row)
        assert await wrong_in(ledger) == []


async def test_an_existing_file_is_not_overwritten(keeper: SQLiteKeeper) -> None:
    await (await keeper.create()).close()
    with pytest.raises(LedgerError, match="exists already"):
        await keeper.create()


async def test_an_empty_file_of_a_killed_creation_is_used(keeper: SQLiteKeeper) -> None:
    keeper.path.touch()
    await (await keeper.create()).close()
    with LedgerView(keeper.path) as view:
        assert view.facts().plan == PLAN


async def test_a_copy_runs_only_when_it_is_adopted(keeper: SQLiteKeeper) -> None:
    await (await sealed(await keeper.create(), 1)).close()
    copy = keeper.path.with_name("copy.campaign")
    shutil.copy(keeper.path, copy)
    with pytest.raises(LedgerError, match="is a copy"):
        await SQLiteLedger.open(copy)
    await (await SQLiteLedger.open(copy, adopt=True)).close()
    await (await SQLiteLedger.open(copy)).close()
    await (await keeper.open()).close()
    shutil.move(copy, keeper.path)
    with pytest.raises(LedgerError, match="restored"):
        await keeper.open()


async def test_a_network_file_system_is_refused(
    keeper: SQLiteKeeper, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = f"server:/share {keeper.path.parent} nfs4 rw 0 0\n"
    read = Path.read_text

    def read_text(self: Path, encoding: str | None = None, errors: str | None = None) -> str:
        return table if str(self) == "/proc/self/mounts" else read(self, encoding, errors)

    monkeypatch.setattr(Path, "read_text", read_text)
    with pytest.raises(LedgerError, match=r"network file system \(nfs4\)"):
        await keeper.create()
    assert not keeper.path.exists()


async def test_the_file_has_the_settings_that_durability_needs(
    keeper: SQLiteKeeper, faults: Faults
) -> None:
    seen: list[sqlite3.Connection] = []

    def opener(uri: str) -> sqlite3.Connection:
        seen.append(faults(uri))
        return seen[-1]

    keeper.opener = opener
    for durability, level in (("disk", 2), ("process", 1)):
        keeper.durability = durability  # type: ignore[assignment] # data
        ledger = await (keeper.create() if level == 2 else keeper.open())
        pragmas = {
            name: seen[-1].execute(f"PRAGMA {name}").fetchone()[0]
            for name in ("journal_mode", "synchronous", "wal_autocheckpoint")
        }
        assert pragmas == {"journal_mode": "wal", "synchronous": level, "wal_autocheckpoint": 0}
        await ledger.close()


async def test_a_file_that_can_have_no_log_is_refused(keeper: SQLiteKeeper) -> None:
    """SQLite answers with the mode that it has; it does not fail."""
    await (await keeper.create()).close()

    class NoLog(sqlite3.Connection):
        def execute(self, sql: str, parameters: object = (), /) -> sqlite3.Cursor:
            return super().execute("SELECT 'delete'" if "journal_mode" in sql else sql)

    keeper.opener = lambda uri: sqlite3.connect(
        uri, uri=True, isolation_level=None, check_same_thread=False, factory=NoLog
    )
    with pytest.raises(LedgerError, match="can't use a write-ahead log here, only 'delete'"):
        await keeper.open()


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2 + 100])


def scribble(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[4096 : 3 * 4096] = os.urandom(2 * 4096)
    path.write_bytes(content)


def empty(path: Path) -> None:
    path.write_bytes(b"")


def other(path: Path) -> None:
    path.write_bytes(b"row,to\n1,+15558675310\n" * 100)


def foreign(path: Path) -> None:
    path.unlink()
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE t (x)")
    connection.close()


def newer(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()


@pytest.mark.parametrize("damage", [cut, scribble, empty, other, foreign, newer, Path.unlink])
async def test_a_damaged_file_is_refused(
    keeper: SQLiteKeeper, damage: Callable[[Path], None]
) -> None:
    await (await sealed(await keeper.create(), 500)).close()
    damage(keeper.path)
    with pytest.raises(LedgerError) as caught:
        await keeper.open()
    assert "+1555" not in str(caught.value)
    if damage is not Path.unlink:
        keeper.path.unlink()
    await (await keeper.create()).close()


async def test_a_read_only_file_is_refused(keeper: SQLiteKeeper, faults: Faults) -> None:
    ledger = await sealed(await keeper.create(), 1)
    await ledger.close()
    faults.setup = ["PRAGMA query_only = ON"]
    keeper.opener = faults
    with pytest.raises(LedgerError, match="READONLY"):
        await keeper.open()
    assert not keeper.path.with_name("spring.campaign.lock").exists()
