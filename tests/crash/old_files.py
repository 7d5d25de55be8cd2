"""Makes a campaign and an outbox with the code of version 0.1, killed in the middle.

    python -m tests.crash.old_files FOLDER [--rows 100000] [--keys 10000] [--commit v0.1.0]

FOLDER then has ``spring.campaign`` and ``orders.outbox`` as 0.1 left them, some rows and keys
unknown, held or under way, others not begun; ``people.csv`` and ``numbers.txt``, whom they write to;
and ``twilio.db``, what the simulator accepted (``simulator --state``). Whoever opens them with later
code and ends them must find nothing lost and nothing doubled. Times are those of the making.

Version 0.1 is taken out of this repository by its tag, or by its commit where the tag is missing. An
older commit writes an older format: ``--commit 7f518ef^ --keys 0`` is version 1 of the ledger.
"""

from __future__ import annotations

import argparse
import csv
import io
import json
import subprocess
import sys
import tarfile
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from sqlite3 import connect
from typing import Any

from tests.simulator_process import SimulatorProcess, simulator_process

__all__ = ["COMMITS", "SENDER", "make", "numbers", "states", "tree_of"]

ROOT = Path(__file__).parents[2]
COMMITS = ("v0.1.0", "581217e")
SENDER = "+15005550006"
TEMPLATE = "Hi {name}, your order {order} has been sent"
FAULTS = ("500_after", "500_before", "drop_after", "drop_before", "hang", "hang_before", "truncate")
"""What leaves an outcome unknown: what Twilio accepted, and what it never had."""

_AREAS = range(415, 990)
_LONG = 86_400.0
_SPAN = 6.0
"""Seconds that a whole campaign takes at least, so that a small one can be met at work."""


def numbers(count: int, first: int = 0) -> list[str]:
    """So many fictional numbers, ``+1 NPA 555 nnnn``."""
    return [f"+1{_AREAS[n // 10_000]}555{n % 10_000:04}" for n in range(first, first + count)]


def tree_of(folder: Path, commits: tuple[str, ...] = COMMITS) -> Path:
    """The tree of the first of these commits that is there, in a folder of its own.

    Raises:
        SystemExit: none is.
    """
    for commit in commits:
        command = ["git", "archive", "--format=tar", commit, "async_messaging", "tests/crash"]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, check=False)
        if done.returncode == 0:
            with tarfile.open(fileobj=io.BytesIO(done.stdout)) as packed:
                packed.extractall(folder, filter="data")
            return folder
    raise SystemExit(
        f"none of {', '.join(commits)} is in this repository: fetch its tags, git fetch --tags"
    )


def make(
    folder: Path, rows: int, keys: int, *, share: float = 1.0, commits: tuple[str, ...] = COMMITS
) -> None:
    """Make the files; see above.

    Args:
        folder: where; it must not be there.
        rows: of the campaign.
        keys: of the outbox.
        share: per cent of the sends that each fault befalls.
        commits: whose code is used, the first that is there.
    """
    faults = ",".join(f"{fault}={share}%" for fault in FAULTS)
    folder.mkdir(parents=True)
    with tempfile.TemporaryDirectory() as own:
        tree = tree_of(Path(own), commits)
        state = ("--state", str(folder / "twilio.db"), "--seed", "1")
        with simulator_process("--faults", faults, "--latency", "5ms±4", *state) as simulator:
            _make_campaign(folder, tree, simulator, rows)
            if keys:
                _make_outbox(folder, tree, simulator, keys)


