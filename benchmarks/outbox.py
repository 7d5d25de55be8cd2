"""What does a key cost: a send through an outbox, over a plain `messages.create`?

One client sends to one origin, round after round: plainly, through an outbox in memory, and through
one in a SQLite file of this folder's disk, where each send is two durable commits, which callers
share. The origin answers at once, so wall time is nothing but cost; once more with answers after
100 ms, as Twilio's are. Then 200 sends a second, whatever the answers do. CPU is that of the whole
process, the file's thread included. All figures are ratios of the same round, medians with the least
and the most; a plain write with its flush is printed too: a commit is five of them, and a disk that is
busy, or that lets only so many through a second, decides the rest.

Every answer is checked: it is a message of its own, its key says the same when it is asked again, and
in the end the outbox counts as many.

    python -m benchmarks.outbox
"""

from __future__ import annotations

import asyncio
import gc
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from functools import partial
from itertools import count
from pathlib import Path

from async_messaging import MemoryStore, MessagingClient, Outbox, SqliteStore
from async_messaging.outbox.store import Store
from benchmarks.bench import Address, Bench
from benchmarks.figures import Spread, spread, table
from benchmarks.journal import plain_flush
from benchmarks.peers.base import SENDER, TEXT, Target
from benchmarks.peers.ours import opened
from benchmarks.resources import open_files, pin

__all__: list[str] = []

CALLERS, FEW = (1, 64, 512), (1, 64)
SECONDS, ROUNDS, WARM_UP = 0.4, 3, 0.2
DELAY = 0.1
RATE, STEADY_SECONDS, STEADY_ROUNDS = 200, 2.0, 3
AGAIN = 50

Pair = tuple[float, float]
Measure = Callable[["Side"], Awaitable[Pair]]


class Side:
    """A way to send, and what it has sent.

    Args:
        name: in the tables.
        client: sends.
        outbox: sends under keys; None sends plainly.
    """

    def __init__(self, name: str, client: MessagingClient, outbox: Outbox | None) -> None:
        self.name = name
        self.outbox = outbox
        self._client = client
        self._numbers = count(2_000_000)
        self._sids: dict[str, str] = {}

    async def send(self) -> None:
        """Send to the next number, and check what comes."""
        to = f"+1415{next(self._numbers):07}"
        sid = await self._sid(to)
        if sid in self._sids:
            raise AssertionError("an answer that belongs to another request")
        self._sids[sid] = to

    async def _sid(self, to: str) -> str:
        if self.outbox is None:
            message = await self._client.messages.create(to=to, from_=SENDER, body=TEXT)
            assert message.to == to, "an answer that belongs to another request"
            return message.sid
        return (await self.outbox.send(key=f"login:{to}", to=to, from_=SENDER, body=TEXT)).sid

    async def check(self) -> None:
        """Whether the outbox knows what it sent."""
        if self.outbox is None:
            return
        counts = await self.outbox.status()
        assert counts.accepted == counts.total == len(self._sids), "a key was lost"
        for sid, to in list(self._sids.items())[-AGAIN:]:
            assert await self._sid(to) == sid, "a key has another message"


async def closed(side: Side, callers: int, seconds: float) -> Pair:
    """So many callers, each of which sends again and again; wall and CPU seconds a send."""
    done = 0
    until = time.perf_counter() + seconds

    async def call() -> None:
        nonlocal done
        while time.perf_counter() < until:
            await side.send()
            done += 1

    gc.collect()
    wall, cpu = time.perf_counter(), time.process_time()
    await asyncio.gather(*(call() for _ in range(callers)))
    return (time.perf_counter() - wall) / done, (time.process_time() - cpu) / done


