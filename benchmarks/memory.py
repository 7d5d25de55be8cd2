"""How much memory does a bulk send of 100,000 messages take?

Drafts come from a generator, results are not kept, the simulator runs in another process. Goal: the
resident memory grows by less than 30 MiB after the first 1,000 messages.

    python -m benchmarks.memory [COUNT]
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from tests.simulator_process import simulator_process

PROGRAM = Path(__file__).parents[1] / "tests" / "integration" / "bulk_memory.py"
GOAL = 30.0


def main() -> int:
    """Run the program, print a table; 1 where the goal is missed."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    with simulator_process() as simulator:
        done = subprocess.run(
            [sys.executable, str(PROGRAM), str(count)],
            env=simulator.environment,
            stdout=subprocess.PIPE,
            check=True,
        )
    told = json.loads(done.stdout)
    grown = told["most"] - told["warm"]
    rows = (
        ("accepted", f"{told['accepted']:,.0f} of {count:,}"),
        ("at the start", f"{told['start']:.1f} MiB"),
        ("after 1,000 messages", f"{told['warm']:.1f} MiB"),
        ("at the highest", f"{told['most']:.1f} MiB"),
        ("growth after the first 1,000", f"{grown:.1f} MiB (goal: under {GOAL:.0f})"),
        ("time", f"{told['seconds']:.0f} s, {count / told['seconds']:,.0f} messages/s"),
    )
    for name, value in rows:
        print(f"{name:<30}{value}")
    return 0 if grown < GOAL and told["accepted"] == count else 1


if __name__ == "__main__":
    sys.exit(main())
