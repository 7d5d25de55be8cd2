"""P31: the real thing in worlds that nobody chose; and that a fault in it would be seen there.

The full figure is `make simulate HOURS=1`; `SEED=...` begins elsewhere.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from tests.simulation.many import Many
from tests.simulation.put_back import FAULTS, found
from tests.simulation.run import Outcome

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="needs SQLite's library and fork")

ROOT = Path(__file__).parents[2]
SEED = int(os.environ.get("SEED", "1"))
PARTS, MESSAGES, SIZE = 4, 1_250, 100


@pytest.mark.parametrize("part", range(PARTS))
def test_whatever_happens_every_message_has_one_true_outcome(part: int) -> None:
    first = SEED + part * 10_000
    messages = 0
    with Many(first, size=SIZE, jobs=1, folder=ROOT) as worlds:
        for world in worlds:
            messages += world.counts["messages"]
            again = f"python -m tests.simulation --seeds 1 --size {SIZE} --seed {world.seed}"
            assert world.wrong == [], "\n".join([again, *world.story[-10:]])
            if messages >= MESSAGES:
                break
    assert messages >= MESSAGES


def world_of(seed: int) -> Outcome:
    with Many(seed, size=20, jobs=1, folder=ROOT, count=1) as worlds:
        return next(iter(worlds))


def test_a_seed_determines_all_that_happens() -> None:
    one, other = world_of(SEED), world_of(SEED)
    assert one.story == other.story
    assert one.counts == other.counts


@pytest.mark.parametrize(("fault", "seed"), [(1, 1), (2, 1)])
def test_a_fault_that_is_put_back_is_found(fault: int, seed: int) -> None:
    _, _, what = found(FAULTS[fault - 1], seed, 60.0, 1, 20)
    assert what, FAULTS[fault - 1].name
