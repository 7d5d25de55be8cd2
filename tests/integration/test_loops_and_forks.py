"""One client at module level: many loops one after another, forks, threads. Warnings are errors.

Each program runs in a process of its own; what is written to stderr is a warning that nobody could
raise, such as that of a socket which was never closed.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Generator
from typing import Any

import pytest

from tests.simulator_process import SimulatorProcess, simulator_process

pytestmark = [
    pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork and /proc"),
    pytest.mark.usefixtures("transport"),
]

CLIENT = """
import asyncio, gc, json, os, sys
from async_messaging import MessagingClient

client = MessagingClient()

async def send(n):
    return (await client.messages.create(to=f"+1415{n:07d}", from_="+15005550006", body="Hi")).sid

def descriptors():
    return len(os.listdir("/proc/self/fd"))
"""

MANY_LOOPS = """
sids, seen = set(), []
for n in range(2_000_000, 2_001_000):
    sids.add(asyncio.run(send(n), debug=False))
    seen.append(descriptors())
gc.collect()
kinds = {"ClientSession", "WirePool"}
sessions = sum(type(thing).__name__ in kinds for thing in gc.get_objects())
print(json.dumps({"sids": len(sids), "first": seen[0], "most": max(seen), "sessions": sessions}))
"""

LOOPS_NEVER_CLOSED_WELL = """
import warnings
sids, seen = set(), []
for n in range(2_100_000, 2_100_020):
    loop = asyncio.new_event_loop()
    sids.add(loop.run_until_complete(send(n)))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # asyncio tells of what its user left open
        loop.close()
        del loop
        seen.append(descriptors())
        gc.collect()
print(json.dumps({"sids": len(sids), "first": seen[1], "most": max(seen)}))
asyncio.run(client.close())
with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    gc.collect()
"""

FORK = """
with asyncio.Runner() as runner:
    before = runner.run(send(2_200_000))
    reader, writer = os.pipe()
    child = os.fork()
    if not child:
        os.close(reader)
        sids = [asyncio.run(send(n)) for n in (2_200_001, 2_200_002)]
        os.write(writer, json.dumps(sids).encode())
        os.close(writer)
        os._exit(0)
    os.close(writer)
    here = runner.run(send(2_200_003))
    status = os.waitpid(child, 0)[1]
    with os.fdopen(reader) as told:
        theirs = json.load(told)
    after = runner.run(send(2_200_004))
    runner.run(client.close())
print(json.dumps({"status": status, "sids": len({before, here, after, *theirs})}))
"""

FORK_INSIDE_A_LOOP = """
async def main():
    sids = [await send(2_300_000)]
    child = os.fork()
    if not child:
        try:
            asyncio.run(send(2_300_001))
        except BaseException:
            os._exit(1)
        os._exit(0)
    sids.append(await send(2_300_002))
    status = (await asyncio.to_thread(os.waitpid, child, 0))[1]
    sids.append(await send(2_300_003))
    await client.close()
    print(json.dumps({"status": status, "sids": len(set(sids))}))

asyncio.run(main())
"""

MULTIPROCESSING = """
import multiprocessing

def work(n):
    return asyncio.run(send(n))

if __name__ == "__main__":
    first = work(2_400_000)
    with multiprocessing.get_context("fork").Pool(3) as pool:
        sids = pool.map(work, range(2_400_001, 2_400_031), chunksize=1)
        pool.close()
        pool.join()
    print(json.dumps({"sids": len({first, work(2_400_031), *sids})}))
"""

SECOND_RUNNING_LOOP = """
from threading import Thread
from async_messaging import SettingsError

refused = []

def elsewhere():
    try:
        asyncio.run(send(2_500_001))
    except SettingsError as error:
        refused.append(str(error))

async def main():
    sids = [await send(2_500_000)]
    thread = Thread(target=elsewhere)
    thread.start()
    await asyncio.to_thread(thread.join)
    sids.append(await send(2_500_002))
    await client.close()
    print(json.dumps({"sids": len(set(sids)), "refused": len(refused)}))

asyncio.run(main())
"""


@pytest.fixture(scope="module")
def simulator() -> Generator[SimulatorProcess]:
    with simulator_process() as running:
        yield running


def told_by(program: str, simulator: SimulatorProcess) -> dict[str, Any]:
    """What the program printed; it must have nothing to complain about."""
    done = subprocess.run(
        [sys.executable, "-X", "dev", "-W", "error", "-c", CLIENT + program],
        env={
            **simulator.environment,
            "ASYNC_MESSAGING_TRANSPORT": os.environ["ASYNC_MESSAGING_TRANSPORT"],
            "PYTHONASYNCIODEBUG": "",
        },
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    complaints = [line for line in done.stderr.splitlines() if not line.startswith("Executing <")]
    assert (done.returncode, complaints) == (0, [])
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def test_a_thousand_loops_one_after_another(simulator: SimulatorProcess) -> None:
    told = told_by(MANY_LOOPS, simulator)
    assert told["sids"] == 1000
    assert told["most"] == told["first"]
    assert told["sessions"] == 0


def test_loops_that_were_closed_without_ceremony(simulator: SimulatorProcess) -> None:
    told = told_by(LOOPS_NEVER_CLOSED_WELL, simulator)
    assert told["sids"] == 20
    assert told["most"] == told["first"]


@pytest.mark.parametrize(
    ("program", "sids"), [(FORK, 5), (FORK_INSIDE_A_LOOP, 3)], ids=["paused loop", "running loop"]
)
def test_a_fork_after_first_use(program: str, sids: int, simulator: SimulatorProcess) -> None:
    assert told_by(program, simulator) == {"status": 0, "sids": sids}


def test_a_pool_of_forked_workers(simulator: SimulatorProcess) -> None:
    assert told_by(MULTIPROCESSING, simulator) == {"sids": 32}


def test_a_second_running_loop_is_refused_and_harms_nobody(simulator: SimulatorProcess) -> None:
    assert told_by(SECOND_RUNNING_LOOP, simulator) == {"sids": 2, "refused": 1}


def test_nothing_was_sent_twice(simulator: SimulatorProcess) -> None:
    before = simulator.stats()["accepted"]
    told_by(FORK, simulator)
    assert simulator.stats()["accepted"] - before == 5