def _make_campaign(folder: Path, tree: Path, simulator: SimulatorProcess, rows: int) -> None:
    """Lives that send half, hold some of it, and are killed while they send on."""
    people, ledger = folder / "people.csv", folder / "spring.campaign"
    with people.open("w", encoding="utf-8", newline="") as file:
        found = enumerate(numbers(rows))
        names = ([to, f"Ann {n}", f"A-{n:06}"] for n, to in found)
        csv.writer(file).writerows([("phone", "name", "order"), *names])
    program = str(tree / "tests" / "crash" / "campaign_program.py")

    def life(until: Callable[[Counter[str]], bool], **options: Any) -> None:
        given: dict[str, Any] = {"template": TEMPLATE, "sender": SENDER, "attempt_timeout": 0.5}
        given |= {"on_unknown": "hold", "settle": 1.0, "scan_interval": 0.3, "rate": rows / _SPAN}
        command = [program, str(ledger), str(people), json.dumps(given | options)]
        _killed(command, tree, simulator, lambda: until(states(ledger, "rows")))

    life(lambda _: False, max_messages=rows // 2)
    life(lambda now: now["HELD"] >= 2 or not now["UNKNOWN"], rate=1)
    most = 3 * rows // 4
    life(lambda now: (_open(now) and now["ACCEPTED"] >= most) or not now["READY"], settle=_LONG)


def _open(now: Counter[str]) -> bool:
    return now["UNKNOWN"] >= 2 and now["INTENT"] >= 1


def _make_outbox(folder: Path, tree: Path, simulator: SimulatorProcess, keys: int) -> None:
    """A life that sends half of the keys and settles them, then one that is killed."""
    path, everybody = folder / "orders.outbox", numbers(keys, first=1_000_000)
    program = str(Path(__file__).with_name("old_outbox_program.py"))

    def life(whom: list[str], until: Callable[[Counter[str]], bool], **options: Any) -> None:
        listed = folder / "numbers.txt"
        listed.write_text("\n".join(whom), encoding="ascii")
        command = [program, str(path), str(listed), json.dumps({"rate": keys / _SPAN, **options})]
        _killed(command, tree, simulator, lambda: until(states(path, "entries")))

    settled = {"settles": True, "settle": 1.0, "scan_interval": 0.3}
    half = everybody[: keys // 2]
    life(half, lambda now: now["ACCEPTED"] + now["HELD"] == len(half), **settled)
    begun = 3 * keys // 4
    life(everybody, lambda now: _open(now) and sum(now.values()) >= begun, settle=_LONG)


def _killed(
    command: list[str], tree: Path, simulator: SimulatorProcess, until: Callable[[], bool]
) -> None:
    """Run a program of the old tree until it ends, or is killed when the condition holds."""
    own = {**simulator.environment, "PYTHONPATH": str(tree)}
    with subprocess.Popen([sys.executable, *command], env=own, stdout=subprocess.DEVNULL) as life:
        while life.poll() is None:
            begun = time.monotonic()
            if until():
                life.kill()
            try:
                life.wait(max(0.02, 20 * (time.monotonic() - begun)))  # counting takes its time
            except subprocess.TimeoutExpired:
                continue
    if life.returncode not in {0, 3, 4, -9}:  # complete, some held, paused, killed
        raise SystemExit(f"the old program ended with {life.returncode}")


def states(path: Path, table: str) -> Counter[str]:
    """How many rows or keys are in each state; nothing before the file is there."""
    if not path.exists():
        return Counter()
    with closing(connect(f"{path.resolve().as_uri()}?mode=ro", uri=True, timeout=10)) as ledger:
        if not ledger.execute("SELECT 1 FROM sqlite_master WHERE name = ?", (table,)).fetchone():
            return Counter()
        query = f"SELECT state, count(*) FROM {table} GROUP BY state"
        return Counter(dict(ledger.execute(query).fetchall()))


def main() -> None:
    """Make them, and say what is in them."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", type=Path, help="a folder that is not there yet")
    parser.add_argument("--rows", type=int, default=100_000, help="rows of the campaign")
    parser.add_argument("--keys", type=int, default=10_000, help="keys of the outbox; 0: none")
    parser.add_argument("--share", type=float, default=1.0, help="per cent of each fault")
    parser.add_argument("--commit", help="another commit than 0.1's")
    given = parser.parse_args()
    commits = (given.commit,) if given.commit else COMMITS
    make(given.folder, given.rows, given.keys, share=given.share, commits=commits)
    for name, table in (("spring.campaign", "rows"), ("orders.outbox", "entries")):
        print(name, dict(states(given.folder / name, table)))  # noqa: T201


if __name__ == "__main__":
    main()
