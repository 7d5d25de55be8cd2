"""A bulk send of 2,000 rows against the simulator, judged by the simulator's own count.

It starts the simulator in a process of its own, which answers 5 % of the requests with 429 and
drops the connection of 1 % right after it accepted the message; sends examples/data/recipients.csv
through the command line at 250 segments a second; then asks the simulator what it saw. Exits 0
exactly when every row has an outcome and the simulator's count agrees; the rate is judged too, but
a busy machine may miss it. Nothing leaves this machine.
"""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
import time
import urllib.request
from collections import Counter
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).resolve().parents[1]
RECIPIENTS = Path("examples/data/recipients.csv")
RESULTS = Path("demo-results/results.jsonl")
TEMPLATE = "Hi {name}, your order {order} leaves {city} today."
RATE = 250
FAULTS = "429=5%,drop_after=1%,latency=5ms±2"
SEED = "11"
"""With this one none of the very last requests is answered 429. A row that waits alone at the end,
with nothing left to send meanwhile, would tell nothing about the rate."""
ENDINGS = {0: "exit 0", 7: "exit 7, for unknown rows"}

Record = dict[str, Any]


class Check(NamedTuple):
    """One line of the verdict; one that does not decide is for reading only."""

    holds: bool
    promise: str
    found: str
    decides: bool = True


@contextmanager
def simulator() -> Generator[dict[str, str]]:
    """A simulator in its own process; gives the environment that leads to it."""
    command = [sys.executable, "-m", "async_messaging.simulator", "--port", "0"]
    options = ["--seed", SEED, "--faults", FAULTS]
    with subprocess.Popen(  # noqa: S603 - our own command
        [*command, *options], stdout=subprocess.PIPE, text=True, encoding="utf-8"
    ) as process:
        assert process.stdout is not None
        try:
            exports: dict[str, str] = {}
            for line in process.stdout:
                if line.startswith("export "):
                    name, _, value = line.removeprefix("export ").strip().partition("=")
                    exports[name] = value
                if "ASYNC_MESSAGING_BASE_URL" in exports:
                    break
            wait_for(exports["ASYNC_MESSAGING_BASE_URL"])
            yield exports
        finally:
            process.terminate()
            process.wait(10)


def wait_for(url: str) -> None:
    """Return when the simulator answers; it says where it is before its port opens."""
    for _ in range(500):
        with suppress(OSError):
            ask(f"{url}/simulator/stats")
            return
        time.sleep(0.01)
    sys.exit("the simulator did not start")


def ask(url: str) -> str:
    """What the simulator answers to a question about its counts."""
    with urllib.request.urlopen(url, timeout=10) as answer:  # noqa: S310 - the simulator's own URL
        text: str = answer.read().decode()
    return text


def send(environment: dict[str, str]) -> int:
    """The bulk send, through the command line; its exit status."""
    command = [sys.executable, "-m", "async_messaging", "bulk", str(RECIPIENTS)]
    options = ["--template", TEMPLATE, "--rate", str(RATE), "--out", str(RESULTS)]
    inherited = {k: v for k, v in os.environ.items() if not k.startswith("TWILIO_")}
    done = subprocess.run(  # noqa: S603 - our own command
        [*command, *options], env={**inherited, **environment}, check=False
    )
    return done.returncode


def judge(status: int, stats: Record, seen: list[Record]) -> list[Check]:
    """Compare what the results file says with what the simulator saw."""
    with RECIPIENTS.open(encoding="utf-8", newline="") as file:
        rows = sum(1 for _ in csv.DictReader(file))
    records: list[Record] = [json.loads(line) for line in RESULTS.read_text("utf-8").splitlines()]
    counts = Counter(record["outcome"] for record in records)
    accepted = {record["sid"] for record in records if record["outcome"] == "accepted"}
    in_doubt = {record["to"] for record in records if record["outcome"] == "unknown"}
    held = sum(message["to"] in in_doubt for message in seen)
    repeated = sum(n - 1 for n in Counter((m["to"], m["body"]) for m in seen).values())
    attained = stats["segments_per_second"]
    outcomes = {record["row"] for record in records}
    return [
        Check(status in ENDINGS, "the command ended well", ENDINGS.get(status, f"exit {status}")),
        Check(
            outcomes == set(range(1, rows + 1)) and len(records) == rows,
            "every row has one outcome",
            f"{sum(counts.values()):,} of {rows:,} rows",
        ),
        Check(
            accepted <= {message["sid"] for message in seen},
            "what is called accepted was accepted",
            f"{counts['accepted']:,} messages",
        ),
        Check(
            stats["accepted"] == len(seen) == len(accepted) + held,
            "the simulator's count is ours",
            f"{stats['accepted']:,} = {len(accepted):,} accepted, {held:,} unknown",
        ),
        Check(repeated == 0, "nobody got the same text twice", f"{repeated} repeated"),
        Check(
            abs(attained / RATE - 1) <= 0.02,
            "the rate is within 2 % of the limit",
            f"{attained:,.1f} of {RATE} segments/s",
            decides=False,
        ),
    ]


def main() -> int:
    """Run the demo; returns the exit status."""
    os.chdir(ROOT)
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.unlink(missing_ok=True)
    with simulator() as environment:
        url = environment["ASYNC_MESSAGING_BASE_URL"]
        status = send(environment)
        stats = json.loads(ask(f"{url}/simulator/stats"))
        seen = [json.loads(line) for line in ask(f"{url}/simulator/messages").splitlines()]
    checks = judge(status, stats, seen)
    print("\nVerdict, by the simulator's own count")
    width = max(len(check.promise) for check in checks)
    for check in checks:
        print(f"  {'yes' if check.holds else 'NO':<3}  {check.promise:<{width}}  {check.found}")
    return 0 if all(check.holds for check in checks if check.decides) else 1


if __name__ == "__main__":
    sys.exit(main())
