"""A few mutants drawn by a seed from those that tests are known to end."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence

from . import records
from .jobs import Asked
from .made import mutants_of
from .table import RESULTS

__all__ = ["drawn"]

_FILES = 5  # so many at most: to make a file's mutants takes seconds
_SECONDS = 2.0  # for a test whose time was not measured


def drawn(seed: str, count: int) -> Sequence[Asked]:
    """Draw mutants, each with the files of tests that ended its neighbours, the best first."""
    kept = json.loads(RESULTS.read_text())
    chance = random.Random(seed)
    known = [file for file in sorted(kept) if kept[file]["held by"]]
    files = sorted(set(chance.choices(known, [kept[file]["mutants"] for file in known], k=_FILES)))
    # What took too long once may have been slowed by something else.
    apart = {*records.reasons(), *(name for file in files for name in kept[file]["left"])}
    apart |= {name for file in files for name in kept[file]["timeout"]}
    mutants = [
        Asked(mutant, tuple((test, _SECONDS) for test in kept[file]["held by"]), 0)
        for file in files
        for mutant in mutants_of(f"async_messaging/{file}")
        if mutant.name not in apart
    ]
    return sorted(chance.sample(mutants, count), key=lambda asked: asked.mutant.file)
