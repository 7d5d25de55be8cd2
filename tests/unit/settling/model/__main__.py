"""Is settling right, whatever happens? Random scenarios of each class of traffic, and a table.

python -m tests.unit.settling.model --scenarios 200000 --seed 11
python -m tests.unit.settling.model --scenarios 5000 --class everything --without "settle time"
python -m tests.unit.settling.model --scenarios 5000 --without each
"""

from __future__ import annotations

import argparse
import sys
import time
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import nullcontext
from functools import partial
from random import Random

from .broken import FOR_CLONES, FOR_LOST_PAGES, FOR_STALLS, RULES
from .judge import Score, judged
from .traffic import BROKEN, CLASSES, CLONES, EVERYTHING, LOST_PAGES, STALLED, UNFORESEEN, Traffic
from .world import World

__all__ = ["scored"]


def scored(traffic: Traffic, seeds: range, without: str = "") -> Score:
    """The sum over scenarios, a rule left out."""
    total = Score()
    for seed in seeds:
        world = World(traffic, seed)
        with (
            {**RULES, **FOR_CLONES, **FOR_LOST_PAGES, **FOR_STALLS}[without]()
            if without
            else nullcontext()
        ):
            world.run()
        score = judged(world)
        if score.faults:
            score.stories.append(seed)
        total.add(score)
    return total


def main() -> int:
    """Print the table; 1 if an assumption holds and something is wrong all the same."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--scenarios", type=int, default=5_000, help="in all")
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument(
        "--class", dest="name", default="", help="classes whose name has this in it"
    )
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--without", default="", help="leave a rule out, or each in turn")
    asked = parser.parse_args()
    seed = Random().randrange(1 << 20) if asked.seed is None else asked.seed
    print(f"seed {seed}, {asked.scenarios} scenarios")
    with ProcessPoolExecutor(asked.jobs) as pool:
        if asked.without == "each":
            return _each_removed(pool, asked.scenarios, seed)
        return _by_class(pool, asked.scenarios, seed, asked.name, asked.without)


def _by_class(pool: Executor, scenarios: int, seed: int, name: str, without: str) -> int:
    classes = [traffic for traffic in (*CLASSES, *BROKEN) if name in traffic.name]
    shares = {traffic: 6 if traffic is EVERYTHING else 1 for traffic in classes}
    each, began, failed = scenarios / sum(shares.values()), time.monotonic(), False
    print(f"{'class':48} {'unknown':>8} {'wrong':>6} {'lost':>6} {'doubled':>8} {'held %':>7}")
    for traffic, share in shares.items():
        score = _score(pool, traffic, int(each * share), seed, without)
        failed = failed or (traffic.holds and score.faults > 0)
        _print(traffic.name, score, seeds=traffic.holds)
    print(f"{time.monotonic() - began:.0f} s")
    return int(failed)


def _each_removed(pool: Executor, scenarios: int, seed: int) -> int:
    """Every rule must be missed in the traffic that it is there for."""
    missed = True
    print(
        f"{'rule removed':48} {'unknown':>8} {'wrong':>6} {'lost':>6} {'doubled':>8} {'held %':>7}"
    )
    for traffics, rules in (
        ((EVERYTHING, UNFORESEEN), RULES),
        ((CLONES,), FOR_CLONES),
        ((LOST_PAGES,), FOR_LOST_PAGES),
        ((STALLED,), FOR_STALLS),
    ):
        with_all = 0
        for rule in ("", *rules):
            score = Score()
            for traffic in traffics:
                score.add(_score(pool, traffic, scenarios // len(traffics), seed, rule))
            _print(rule or f"none: {', '.join(traffic.name for traffic in traffics)}", score)
            with_all = with_all if rule else score.faults
            missed = missed and (not rule or score.faults > with_all)
    return int(not missed)


def _score(pool: Executor, traffic: Traffic, count: int, seed: int, without: str) -> Score:
    first, step = seed << 24, max(1, count // 16)
    parts = [range(first + at, first + min(count, at + step)) for at in range(0, count, step)]
    total = Score()
    for score in pool.map(partial(scored, traffic, without=without), parts):
        total.add(score)
    return total


def _print(name: str, score: Score, *, seeds: bool = False) -> None:
    held = 100 * score.held / max(1, score.unknown)
    figures = f"{score.unknown:8} {score.wrong:6} {score.lost:6} {score.doubled:8} {held:7.1f}"
    left = f"  {score.open} without an outcome" if score.open else ""
    found = f"  seeds {score.stories[:5]}" if score.stories and seeds else ""
    print(f"{name:48} {figures}{left}{found}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
