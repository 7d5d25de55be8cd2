"""A campaign in one process, the simulator in another, and what the test between them sees."""

from __future__ import annotations

import csv
import json
import os
import random
import subprocess
import sys
import urllib.request
from collections import defaultdict
from collections.abc import Callable, Generator, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from queue import SimpleQueue
from typing import Any, TypeVar

from tests.simulator_process import SimulatorProcess, simulator_process

__all__ = [
    "EVERY_FAULT",
    "SENDER",
    "Arena",
    "Ended",
    "Source",
    "arena",
    "seed",
    "side_by_side",
    "simulators",
]

PROGRAM = Path(__file__).with_name("campaign_program.py")
ROOT = Path(__file__).parents[2]
SENDER = "+15005550006"
DEADLINE = 120.0

EVERY_FAULT = (
    "429=5%,500_after=2%,500_before=2%,503_before=2%,drop_before=2%,drop_after=2%,hang=1%,"
    "hang_before=1%,truncate=2%,get.503_before=2%,get.429=2%,latency=8ms±8,list_lag=100ms"
)
"""All that the simulator can do wrong; its list lags less than runs are told to settle."""

T = TypeVar("T")
U = TypeVar("U")


def seed() -> int:
    """This run's seed: drawn, or given to replay a failure. Printed, to be shown by a failure."""
    given = os.environ.get("CRASH_SEED")
    drawn = int(given) if given else random.SystemRandom().randrange(1 << 32)
    print(f"CRASH_SEED={drawn}")  # noqa: T201 - how to replay it
    return drawn


def side_by_side(work: Callable[[T], U], items: Iterable[T], workers: int = 3) -> list[U]:
    """Do work in threads: most of it waits for programs."""
    with ThreadPoolExecutor(workers) as pool:
        return list(pool.map(work, items))


@dataclass(frozen=True)
class Source:
    """Recipients of a campaign.

    Attributes:
        good: number and text parts of the rows that Twilio accepts.
        refused: numbers that Twilio refuses.
        odd: rows that are no recipients, and rows that repeat one.
    """

    good: list[tuple[str, str]]
    refused: list[str] = field(default_factory=list)
    odd: int = 0

    @property
    def rows(self) -> int:
        return len(self.good) + len(self.refused) + self.odd

    @classmethod
    def of(cls, count: int, *, links: bool = False) -> Source:
        """So many rows that are all right, and a few that are not."""
        good = [
            (
                f"+1312{number:07}",
                f"“{number}” https://shop.example/{number}"
                if links and number % 2
                else f"Ada {number}",
            )
            for number in range(2_000_000, 2_000_000 + count)
        ]
        refused = [f"+1{area}9990211" for area in range(301, 301 + count // 50)]
        return cls(good, refused, odd=2)

    def write(self, path: Path) -> None:
        rows = [*self.good, *((number, "x") for number in self.refused)]
        rows += [("no number", "x"), (self.good[0][0], "again")][: self.odd]
        with path.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([("phone", "name"), *rows])


@dataclass(frozen=True)
class Ended:
    """A program that has ended."""

    status: int
    out: str
    err: str


class Arena:
    """One campaign, its folder and its simulator.

    Attributes:
        ledger: the campaign's file.
        source: who is written to.
        options: what each life of the campaign is started with.
        environment: of each life.
        said: what a life that was killed wrote to its standard error, all of them.
    """

    def __init__(
        self, folder: Path, simulator: SimulatorProcess, source: Source, **options: Any
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.ledger = folder / "spring.campaign"
        self.simulator = simulator
        self.source = source
        self.options: dict[str, Any] = {
            "template": "Hi {name}!",
            "sender": SENDER,
            "on_unknown": "resend",
            "settle": 1.0,
            "scan_interval": 1.0,
            "attempt_timeout": 0.5,
        } | options
        self.environment = {**simulator.environment, "PYTHONPATH": str(ROOT)}
        self.csv = folder / "people.csv"
        source.write(self.csv)

    def command(self, **options: Any) -> list[str]:
        """One life's command."""
        told = json.dumps(self.options | options)
        program = [sys.executable, "-W", "error", str(PROGRAM)]
        return [*program, str(self.ledger), str(self.csv), told]

    def start(
        self, *, under: Sequence[str] = (), command: Sequence[str] = (), **options: Any
    ) -> subprocess.Popen[str]:
        """Begin a life of the campaign.

        Args:
            under: a program that runs it.
            command: instead of the usual one.
            **options: other options than usual.
        """
        return subprocess.Popen(
            [*under, *(command or self.command(**options))],
            env=self.environment,
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(
        self, *, under: Sequence[str] = (), command: Sequence[str] = (), **options: Any
    ) -> Ended:
        """A life that may end by itself."""
        return ended(self.start(under=under, command=command, **options))

    def ask(self, path: str, body: str | None = None) -> str:
        """Ask the judge."""
        data = None if body is None else body.encode()
        url = f"{self.simulator.url}/simulator/{path}"
        with urllib.request.urlopen(url, data, timeout=30) as answer:
            text: str = answer.read().decode()
        return text

    def messages(self) -> dict[str, list[dict[str, Any]]]:
        """What the simulator accepted, by number."""
        found: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for line in self.ask("messages").splitlines():
            message = json.loads(line)
            found[message["to"]].append(message)
        return found


def ended(process: subprocess.Popen[str]) -> Ended:
    """The program when it has ended; a defect in it fails the test."""
    try:
        out, err = process.communicate(timeout=DEADLINE)
    except BaseException:
        process.kill()
        process.communicate()
        raise
    assert "Traceback" not in err, err
    assert "Exception ignored" not in err, err
    return Ended(process.returncode, out, err)


@contextmanager
def arena(
    folder: Path, source: Source, *simulator: str, faults: str = "", **options: Any
) -> Generator[Arena]:
    """An arena with a simulator of its own."""
    with simulator_process("--faults", faults, *simulator) as started:
        yield Arena(folder, started, source, **options)


@contextmanager
def simulators(count: int) -> Generator[SimpleQueue[SimulatorProcess]]:
    """So many simulators, each to be taken, reset, used and put back."""
    idle: SimpleQueue[SimulatorProcess] = SimpleQueue()
    with ExitStack() as stack:
        for number in range(count):
            idle.put(stack.enter_context(simulator_process("--seed", str(number))))
        yield idle
