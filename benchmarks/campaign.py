"""What does the ledger cost a campaign, beside the same bulk send without one?

Both send the same rows of the same file with the same template, to a simulator in another process
over real sockets, and to a sink in this process that takes no time at all (so nothing hides the
ledger). The sides alternate; medians of sends per second and of CPU time are compared. Goal: 0.7 of
the bulk send's sends per second, over sockets.

    python -m benchmarks.campaign [ROWS [ROUNDS]]
"""

from __future__ import annotations

import asyncio
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from async_messaging import Campaign, Limits, MessagingClient
from async_messaging.bulk.sources import open_rows
from async_messaging.testing import Sink
from tests.simulator_process import simulator_process

ROWS = 6_000
ROUNDS = 5
WORKERS = 128
TEMPLATE = "Hi {name}, your code is {code}"
SENDER = "+15005550006"
GOAL = 0.7


def source(folder: Path, rows: int) -> Path:
    """A file of recipients."""
    path = folder / "people.csv"
    lines = (f"+1415{row:07},name {row},A{row % 1000}\n" for row in range(rows))
    path.write_text("phone,name,code\n" + "".join(lines), encoding="utf-8")
    return path


async def bulk(client: MessagingClient, path: Path, rows: int) -> tuple[float, float]:
    """Wall and CPU seconds of a bulk send."""
    with open_rows(path, template=TEMPLATE, sender=SENDER, warn=print) as drafts:
        before = time.perf_counter(), time.process_time()
        async with client.bulk(drafts, concurrency=WORKERS) as results:
            sids = {result.message.sid async for result in results if result.message}
        spent = time.perf_counter() - before[0], time.process_time() - before[1]
    assert len(sids) == rows, "a message was lost"
    return spent


async def campaign(client: MessagingClient, path: Path, rows: int) -> tuple[float, float]:
    """Wall and CPU seconds of a campaign's run; the import is not in it."""
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as folder:
        file = Path(folder) / "bench.campaign"
        made = await Campaign.create(file, path, template=TEMPLATE, sender=SENDER)
        before = time.perf_counter(), time.process_time()
        result = await made.run(client, concurrency=WORKERS)
        spent = time.perf_counter() - before[0], time.process_time() - before[1]
    assert result.counts.accepted == rows, "a message was lost"
    return spent


def compare(name: str, rows: int, rounds: int, make: Callable[[], MessagingClient]) -> float:
    """Alternate the sides, print both and give the ratio of their sends per second."""
    walls: dict[str, list[float]] = {"bulk": [], "campaign": []}
    cpus: dict[str, list[float]] = {"bulk": [], "campaign": []}

    async def one(side: str, path: Path) -> None:
        async with make() as client:
            wall, cpu = await (bulk if side == "bulk" else campaign)(client, path, rows)
        walls[side].append(wall / rows * 1e6)
        cpus[side].append(cpu / rows * 1e6)

    with tempfile.TemporaryDirectory() as folder:
        path = source(Path(folder), rows)
        for _ in range(rounds):
            for side in walls:
                asyncio.run(one(side, path))
    for side, spent in walls.items():
        wall, cpu = statistics.median(spent), statistics.median(cpus[side])
        print(
            f"{name:<10}{side:<10}{wall:>8.0f} us wall{cpu:>8.0f} us CPU a message"
            f"{1e6 / wall:>10,.0f} messages/s"
        )
    ratio = statistics.median(walls["bulk"]) / statistics.median(walls["campaign"])
    print(f"{name:<10}ratio     {ratio:>8.2f}")
    return ratio


def main() -> int:
    """Print a table; 1 where the goal is missed."""
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else ROWS
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else ROUNDS
    no_limit = Limits(account=1e9)
    sid, token = f"AC{'0' * 32}", "0" * 32

    def to_sink() -> MessagingClient:
        return MessagingClient(account_sid=sid, auth_token=token, limits=no_limit, transport=Sink())

    compare("sink", rows, rounds, to_sink)
    with simulator_process("--account-sid", sid, "--auth-token", token) as simulator:

        def to_simulator() -> MessagingClient:
            url = simulator.url
            return MessagingClient(account_sid=sid, auth_token=token, limits=no_limit, base_url=url)

        ratio = compare("sockets", rows, rounds, to_simulator)
    print(f"goal: {GOAL}; " + ("met" if ratio >= GOAL else "missed"))
    return 0 if ratio >= GOAL else 1


if __name__ == "__main__":
    sys.exit(main())
