"""P27: every rule of safety is load-bearing: a package without it fails the rule's scenario."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from tests.crash.arena import ROOT, seed, side_by_side
from tests.crash.rules import MUTATIONS, Mutation

RULES = 15
"""Some rules are taken out at more than one place."""


def without(mutation: Mutation, folder: Path) -> None:
    """Copy package and tests, and take a rule out of the copy."""
    ignored = shutil.ignore_patterns("__pycache__")
    for name in ("async_messaging", "tests"):
        shutil.copytree(ROOT / name, folder / name, ignore=ignored)
    shutil.copy(ROOT / "pyproject.toml", folder)
    file = folder / "async_messaging" / mutation.file
    text = file.read_text(encoding="utf-8")
    assert text.count(mutation.before) == 1, f"{mutation.file} has changed: {mutation.rule}"
    file.write_text(text.replace(mutation.before, mutation.after), encoding="utf-8")


def is_red(mutation: Mutation, folder: Path) -> bool:
    """Whether the rule's scenario fails without it; anything but a failed test is an error."""
    without(mutation, folder)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", f"tests/crash/test_safety.py::{mutation.scenario}"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode in {0, 1}, done.stdout
    assert f"1 {'failed' if done.returncode else 'passed'}" in done.stdout, done.stdout
    shutil.rmtree(folder)
    return done.returncode == 1


def taken_out(tmp_path: Path, tell: Callable[[str], None], mutations: Sequence[Mutation]) -> None:
    start = time.monotonic()
    numbered = list(enumerate(mutations))
    found = side_by_side(lambda one: is_red(one[1], tmp_path / str(one[0])), numbered, workers=2)
    green = [mutation.rule for mutation, red in zip(mutations, found, strict=True) if not red]
    tell(
        f"rules taken out: {sum(found)} of {len(mutations)} places red, green: {green},"
        f" {time.monotonic() - start:.0f} s"
    )
    assert not green


def test_a_rule_is_load_bearing(tmp_path: Path, tell: Callable[[str], None]) -> None:
    """Another one each time; `test_every_rule_is_load_bearing` takes all."""
    taken_out(tmp_path, tell, random.Random(seed()).sample(MUTATIONS, 1))


@pytest.mark.crash
def test_every_rule_is_load_bearing(tmp_path: Path, tell: Callable[[str], None]) -> None:
    taken_out(tmp_path, tell, MUTATIONS)


def test_the_table_finds_every_rule_where_it_stands() -> None:
    assert len({mutation.rule.partition(":")[0] for mutation in MUTATIONS}) == RULES
    for mutation in MUTATIONS:
        text = (ROOT / "async_messaging" / mutation.file).read_text(encoding="utf-8")
        assert text.count(mutation.before) == 1, f"{mutation.file} has changed: {mutation.rule}"
