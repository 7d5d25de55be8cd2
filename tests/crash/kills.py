"""Killing a campaign with SIGKILL, again and again, until it is complete."""

from __future__ import annotations

import random
import subprocess
from collections.abc import Sequence

from tests.crash.arena import Arena, ended

__all__ = ["kill_until_complete"]


def kill_until_complete(
    arena: Arena,
    chance: random.Random,
    most: int,
    longest: float = 0.9,
    command: Sequence[str] = (),
) -> int:
    """Kill each life at a random moment, *most* times, then let the last run out; the kills.

    A few lives are killed while they import, the last few while they settle unknown rows. Those of
    another command are killed at any moment from their start.
    """
    for kills in range(most):
        process = arena.start(command=command)
        assert process.stdout is not None
        assert command or process.stdout.readline() == "loaded\n", ended(process)
        late = kills >= most - 2
        span = chance.uniform(0.3, 2.0) if late or command else _span(chance, longest)
        try:
            process.wait(span)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
        else:
            last = ended(process)
            assert last.status in {0, 3}, last
            return kills
    last = arena.run(command=command)
    assert last.status in {0, 3}, last
    return most


def _span(chance: random.Random, longest: float) -> float:
    return chance.uniform(0, 0.06) if chance.random() < 0.15 else chance.uniform(0.05, longest)
