from __future__ import annotations

import asyncio
from pathlib import Path

import msgspec
import pytest

from async_messaging.campaigns.reading import LedgerView
from async_messaging.campaigns.rescue import RescueRecord
from async_messaging.campaigns.rows import outcome_of
from async_messaging.errors import LedgerError
from async_messaging.testing import FakeClock
from tests.unit.campaigns.faults import Faults
from tests.unit.campaigns.ledgers import (
    SQLiteKeeper,
    accepted,
    claimed,
    first,
    new_rows,
    number_of,
    rescues_of,
    sealed,
    wrong_in,
)

NOW = 1_700_000_000.0


@pytest.fixture
def keeper(tmp_path: Path, clock: FakeClock) -> SQLiteKeeper:
    return SQLiteKeeper(tmp_path, clock)


@pytest.fixture
def faults() -> Faults:
    return Faults()


@pytest.mark.parametrize("statement", ["COMMIT", "BEGIN"])
async def test_a_failed_commit_stops_everything(
    keeper: SQLiteKeeper, faults: Faults, statement: str
) -> None:
    keeper.opener = faults
    ledger = await sealed(await keeper.create(), 3)
    rows = await ledger.ready(0)
    claims = [await claimed(ledger, row) for row in rows[:2]]
    faults.break_now(statement)
    ledger.record(accepted(claims[0], 1))
    with pytest.raises(LedgerError, match="disk I/O error"):
        await ledger.intend(rows[2])
    faults.broken = ""  # the disk is well again, but a flush is not repeated
    commits = faults.commits
    with pytest.raises(LedgerError, match="disk I/O error"):
        await ledger.intend(rows[2])
    with pytest.raises(LedgerError):
        await ledger.drain()
    ledger.record(outcome_of(claims[1], "REJECTED", NOW, code=21610))
    with pytest.raises(
        LedgerError, match=r"outcomes are in /.*/spring.campaign.1.[0-9a-f]{16}.rescue.jsonl"
    ):
        await ledger.close()
    assert (faults.commits, faults.tried) == (commits, 1)
    (rescue,) = rescues_of(ledger)
    check_rescue(rescue)
    again = await keeper.open()  # takes in what was rescued
    counts = await again.counts()
    assert (counts.accepted, counts.rejected, counts.unknown, counts.ready) == (1, 1, 0, 1)
    assert not rescue.exists()
    await again.close()


def check_rescue(rescue: Path) -> None:
    assert rescue.stat().st_mode & 0o777 == 0o600
    lines = rescue.read_bytes().splitlines()
    records = [msgspec.json.decode(line, type=RescueRecord) for line in lines]
    assert [(record.row, record.outcome, record.attempt) for record in records] == [
        (1, "accepted", 1),
        (2, "refused", 1),
    ]
    assert records[0].to == number_of(1)
    assert len(records[0].token) >= 16
    assert records[0].campaign
    assert number_of(1) not in repr(records)


async def test_a_full_disk_never_grants_an_intent_that_is_not_durable(
    keeper: SQLiteKeeper, faults: Faults
) -> None:
    """The file may not grow: sooner or later a transaction fails with SQLITE_FULL."""
    ledger = await sealed(await keeper.create(), 400)
    await ledger.close()
    pages = keeper.path.stat().st_size // 4096
    faults.setup = [f"PRAGMA max_page_count = {pages + 2}"]
    keeper.opener = faults
    ledger = await keeper.open()
    granted = 0
    with pytest.raises(LedgerError, match="full"):
        for number, row in enumerate(await ledger.ready(0), 1):
            claim = await claimed(ledger, row)
            granted += 1
            ledger.record(accepted(claim, number))
    with pytest.raises(LedgerError):
        await ledger.close()
    (rescue,) = rescues_of(ledger)
    rescued = len(rescue.read_bytes().splitlines())
    faults.setup = []
    async with await keeper.open() as again:
        counts = await again.counts()
        assert await wrong_in(again) == []
    assert 0 < rescued <= granted == counts.accepted + counts.unknown
    assert counts.unknown <= 1  # an intent that was durable, and never granted
    assert counts.ready == 400 - granted


async def test_a_failed_checkpoint_stops_everything(keeper: SQLiteKeeper, faults: Faults) -> None:
    keeper.opener = faults
    ledger = await keeper.create()
    faults.break_now("PRAGMA wal_checkpoint")
    await ledger.add(new_rows(20_000))
    with pytest.raises(LedgerError, match="disk I/O error"):
        await ledger.seal("hash")
    with pytest.raises(LedgerError):
        await ledger.close()


async def test_a_checkpoint_that_fails_at_the_end_is_told(
    keeper: SQLiteKeeper, faults: Faults
) -> None:
    keeper.opener = faults
    ledger = await sealed(await keeper.create(), 1)
    ledger.record(accepted(await claimed(ledger), 1))
    faults.break_now("PRAGMA wal_checkpoint")
    with pytest.raises(LedgerError, match="disk I/O error"):
        await ledger.close()
    assert rescues_of(ledger) == []
    faults.broken = ""
    async with await keeper.open() as again:
        assert (await again.counts()).accepted == 1


