"""Eight processes send the same keys under every fault, and are killed: one key, one message."""

from __future__ import annotations

import asyncio
import json
import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from async_messaging.client import MessagingClient
from async_messaging.outbox.outbox import Outbox
from async_messaging.outbox.results import HeldKey, OutboxCounts
from async_messaging.transport.scripted import ScriptedTransport
from tests.crash.arena import EVERY_FAULT, Arena, Source, ended, seed
from tests.crash.outbox_program import number_of
from tests.simulator_process import simulator_process

PROCESSES = 8
PROGRAM = Path(__file__).with_name("outbox_program.py")
FAULTS = EVERY_FAULT.replace("=2%", "=4%").replace("hang=1%", "hang=3%")
Tell = Callable[[str], None]


class Crowd:
    """Eight processes, each of which is started anew when it is killed."""

    def __init__(self, arena: Arena, chance: random.Random, count: int, **options: Any) -> None:
        self.arena = arena
        self.chance = chance
        self.path = arena.folder / "codes.outbox"
        self.command = [sys.executable, "-W", "error", str(PROGRAM), str(self.path), str(count)]
        self.options = json.dumps(options)
        self.living = [self.start() for _ in range(PROCESSES)]
        self.told: list[tuple[int, str]] = []
        self.kills = 0

    def start(self) -> subprocess.Popen[str]:
        number = str(self.chance.randrange(1 << 32))
        return self.arena.start(command=[*self.command, number, self.options])

    def kill(self, most: int, longest: float) -> None:
        """Kill one after another, at random moments of their work, until enough were."""
        until = time.monotonic() + 100
        while self.kills < most and time.monotonic() < until:
            place = self.chance.randrange(PROCESSES)
            process = self.living[place]
            assert process.stdout is not None
            if process.stdout.readline() != "loaded\n":  # it was done before its turn came
                self.told += told_by(ended(process).out)
            else:
                try:
                    process.wait(self.chance.uniform(0, longest))
                except subprocess.TimeoutExpired:
                    process.kill()
                    self.kills += 1
                out, err = process.communicate()
                assert "Traceback" not in err, err
                self.told += told_by(out)
            self.living[place] = self.start()

    def end(self) -> None:
        for process in self.living:
            last = ended(process)
            assert last.status == 0, last
            self.told += told_by(last.out)


def told_by(out: str) -> list[tuple[int, str]]:
    lines = (line for line in out.splitlines() if line.startswith("[") and line.endswith("]"))
    return [(number, sid) for number, sid in map(json.loads, lines)]


async def look(path: Path) -> tuple[OutboxCounts, Sequence[HeldKey]]:
    client = MessagingClient(
        account_sid="AC" + "0" * 32, auth_token="t", transport=ScriptedTransport([])
    )
    async with client, Outbox.open(path, client) as outbox:
        return await outbox.status(), await outbox.held()


def fought(folder: Path, tell: Tell, count: int, kills: int, on_unknown: str) -> None:
    start, first = time.monotonic(), seed()
    with simulator_process("--faults", FAULTS, "--seed", str(first % 1000)) as simulator:
        arena = Arena(folder, simulator, Source.of(1))
        crowd = Crowd(arena, random.Random(first), count, on_unknown=on_unknown)
        crowd.kill(kills, 0.4)
        crowd.end()
        messages = arena.messages()
        counts, held = asyncio.run(look(crowd.path))
    doubled = [to for to, found in messages.items() if len(found) > 1]
    tell(
        f"outbox, {on_unknown}: {PROCESSES} processes, {count} keys, seed {first}: {crowd.kills}"
        f" kills, {counts}, {len(messages)} accepted by the simulator, {len(doubled)} doubled,"
        f" {time.monotonic() - start:.0f} s"
    )
    assert crowd.kills == kills
    assert doubled == []
    assert counts.accepted + counts.held == counts.total == count
    assert all(one.reason for one in held)
    if on_unknown == "resend":
        assert counts.accepted == count == len(messages), Counter(one.reason for one in held)
    for number, sid in crowd.told:
        if sid != "held":
            assert [sid] == [message["sid"] for message in messages[number_of(number)]]


@pytest.mark.parametrize("on_unknown", ["resend", "hold"])
def test_one_key_is_one_message(tmp_path: Path, tell: Tell, on_unknown: str) -> None:
    fought(tmp_path, tell, 30, 10, on_unknown)


@pytest.mark.crash
@pytest.mark.parametrize("on_unknown", ["resend", "hold"])
def test_one_key_is_one_message_full_figure(tmp_path: Path, tell: Tell, on_unknown: str) -> None:
    fought(tmp_path, tell, 1_000, 100, on_unknown)
