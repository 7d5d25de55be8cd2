"""What does the plugin cost: a session that does not use it, and a test that does?

Sessions of pytest with and without the plugin take turns, over one test that does nothing; shown is
the least of each, from before the process starts until it has ended. Then the fixture `twilio` is
set up and torn down once a test; the first test of a session is shown apart, and what loading the
simulator took, while the tests were collected. Goal: no test waits 100 ms for its Twilio.

    python -m benchmarks.plugin
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

TURNS = 15
TESTS = 100
GOAL = 0.100
PLUGIN = ("-p", "async_messaging.testing.plugin")
NOTHING = "def test_nothing(): pass\n"
USES_IT = f"""
import pytest

@pytest.mark.parametrize("number", range({TESTS}))
def test_it(twilio, number):
    assert twilio.accepted == 0
"""
WATCH = """
import atexit, json, time
import pytest

took = {"load": 0.0, "setup": [], "teardown": []}
atexit.register(lambda: open("took.json", "w").write(json.dumps(took)))

@pytest.hookimpl(wrapper=True)
def pytest_collection_finish(session):
    begun = time.perf_counter()
    yield
    took["load"] = time.perf_counter() - begun

def timed(phase):
    begun = time.perf_counter()
    yield
    took[phase].append(time.perf_counter() - begun)

@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup(item):
    yield from timed("setup")

@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item):
    yield from timed("teardown")
"""


def run(folder: Path, *options: str) -> float:
    """Seconds that a session takes."""
    own = {
        **os.environ,
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        "PYTHONPATH": str(Path(__file__).parents[1]),
    }
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *options]
    begun = time.perf_counter()
    subprocess.run(command, cwd=folder, env=own, check=True, capture_output=True)
    return time.perf_counter() - begun


def sessions(folder: Path) -> None:
    """Print what a session without a fixture costs more."""
    (folder / "test_it.py").write_text(NOTHING, encoding="utf-8")
    run(folder, *PLUGIN)
    turns = [(run(folder), run(folder, *PLUGIN)) for _ in range(TURNS)]
    without, with_it = (min(times) for times in zip(*turns, strict=True))
    more = with_it - without
    print(f"a session without the plugin  {without * 1e3:6.1f} ms")
    print(f"a session with it             {with_it * 1e3:6.1f} ms, {more * 1e3:.1f} ms more")


def fixtures(folder: Path) -> None:
    """Print what the fixture costs, and whether the goal is met."""
    (folder / "test_it.py").write_text(USES_IT, encoding="utf-8")
    (folder / "conftest.py").write_text(WATCH, encoding="utf-8")
    loads, firsts, others, ends = (list[float]() for _ in range(4))
    for _ in range(5):
        run(folder, *PLUGIN)
        took = json.loads((folder / "took.json").read_text(encoding="utf-8"))
        loads.append(took["load"])
        firsts.append(took["setup"][0])
        others += took["setup"][1:]
        ends += took["teardown"]
    print(f"loading, once a session       {median(loads) * 1e3:6.1f} ms")
    print(f"the first test's set-up       {median(firsts) * 1e3:6.1f} ms")
    print(
        f"each further set-up           {median(others) * 1e3:6.1f} ms, at most {max(others) * 1e3:.1f}"
    )
    print(
        f"each teardown                 {median(ends) * 1e3:6.1f} ms, at most {max(ends) * 1e3:.1f}"
    )
    slowest = max(*firsts, *others)
    print(f"slowest start {slowest * 1e3:.1f} ms: goal {'met' if slowest < GOAL else 'missed'}")


def main() -> None:
    """Print both."""
    with TemporaryDirectory() as folder:
        sessions(Path(folder))
        fixtures(Path(folder))


if __name__ == "__main__":
    main()