@pytest.mark.parametrize("asked", [True, False])
async def test_a_dead_run_neither_writes_nor_moves_the_log(
    keeper: SQLiteKeeper, asked: bool
) -> None:
    """Two connections that check point could lose commits in older versions of SQLite."""
    dead = await sealed(await keeper.create(), 1)
    row = await first(dead)
    live = await keeper.usurp()
    await live.skip([row], "seen", NOW)
    size = keeper.path.with_name("spring.campaign-wal").stat().st_size
    if asked:
        with pytest.raises(LedgerError, match="another run"):
            await dead.skip_ready("cancelled", NOW)
        assert dead.failure is not None
    with pytest.raises(LedgerError, match="another run"):
        await dead.close()
    assert keeper.path.with_name("spring.campaign-wal").stat().st_size == size
    assert [found.error for found in await live.rows_in("SKIPPED")] == ["seen"]
    await live.close()


async def test_a_failure_leaves_the_log_alone(keeper: SQLiteKeeper, faults: Faults) -> None:
    keeper.opener = faults
    ledger = await sealed(await keeper.create(), 1)
    row = await first(ledger)
    size = keeper.path.stat().st_size
    faults.break_now()
    with pytest.raises(LedgerError):
        await ledger.intend(row)
    with pytest.raises(LedgerError):
        await ledger.close()
    log = keeper.path.with_name("spring.campaign-wal")
    assert log.stat().st_size > 0
    assert keeper.path.stat().st_size == size


async def test_a_group_is_committed_once_and_released_with_one_call(
    keeper: SQLiteKeeper, faults: Faults
) -> None:
    keeper.opener = faults
    ledger = await sealed(await keeper.create(), 600)
    rows = await ledger.ready(0, 600)
    faults.hold.clear()
    start = faults.commits
    waiting = [asyncio.ensure_future(ledger.intend(rows[0]))]
    await asyncio.sleep(0)
    assert await asyncio.to_thread(faults.waiting.wait, 10)  # its commit is on the way
    waiting += [asyncio.ensure_future(ledger.intend(row)) for row in rows[1:]]
    await asyncio.sleep(0)
    calls = 0
    loop = asyncio.get_running_loop()
    call = loop.call_soon_threadsafe

    def counted(*arguments: object) -> asyncio.Handle:
        nonlocal calls
        calls += 1
        return call(*arguments)  # type: ignore[arg-type] # passed on as it is

    loop.call_soon_threadsafe = counted  # type: ignore[method-assign,assignment] # counts only
    faults.hold.set()
    claims = await asyncio.gather(*waiting)
    loop.call_soon_threadsafe = call  # type: ignore[method-assign]
    assert sum(claim is not None for claim in claims) == 600
    assert faults.commits - start == 3  # the first alone, what came meanwhile in groups of 512
    assert calls == 3
    await ledger.close()


async def test_an_outcome_alone_is_committed_after_50_ms(
    keeper: SQLiteKeeper, faults: Faults, clock: FakeClock
) -> None:
    keeper.opener = faults
    ledger = await sealed(await keeper.create(), 1)
    claim = await claimed(ledger)
    faults.committed.clear()
    ledger.record(accepted(claim, 1))
    await clock.advance(0.049)
    assert not faults.committed.is_set()
    await clock.advance(0.001)
    assert await asyncio.to_thread(faults.committed.wait, 10)
    with LedgerView(keeper.path) as view:
        assert view.counts().accepted == 1
    await ledger.close()


async def test_an_intent_that_nobody_waits_for_any_more_is_taken_back(
    keeper: SQLiteKeeper, faults: Faults
) -> None:
    keeper.opener = faults
    ledger = await sealed(await keeper.create(), 1)
    row = await first(ledger)
    faults.hold.clear()
    task = asyncio.ensure_future(ledger.intend(row))
    assert await asyncio.to_thread(faults.waiting.wait, 10)  # its commit is on the way
    task.cancel()
    await asyncio.wait([task])
    faults.hold.set()
    await ledger.drain()
    assert task.cancelled()
    await ledger.close()
    with LedgerView(keeper.path) as view:
        counts = view.counts()
        assert (counts.ready, counts.intent) == (1, 0)


async def test_what_is_no_text_stops_the_ledger_and_hangs_nobody(keeper: SQLiteKeeper) -> None:
    ledger = await sealed(await keeper.create(), 2)
    rows = await ledger.ready(0)
    claim = await claimed(ledger, rows[0])
    ledger.record(outcome_of(claim, "UNKNOWN", NOW, error="\udcff"))
    with pytest.raises(LedgerError, match="can't be written"):
        await ledger.intend(rows[1])
    with pytest.raises(LedgerError, match="1 outcomes are lost"):
        await ledger.close()


async def test_an_answer_that_comes_after_the_end_goes_to_the_rescue_file(
    keeper: SQLiteKeeper,
) -> None:
    ledger = await sealed(await keeper.create(), 1)
    claim = await claimed(ledger)
    await ledger.close()
    ledger.record(accepted(claim, 1))
    (rescue,) = rescues_of(ledger)
    assert rescue.read_bytes().count(b"\n") == 1
