"""Ask the tests about mutants: `python -m tests.mutants [--seconds S] [--again] [FILES]`.

Which files and which tests is in `rooms.py`. A run goes on where the last one ended; `--again` asks
once more about those that no test failed on. The figures go to `benchmarks/results/mutants.json`.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

from . import records
from .anew import asked_anew, warm
from .children import Ended
from .drawn import drawn
from .jobs import Asked, Reaching, Running, give
from .made import ROOT, Mutant, mutants_of
from .rooms import ROOMS, SLOW, mirrors, room_of
from .table import show

Reach = tuple[dict[str, float], dict[str, list[str]]]


def main() -> None:
    """Run from the command line."""
    options = argparse.ArgumentParser(prog="python -m tests.mutants", description=__doc__)
    options.add_argument("files", nargs="*", help="paths of files, or names of rooms; else all")
    options.add_argument(
        "--seconds", type=float, default=10.0, help="of tests for one mutant, at most"
    )
    options.add_argument(
        "--again", action="store_true", help="ask once more about what was not killed"
    )
    options.add_argument(
        "--near", action="store_true", help="ask only the tests that are named for a file: quick"
    )
    options.add_argument("--table", action="store_true", help="only show what is known")
    options.add_argument("--draw", type=int, metavar="N", help="ask about N mutants, drawn by SEED")
    options.add_argument("--seed", default="0")
    given = options.parse_args()
    if given.draw:
        raise SystemExit(_draw(given.seed, given.draw))
    files = _files(given.files)
    if not given.table:
        for _, own in groupby(files, key=room_of):
            _ask_about(list(own), given.seconds, again=given.again, near=given.near)
    show(files)


def _draw(seed: str, count: int) -> int:
    with tempfile.TemporaryDirectory(prefix="mutants-") as folder:
        records.KEPT = Path(folder)
        asked = drawn(seed, count)
        ask(asked)
        files = sorted({one.mutant.file for one in asked})
        ended = [record for file in files for record in records.read(file).values()]
    alive = [record.name for record in ended if record.outcome == "survived"]
    print(f"seed {seed}: {len(ended)} mutants, {len(alive)} survived", *alive, sep="\n")
    return 0 if len(ended) == count and not alive else 1


def _files(names: Sequence[str]) -> list[str]:
    if not names:
        return [file for room in ROOMS for file in room.files]
    rooms = {room.name: room for room in ROOMS}
    found: list[str] = []
    for name in names:
        if name in rooms:
            found += rooms[name].files
        else:
            room_of(name)
            found.append(name)
    return found


def _ask_about(files: Sequence[str], seconds: float, *, again: bool, near: bool) -> None:
    """Ask about the mutants of files of one room that have no record."""
    start = time.monotonic()
    asked: list[Asked] = []
    for file in files:
        every = {mutant.name: mutant for mutant in mutants_of(file)}
        records.forget(file, every)  # those of lines that are no more
        known = records.read(file)
        mutants = [
            mutant
            for name, mutant in every.items()
            if name not in known or (again and known[name].outcome != "killed")
        ]
        if mutants:
            reach = reach_of(file, near=near)
            asked += [choose(mutant, reach, seconds) for mutant in mutants]
    ask(asked)
    took = time.monotonic() - start
    print(f"{room_of(files[0]).name}: {len(asked)} mutants, {took:.0f} s", flush=True)


def ask(asked: Sequence[Asked]) -> None:
    """Ask tests about mutants; records tell what became of them."""
    inside = [one for one in asked if one.mutant.is_inside]
    if inside:
        tests = {test.partition("::")[0] for one in inside for test, _ in one.tests}
        if tests:
            _pytest(sorted(tests), Running(tuple(inside), records.KEPT))
        else:
            for one in inside:
                records.keep(one, Ended("survived", "", 0.0))
    anew = [one for one in asked if not one.mutant.is_inside]
    if anew:
        warm()
    for one in anew:
        records.keep(one, asked_anew(one))


def choose(mutant: Mutant, reach: Reach, seconds: float) -> Asked:
    """The tests that reach a mutant: those of its own file first, then the quick ones.

    Args:
        mutant: the mutant.
        reach: what `reach_of` found.
        seconds: how long the tests of one mutant may take together.
    """
    took, by_line = reach
    first, last = mutant.lines
    lines = map(str, range(first, last + 1)) if mutant.is_inside else by_line  # at import: all
    near = {test for line in lines for test in by_line.get(line, ())}
    ordered = sorted(near, key=lambda test: (not mirrors(mutant.file, test), took[test], test))
    tests: list[tuple[str, float]] = []
    left = seconds
    for test in ordered:
        if took[test] <= left:
            tests.append((test, took[test]))
            left -= took[test]
    return Asked(mutant, tuple(tests), len(near))


def reach_of(file: str, *, near: bool = False) -> Reach:
    """Which lines each test of a file's room reaches; measured anew where the file or test changed.

    Args:
        file: the file.
        near: of the room's tests, take those alone that are named for the file.
    """
    now = records.digest([ROOT / file])
    tests_of = [test for test in room_of(file).test_files if not near or mirrors(file, test)]
    parts = {test: _part(test) for test in tests_of}
    stale = {test: part for test, part in parts.items() if _read(part)["files"].get(file) != now}
    if stale:
        (records.KEPT / "reach").mkdir(parents=True, exist_ok=True)
        _pytest(list(stale), Reaching(stale))
    tests: dict[str, float] = {}
    lines: dict[str, list[str]] = {}
    for part in parts.values():
        found = _read(part)
        tests.update(found["tests"])
        for line, names in found["lines"].get(file, {}).items():
            lines.setdefault(line, []).extend(names)
    return tests, lines


def _part(test: str) -> Path:
    name = f"{Path(test).stem}-{records.digest([ROOT / test])}.json"
    return records.KEPT / "reach" / name


def _read(part: Path) -> dict[str, Any]:
    return json.loads(part.read_text()) if part.exists() else {"files": {}}


def _pytest(tests: Sequence[str], job: Reaching | Running) -> None:
    environment = give(job, records.KEPT / f"job-{os.getpid()}.pickle")
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-s",
        "-p",
        "no:xdist",
        "-p",
        "tests.mutants.plugin",
    ]
    slow = [part for test in SLOW for part in ("--deselect", test)]
    done = subprocess.run(
        [*command, *slow, *tests],
        cwd=ROOT,
        env=environment,
        check=False,
    )
    if done.returncode not in (0, 5):
        raise SystemExit(done.returncode)


if __name__ == "__main__":
    main()
