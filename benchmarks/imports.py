"""What does it cost to import the client?

Fresh processes take turns: one imports nothing, the others one thing each. Shown are CPU time (the
least of all turns) and memory beyond the process that imports nothing, and both against `import
aiohttp`, which most asyncio programs import anyway. The client loads it on its first request. Goal:
no more than 0.40 of its CPU time.

    python -m benchmarks.imports
"""

from __future__ import annotations

import importlib.util
import subprocess
import sys

TURNS = 15
GOAL = 0.40
NOTHING, OURS, AIOHTTP = "pass", "from async_messaging import MessagingClient", "import aiohttp"
TWILIO = "import warnings; warnings.simplefilter('ignore'); import twilio.rest"
MEASURE = """
import resource, time
began = time.process_time()
{}
used = time.process_time() - began
print(used, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def measured(statement: str) -> tuple[float, float]:
    """Seconds of CPU and MiB of memory in a fresh process."""
    code = MEASURE.format(statement)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    seconds, kilobytes = done.stdout.split()
    unit = 1 << 20 if sys.platform == "darwin" else 1 << 10
    return float(seconds), float(kilobytes) / unit


def main() -> None:
    """Print a table, and whether the goal is met."""
    statements = [NOTHING, OURS, AIOHTTP]
    if importlib.util.find_spec("twilio"):
        statements.append(TWILIO)
    turns = [[measured(statement) for statement in statements] for _ in range(TURNS)]
    least = [[min(values) for values in zip(*own, strict=True)] for own in zip(*turns, strict=True)]
    nothing = least[0]
    seconds, memory = ([one[at] - nothing[at] for one in least] for at in (0, 1))
    print(f"{'':<45}{'CPU':>9}{'':>7}{'memory':>10}")
    for number, statement in enumerate(statements[1:], start=1):
        shown = statement.rpartition("; ")[2]
        print(
            f"{shown:<45}{seconds[number] * 1e3:>6.0f} ms {seconds[number] / seconds[2]:>5.2f}x"
            f"{memory[number]:>6.1f} MiB {memory[number] / memory[2]:>5.2f}x"
        )
    ratio = seconds[1] / seconds[2]
    print(f"{ratio:.2f} of aiohttp's CPU time: goal {'met' if ratio <= GOAL else 'missed'}")


if __name__ == "__main__":
    main()
