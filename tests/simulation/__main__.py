"""Run worlds by seed: `python -m tests.simulation --seeds 100 --seed 1`."""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
import time
from pathlib import Path

from .run import Outcome, forked

__all__: list[str] = []


def main() -> int:
    parser = argparse.ArgumentParser(description="Run the real thing in simulated worlds.")
    parser.add_argument("--seed", type=int, default=1, help="the first")
    parser.add_argument("--seeds", type=int, default=1, help="how many")
    parser.add_argument("--size", type=int, default=20, help="messages of a program")
    parser.add_argument("--story", action="store_true", help="tell it")
    given = parser.parse_args()
    base = Path("/dev/shm" if Path("/dev/shm").is_dir() else tempfile.gettempdir())  # noqa: S108 - a file system of memory
    began, wrong, total = time.monotonic(), 0, Outcome()
    for seed in range(given.seed, given.seed + given.seeds):
        folder = Path(tempfile.mkdtemp(prefix="simulation-", dir=base))
        try:
            outcome = forked(seed, folder, given.size)
        finally:
            shutil.rmtree(folder)
        total.add(outcome)
        if outcome.wrong or given.story:
            wrong += bool(outcome.wrong)
            print(f"seed {seed}: {'; '.join(outcome.wrong) or 'right'}")
            for line in outcome.story if given.story else outcome.story[-10:]:
                print("   ", line)
    took = time.monotonic() - began
    print(f"{given.seeds} seeds in {took:.0f} s, {wrong} wrong; {total.figures()}")
    return 1 if wrong else 0


if __name__ == "__main__":
    if os.environ.get("PYTHONHASHSEED") != "0":
        os.execve(sys.executable, [sys.executable, "-m", "tests.simulation", *sys.argv[1:]], {**os.environ, "PYTHONHASHSEED": "0"})  # noqa: S606
    sys.exit(main())