async def steady(side: Side) -> Pair:
    """So many sends a second; median and 99th percentile of how long one takes, in seconds."""
    times: list[float] = []

    async def timed(begun: float) -> None:
        await side.send()
        times.append(time.perf_counter() - begun)

    begun = time.perf_counter()
    async with asyncio.TaskGroup() as group:
        for number in range(int(RATE * STEADY_SECONDS)):
            due = begun + number / RATE
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            group.create_task(timed(due))
    times.sort()
    return times[len(times) // 2], times[len(times) * 99 // 100]


async def sides_on(address: Address, file: Path, stack: AsyncExitStack) -> list[Side]:
    """The three ways, over one client."""
    target = Target(address.url, address.authority, max(CALLERS))
    client = await stack.enter_async_context(opened(target))
    sides = [Side("plain", client, None)]
    stores: dict[str, Store] = {"memory": MemoryStore(), "SQLite": SqliteStore(file)}
    for name, store in stores.items():
        outbox = await stack.enter_async_context(Outbox(store, client))
        sides.append(Side(name, client, outbox))
    return sides


async def in_turn(sides: list[Side], rounds: int, measure: Measure) -> list[list[Pair]]:
    """Each side in turn, round after round."""
    return [[await measure(side) for side in sides] for _ in range(rounds)]


def show(
    heading: str, columns: tuple[str, str], sides: list[Side], found: list[list[Pair]]
) -> None:
    """A table of ratios to the plain side, and below it all sides' own figures."""
    rows: dict[str, list[Spread | None]] = {}
    own: list[str] = []
    for at, side in enumerate(sides):
        pairs = [(one[at], one[0]) for one in found]
        if at:
            rows[side.name] = [spread(mine[i] / plain[i] for mine, plain in pairs) for i in (0, 1)]
        mean = [statistics.median(mine[i] for mine, _ in pairs) * 1e3 for i in (0, 1)]
        own.append(f"{side.name} {mean[0]:.3g} and {mean[1]:.3g}")
    table(heading, columns, rows)
    print(f"in ms, {columns[0]} and {columns[1]}: {'; '.join(own)}")


async def all_callers(bench: Bench, folder: Path, delay: float, callers: tuple[int, ...]) -> None:
    """The cost of a send with so many callers, with answers after so long."""
    seconds = max(SECONDS, 8 * delay)
    answers = f"answers after {delay * 1e3:.0f} ms" if delay else "answers at once"
    with bench.started("http", delay=delay) as address:
        async with AsyncExitStack() as stack:
            sides = await sides_on(address, folder / f"{delay}.outbox", stack)
            for number in callers:
                for side in sides:
                    await closed(side, number, WARM_UP)
                found = await in_turn(
                    sides, ROUNDS, partial(closed, callers=number, seconds=seconds)
                )
                show(f"a send with {number} callers, {answers}", ("wall", "CPU"), sides, found)
            for side in sides:
                await side.check()


async def open_loop(bench: Bench, folder: Path) -> float:
    """How long a send takes at a steady rate; the file's 99th percentile in ms."""
    with bench.started("http") as address:
        async with AsyncExitStack() as stack:
            sides = await sides_on(address, folder / "steady.outbox", stack)
            for side in sides:
                await closed(side, 8, WARM_UP)
            found = await in_turn(sides, STEADY_ROUNDS, steady)
            show(f"time of a send at {RATE} a second", ("p50", "p99"), sides, found)
            for side in sides:
                await side.check()
    return statistics.median(one[-1][1] for one in found) * 1e3


def main() -> None:
    """Print the tables."""
    open_files()
    with Bench(quick=False) as bench, tempfile.TemporaryDirectory(dir=Path.cwd()) as made:
        pin(bench.client_core)
        folder = Path(made)
        print("ratios to a plain create; the median, and in brackets the least and the most")
        before = plain_flush(folder, 4096, 100) * 1e3
        slowest = asyncio.run(open_loop(bench, folder))
        after = plain_flush(folder, 4096, 100) * 1e3
        print(f"plain write and flush of 4 KiB: {before:.2f} ms before, {after:.2f} ms after;")
        print(f"SQLite's p99 is {slowest / ((before + after) / 2):.0f} of them, a commit has 5")
        asyncio.run(all_callers(bench, folder, 0.0, CALLERS))
        asyncio.run(all_callers(bench, folder, DELAY, FEW))
        for sentence in bench.figures.left_out:
            print(sentence)


if __name__ == "__main__":
    main()
