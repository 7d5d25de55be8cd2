"""A campaign over a network that delays, cuts, resets and half-closes; killed at times, too."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.crash.arena import Source, arena, seed, side_by_side
from tests.crash.judge import judge
from tests.crash.kills import kill_until_complete
from tests.crash.network import Network

Tell = Callable[[str], None]


@pytest.mark.parametrize("runs", [2, pytest.param(30, marks=pytest.mark.crash)])
@pytest.mark.parametrize("policy", ["resend", "hold"])
def test_a_faulty_network(tmp_path: Path, tell: Tell, runs: int, policy: str) -> None:
    start, first = time.monotonic(), seed()

    def one(number: int) -> tuple[int, Counter[str], Counter[str]]:
        chance = random.Random(first + number)
        with (
            arena(tmp_path / str(number), Source.of(300)) as fought,
            Network(fought.simulator.url, first + number) as network,
        ):
            fought.environment["ASYNC_MESSAGING_BASE_URL"] = network.url
            fought.options |= {"rate": 200.0, "on_unknown": policy}
            kills = kill_until_complete(fought, chance, number % 4)
            return kills, judge(fought), network.troubles

    found = side_by_side(one, range(runs), workers=2)
    troubles = sum((troubles for _, _, troubles in found), Counter[str]())
    states = sum((states for _, states, _ in found), Counter[str]())
    tell(
        f"faulty network, {policy}: {runs} runs x 300 rows, {sum(k for k, _, _ in found)} kills,"
        f" {dict(states)}, {sum(troubles.values())} troubles {dict(troubles)}, seed {first},"
        f" {time.monotonic() - start:.0f} s"
    )
    assert troubles
