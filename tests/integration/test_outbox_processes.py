"""An outbox in real processes: their ends, their forks, their loops. Warnings are errors.

Each program runs in a process of its own; what is written to stderr is a warning that nobody could
raise.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

from async_messaging import MessagingClient, Outbox
from async_messaging.errors import OutcomeUnknown
from tests.simulator_process import SimulatorProcess, simulator_process

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")

SLOW = "+14155550100"
BEGIN = """
import asyncio, json, os, signal, sys, time
from async_messaging import MessagingClient, MessagingError, Outbox

client = MessagingClient()
outbox = Outbox.open(sys.argv[1], client, settle=0.2, scan_interval=0.1)

async def send(key, **options):
    fields = {"to": "+14155550100", "from_": "+15005550006", "body": key}
    try:
        return (await outbox.send(key=key, **fields, **options)).sid
    except MessagingError as error:
        return type(error).__name__

def say(**what):
    print(json.dumps(what), flush=True)

asyncio.run(send("first"))  # the first of all asks for Twilio's time
"""
NEVER_CLOSED = """
say(sids=[asyncio.run(send("a")), asyncio.run(send("b")), asyncio.run(send("a"))])
"""
LEFT_UNDER_WAY = """
async def main():
    asyncio.ensure_future(send("slow"))
    await asyncio.sleep(0.3)
asyncio.run(main())
say(again=asyncio.run(send("slow", timeout=5)))
"""
LOOP_NEVER_CLOSED_WELL = """
loop = asyncio.new_event_loop()
calling = loop.create_task(send("slow"))
loop.run_until_complete(asyncio.sleep(0.3))
loop.close()
sys.stderr = open(os.devnull, "w")  # asyncio tells of what its user left open
say(again=asyncio.run(send("slow", timeout=5)))
os._exit(0)
"""
FORK = """
async def main():
    calling = asyncio.ensure_future(send("slow"))
    await asyncio.sleep(0.3)
    child = os.fork()
    if not child:
        waited = asyncio.run(send("slow", timeout=0.2))
        own = asyncio.run(send("child"))
        os.write(2, b"" if waited == "OutcomeUnknown" and own.startswith("SM") else b"wrong")
        os._exit(0)
    await asyncio.to_thread(os.waitpid, child, 0)
    first, child = await calling, await send("child")
    say(sids=[first, await send("slow"), child])
    await outbox.aclose()
    await client.close()
asyncio.run(main())
"""
A_CHILD_OUTLIVES = """
async def main():
    calling = asyncio.ensure_future(send("slow"))
    await asyncio.sleep(0.3)
    child = os.fork()
    if not child:
        time.sleep(60)
        os._exit(0)
    say(child=child)
    await calling
asyncio.run(main())
"""


@pytest.fixture(scope="module")
def simulator() -> Generator[SimulatorProcess]:
    with simulator_process("--latency", "700ms") as running:
        yield running


def command(program: str, path: Path) -> list[str]:
    fork = "ignore:This process:DeprecationWarning"  # 3.12 warns of forks beside threads
    return [sys.executable, "-W", "error", "-W", fork, "-c", BEGIN + program, str(path)]


def told_by(program: str, path: Path, simulator: SimulatorProcess, log: str = "") -> dict[str, Any]:
    done = subprocess.run(
        command(program, path),
        env=simulator.environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, log)
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def test_it_has_to_be_closed_by_nobody(tmp_path: Path, simulator: SimulatorProcess) -> None:
    first, second, again = told_by(NEVER_CLOSED, tmp_path / "o", simulator)["sids"]
    assert first == again != second


def test_what_a_loop_leaves_under_way_is_unknown(
    tmp_path: Path, simulator: SimulatorProcess
) -> None:
    log = "CreateMessage: late answer: ConnectionLost\n"  # the client's
    told = told_by(LEFT_UNDER_WAY, tmp_path / "o", simulator, log)
    assert told == {"again": "OutcomeUnknown"}


def test_what_a_loop_leaves_that_never_ends_its_tasks_is_unknown(
    tmp_path: Path, simulator: SimulatorProcess
) -> None:
    told = told_by(LOOP_NEVER_CLOSED_WELL, tmp_path / "o", simulator)
    assert told == {"again": "OutcomeUnknown"}


def test_a_forked_child_is_another_owner(tmp_path: Path, simulator: SimulatorProcess) -> None:
    first, again, child = told_by(FORK, tmp_path / "o", simulator)["sids"]
    assert first == again != child


async def test_a_child_does_not_keep_its_parent_alive(
    tmp_path: Path, simulator: SimulatorProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in simulator.exports.items():
        monkeypatch.setenv(name, value)
    parent = subprocess.Popen(  # noqa: ASYNC220 - it is read at once
        command(A_CHILD_OUTLIVES, tmp_path / "o"),
        env=simulator.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    with parent:
        assert parent.stdout is not None
        child = json.loads(parent.stdout.readline())["child"]
        try:
            parent.kill()
            parent.wait()
            async with MessagingClient() as client, Outbox.open(tmp_path / "o", client) as outbox:
                began = time.monotonic()
                with pytest.raises(OutcomeUnknown, match="ended before the answer came"):
                    await outbox.send(key="slow", to=SLOW, from_="+15005550006", body="slow")
                assert time.monotonic() - began < 2
        finally:
            os.kill(child, signal.SIGKILL)
