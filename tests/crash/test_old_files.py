"""Files of version 0.1, killed in the middle, are ended by this version: nothing lost, none twice.

Version 0.1 wrote the times of a wall clock, which are believed to the hour: so all of it happened two
hours ago. The large files take some minutes to make; ``OLD_FILES=FOLDER python -m pytest -m crash -s
tests/crash/test_old_files.py`` takes those that `tests.crash.old_files` made an hour ago or earlier.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import time
import urllib.request
from collections import Counter, defaultdict
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path
from unittest.mock import patch

import pytest

from async_messaging.client import MessagingClient
from async_messaging.codec.sids import SID
from async_messaging.errors import OutcomeUnknown
from async_messaging.outbox.outbox import Outbox
from tests.crash.old_files import SENDER, make, states
from tests.crash.old_outbox_program import text_for
from tests.kept import move_times, restore
from tests.simulator_process import SimulatorProcess, simulator_process

Tell = Callable[[str], None]
HOURS = 2 * 3600.0


def accepted(simulator: SimulatorProcess) -> dict[str, list[str]]:
    """Sids of what the simulator accepted, by number."""
    found: dict[str, list[str]] = defaultdict(list)
    with urllib.request.urlopen(f"{simulator.url}/simulator/messages", timeout=60) as answer:
        for line in answer.read().decode().splitlines():
            message = json.loads(line)
            found[message["to"]].append(message["sid"])
    return found


def judge(path: Path, query: str, sids: dict[str, list[str]]) -> Counter[str]:
    """Each recipient has the message of its row or key, or none; the states of all.

    Args:
        path: the ledger or outbox.
        query: gives recipient, state and sid of each.
        sids: what was accepted.
    """
    with closing(sqlite3.connect(path)) as file:
        rows = file.execute(query).fetchall()
    for to, state, sid in rows:
        own = sids.get(to, [])
        assert len(own) <= 1, "two messages"
        if state == "ACCEPTED":
            assert own == [sid]
        else:
            assert state == "HELD", state
    return Counter(state for _, state, _ in rows)


def end_campaign(folder: Path, simulator: SimulatorProcess) -> None:
    """Run it to its end under the policy that sends again what was surely not accepted."""
    command = [sys.executable, "-W", "error", "-m", "async_messaging", "campaign", "run", "spring"]
    options = ["--rate", "100000", "--settle", "1", "--scan-interval", "1", "--timeout", "1"]
    policy = ["--on-unknown", "resend", "--pause-above", "1", "--no-progress", "--yes"]
    # A copy is refused, and what 0.1 did not write down: in which account it sent.
    for more, statuses in (([], {2, 8}), (["--adopt"], {3})):
        done = subprocess.run(
            [*command, *options, *policy, *more],
            cwd=folder,
            env=simulator.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode in statuses, done


async def end_outbox(path: Path, everybody: list[str]) -> None:
    """Settle what is open, then send every key, as a program does that begins anew."""
    waiting = iter(everybody)
    async with (
        MessagingClient() as client,
        Outbox.open(path, client, on_unknown="resend", settle=1.0, scan_interval=1.0) as outbox,
    ):
        await outbox.adopt()
        while (left := await outbox.settle()).wait is not None:
            await asyncio.sleep(left.wait)

        async def work() -> None:
            for number in waiting:
                body = text_for(number)
                with suppress(OutcomeUnknown):  # held: a person decides
                    await outbox.send(key=f"order:{number}", to=number, from_=SENDER, body=body)

        await asyncio.gather(*(work() for _ in range(32)))


def ended(folder: Path, *, outbox: bool) -> str:
    """End what is there, and judge; what was found and how long it took."""
    before = {
        name: dict(states(folder / name, table))
        for name, table in (("spring.campaign", "rows"), ("orders.outbox", "entries"))
    }
    began = time.monotonic()
    with simulator_process("--state", str(folder / "twilio.db"), "--seed", "1") as simulator:
        end_campaign(folder, simulator)
        if outbox:
            numbers = (folder / "numbers.txt").read_text(encoding="ascii").split()
            with patch.dict(os.environ, simulator.exports):
                asyncio.run(end_outbox(folder / "orders.outbox", numbers))
        sids = accepted(simulator)
    took = time.monotonic() - began
    rows = judge(folder / "spring.campaign", f"SELECT recipient, state, {SID} FROM rows", sids)
    assert rows.total() == sum(before["spring.campaign"].values())
    found = f"campaign {before['spring.campaign']} -> {dict(rows)}"
    if outbox:
        query = "SELECT substr(key, 7), state, sid FROM entries"
        keys = judge(folder / "orders.outbox", query, sids)
        assert keys.total() == len(numbers)
        found += f"; outbox {before['orders.outbox']} -> {dict(keys)}"
    return f"{found}; {sum(map(len, sids.values()))} messages; {took:.0f} s"


def never_accepted(folder: Path) -> str:
    """Let the simulator have no message of one row that is unknown; the row's recipient."""
    with closing(sqlite3.connect(folder / "spring.campaign")) as ledger:
        query = "SELECT recipient FROM rows WHERE state = 'UNKNOWN'"
        lost: str = ledger.execute(query).fetchone()[0]
    with closing(sqlite3.connect(folder / "twilio.db")) as twilio, twilio:
        query = "DELETE FROM messages WHERE json_extract(data, '$.to') = ?"
        assert twilio.execute(query, (lost,)).rowcount <= 1
    return lost


def numbers_of(path: Path) -> str:
    with closing(sqlite3.connect(path)) as outbox:
        found = outbox.execute("SELECT substr(key, 7) FROM entries")
        return "\n".join(number for (number,) in found)


@pytest.mark.parametrize("version", [1, 2])
def test_small_ones_that_are_kept(tmp_path: Path, tell: Tell, version: int) -> None:
    restore(tmp_path, 1 if version == 1 else 2, ended=time.time() - HOURS)
    outbox = tmp_path / "orders.outbox"
    if outbox.exists():
        numbers = numbers_of(outbox)
        (tmp_path / "numbers.txt").write_text(numbers + "\n+14155550999", encoding="ascii")
    lost = never_accepted(tmp_path)
    tell(ended(tmp_path, outbox=outbox.exists()))
    with closing(sqlite3.connect(tmp_path / "spring.campaign")) as ledger:
        query = "SELECT state FROM rows WHERE recipient = ?"
        assert ledger.execute(query, (lost,)).fetchone() == ("HELD",)  # absence proves nothing


@pytest.mark.crash
def test_large_ones(tmp_path: Path, tell: Tell) -> None:
    folder = tmp_path / "old"
    if (given := os.environ.get("OLD_FILES")) is None:
        make(folder, 100_000, 10_000)
        for name in ("spring.campaign", "orders.outbox", "twilio.db"):
            with closing(sqlite3.connect(folder / name)) as database:
                move_times(database, -HOURS)
    else:
        shutil.copytree(given, folder)
    tell(ended(folder, outbox=True))
