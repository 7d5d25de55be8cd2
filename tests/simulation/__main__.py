"""Run worlds by seed: `python -m tests.simulation --seed 1 --seeds 100`."""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from pathlib import Path

from .many import Many, shrunk
from .run import Outcome

__all__: list[str] = []


def say(text: str) -> None:
    print(text, flush=True)  # noqa: T201 - what it is for


def tell(found: Outcome, size: int, folder: Path) -> None:
    """A failure, as a story of ten lines at most."""
    say(f"seed {found.seed}: {'; '.join(found.wrong[:5])}")
    least, without = shrunk(found, size, folder)
    say(f"  with as few disasters as do it: {'; '.join(least.wrong[:2])}")
    for line in least.story[-10:]:
        say(f"    {line}")
    numbers = " ".join(map(str, without))
    say(
        f"  again: python -m tests.simulation --seed {found.seed} --seeds 1 --size {size} --story --without {numbers}"
    )


def main() -> int:
    parser = argparse.ArgumentParser(description="Run the real thing in simulated worlds.")
    parser.add_argument("--seed", type=int, default=1, help="the first")
    parser.add_argument("--seeds", type=int, default=0, help="how many; else as the time allows")
    parser.add_argument("--hours", type=float, default=1.0, help="stop after so many")
    parser.add_argument("--size", type=int, default=0, help="messages of a program; 0: drawn")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--without", type=int, nargs="*", default=(), help="disasters")
    parser.add_argument("--story", action="store_true", help="tell all that happened")
    given = parser.parse_args()
    began, wrong, worlds = time.monotonic(), 0, 0
    total: Counter[str] = Counter()
    folder = Path(__file__).parents[2]
    with Many(
        given.seed,
        size=given.size,
        jobs=given.jobs,
        folder=folder,
        count=given.seeds,
        without=given.without,
    ) as many:
        for world in many:
            worlds += 1
            total.update(world.counts)
            if world.wrong:
                wrong += 1
                tell(world, given.size, folder)
            elif given.story:
                say("\n    ".join([f"seed {world.seed}: right", *world.story]))
            if time.monotonic() - began > given.hours * 3600:
                break
    took = time.monotonic() - began
    figures = ", ".join(f"{count:,} {name}" for name, count in total.items())
    say(f"{worlds} worlds in {took:.0f} s, {wrong} wrong; {figures}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
