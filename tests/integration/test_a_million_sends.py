"""Many sends in one process, some of which fail in every way: nothing is left behind (P14)."""

from __future__ import annotations

import asyncio
import gc
import os
import random
import sys
import time
from collections.abc import AsyncGenerator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from async_messaging import Limits, MessageDraft, MessagingClient
from tests.integration.faulty_origin import FAULTS

SEED = int(os.environ.get("SOAK_SEED", "0")) or time.time_ns() % 1_000_000
FAULTY = 0.05

pytestmark = pytest.mark.skipif(
    not Path("/proc/self/fd").exists(), reason="the system does not tell what a process holds"
)


@asynccontextmanager
async def faulty_origin() -> AsyncGenerator[str]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.integration.faulty_origin"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        cwd=Path(__file__).parents[2],
    )
    assert process.stdout is not None
    assert process.stdin is not None
    try:
        yield f"http://127.0.0.1:{int(await process.stdout.readline())}"
    finally:
        process.stdin.close()
        await process.wait()


def held() -> tuple[int, int, float]:
    """Descriptors, tasks and resident MiB of this process."""
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    memory = pages * os.sysconf("SC_PAGE_SIZE") / 2**20
    descriptors = len(list(Path("/proc/self/fd").iterdir()))
    return descriptors, len(asyncio.all_tasks()), memory


def faults(count: int, luck: random.Random) -> Iterator[str]:
    names = [name for name in FAULTS if name != "good"]
    for _ in range(count):
        yield luck.choice(names) if luck.random() < FAULTY else "good"


async def sent(client: MessagingClient, count: int, luck: random.Random) -> int:
    """Send as many; each must end as its fault says. Gives those that were accepted."""
    asked = list(faults(count, luck))
    drafts = (
        MessageDraft(to=f"+1415{2_000_000 + n}", from_="+15005550006", body=fault)
        for n, fault in enumerate(asked)
    )
    sids: set[str] = set()
    async with client.bulk(drafts, concurrency=64) as results:
        async for result in results:
            assert result.row is not None
            assert result.outcome == FAULTS[asked[result.row - 1]], asked[result.row - 1]
            if result.message is not None:
                sids.add(result.message.sid)
    return len(sids)


async def soaked(count: int, warm_up: int) -> float:
    """Growth in MiB from the end of the warm-up to the end of all."""
    print(f"SOAK_SEED={SEED}")  # noqa: T201  # replays a failure
    luck = random.Random(SEED)
    async with faulty_origin() as url:
        before = held()
        async with MessagingClient(
            account_sid=f"AC{'0' * 32}",
            auth_token="token",
            base_url=url,
            limits=Limits(account=1e9, in_flight=64),
        ) as client:
            await sent(client, warm_up, luck)
            warm = held()
            left = count - warm_up
            while left:
                part = min(left, 50_000)
                await sent(client, part, luck)
                left -= part
            end = held()
        after = held()
    assert end[1] == before[1]
    assert end[0] <= before[0] + 64 + 4  # its connections, and what the loop opened
    assert after[:2] == (before[0], before[1])
    return end[2] - warm[2]


async def test_sends_leave_no_descriptor_and_no_task() -> None:
    await soaked(3_000, 1_000)


@pytest.mark.soak
async def test_a_million_sends_with_5_percent_faults_leave_nothing() -> None:
    assert await soaked(1_000_000, 100_000) <= 5
