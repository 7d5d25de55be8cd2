"""A bulk send of any length takes the same memory: drafts from a generator, results not kept."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.simulator_process import simulator_process

pytestmark = pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="needs /proc")

PROGRAM = Path(__file__).with_name("bulk_memory.py")


@pytest.mark.parametrize(
    ("count", "growth"),
    [
        pytest.param(10_000, 3.0, id="ten thousand"),
        pytest.param(100_000, 30.0, id="a hundred thousand", marks=pytest.mark.soak),
    ],
)
def test_memory_stays_flat(count: int, growth: float) -> None:
    with simulator_process() as simulator:
        done = subprocess.run(
            [sys.executable, str(PROGRAM), str(count)],
            env=simulator.environment,
            capture_output=True,
            timeout=600,
            check=True,
        )
        assert simulator.stats()["accepted"] == count
    told = json.loads(done.stdout)
    assert told["accepted"] == count
    assert told["most"] - told["warm"] < growth
    assert told["most"] - told["start"] < 30.0
