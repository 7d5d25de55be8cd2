"""What does the ledger cost a message?

512 workers announce an attempt, wait for its commit, and record an outcome, without any network:
the ledger alone, on this folder's disk. `wall` is the whole run's time for each message, `cpu` what
both threads computed in it (the rest is the disk, or a machine that others use too), `growth` the
bytes that a sent row adds to the file over the imported row, all with `synchronous=FULL`; the plain
write and flush of the same bytes is printed beside it. Each is the median of three runs. Goals for
wall and growth: 20 us, 200 bytes, at groups of 128 and more.

    python -m benchmarks.journal
"""

from __future__ import annotations

import asyncio
import os
import secrets
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from async_messaging.campaigns.ledger import GROUP
from async_messaging.campaigns.rows import NewRow, Plan, Row, outcome_of
from async_messaging.campaigns.sqlite import SQLiteLedger
from async_messaging.storage.sqlite import connect

ROWS = 50_000
WORKERS = (1, 128, 512)
ROUNDS = 3


async def fill(path: Path, rows: int) -> None:
    """Import so many rows."""
    async with await SQLiteLedger.create(path, Plan(name="bench")) as ledger:
        for start in range(1, rows + 1, 5_000):
            await ledger.add([new_row(row) for row in range(start, min(start + 5_000, rows + 1))])
        await ledger.seal("hash")


def new_row(row: int) -> NewRow:
    """A row such as a campaign has."""
    return NewRow(row=row, to=f"+1555{row:07}", variables={"name": f"name {row}", "code": "A1B2"})


async def send_all(path: Path, workers: int) -> tuple[float, float]:
    """Announce and record every row; the seconds that took, and those computed."""
    async with await SQLiteLedger.open(path) as ledger:
        rows = await ledger.ready(0, ROWS)
        source = iter([(row, f"SM{secrets.token_hex(16)}") for row in rows])
        before, computed = time.perf_counter(), time.process_time()
        async with asyncio.TaskGroup() as group:
            for _ in range(workers):
                group.create_task(work(ledger, source))
        await ledger.drain()
        spent, computed = time.perf_counter() - before, time.process_time() - computed
        counts = await ledger.counts()
        assert counts.accepted == len(rows) == counts.total, "a row was lost"
    return spent, computed


async def work(ledger: SQLiteLedger, source: Iterator[tuple[Row, str]]) -> None:
    """What a sender does, but for sending."""
    for row, sid in source:
        claim = await ledger.intend(row)
        assert claim is not None
        ledger.record(
            outcome_of(
                claim,
                "ACCEPTED",
                time.time(),
                sid=sid,
                status="queued",
                segments=1,
            )
        )


def plain_flush(folder: Path, size: int, times: int) -> float:
    """Seconds of one write of *size* bytes with its flush: what the disk alone takes."""
    with (folder / "plain").open("wb", buffering=0) as file:
        before = time.perf_counter()
        for _ in range(times):
            file.write(bytes(size))
            os.fdatasync(file.fileno())
        return (time.perf_counter() - before) / times


def measure(path: Path, workers: int, count: int) -> tuple[float, float, float]:
    """Import and send once; microseconds of wall and processor, bytes of growth, for each row."""
    asyncio.run(fill(path, count))
    imported = path.stat().st_size
    wall, cpu = asyncio.run(send_all(path, workers))
    growth = path.stat().st_size - imported
    path.unlink()
    return wall / count * 1e6, cpu / count * 1e6, growth / count


def main() -> None:
    """Print a table, and the goals that were missed."""
    missed: list[str] = []
    print(f"{'workers':>8}{'rows':>8}{'wall a message':>17}{'cpu':>12}{'growth a message':>18}")
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as folder:
        for workers in WORKERS:
            count = ROWS if workers > 1 else 2_000
            path = Path(folder) / f"{workers}.campaign"
            rounds = [measure(path, workers, count) for _ in range(ROUNDS)]
            wall, cpu, growth = map(statistics.median, zip(*rounds, strict=True))
            print(f"{workers:>8}{count:>8}{wall:>14.1f} us{cpu:>9.1f} us{growth:>16.0f} B")
            if workers >= 128 and wall > 20:
                missed.append(f"wall at {workers} workers (20 us)")
            if workers >= 128 and growth > 200:
                missed.append(f"growth at {workers} workers (200 B)")
        flush = plain_flush(Path(folder), 65_536, 100) * 1e6
    print(
        f"plain write and flush of 64 KiB: {flush:.0f} us, {flush / GROUP:.1f} us a row of {GROUP}"
    )
    print(f"SQLite {connect(':memory:').execute('SELECT sqlite_version()').fetchone()[0]}")
    print(f"goals missed: {', '.join(missed)}" if missed else "all goals met")
    sys.exit(0)


if __name__ == "__main__":
    main()
