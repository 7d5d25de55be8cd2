"""What a mutant is, and that a living function becomes one."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

from .made import Mutant, compiled, mutants_of
from .swap import Functions

SOURCE = '''"""A module."""

from __future__ import annotations

import functools

LIMIT = 3


@functools.cache
def small(number: int, least: int = 0):
    """Is a number small?"""
    if number < least:
        raise ValueError("too small", number)
    return number < LIMIT
'''


@pytest.fixture
def file(tmp_path: Path) -> str:
    path = tmp_path / "numbers_of_ours.py"
    path.write_text(SOURCE)
    return str(path)


def imported(file: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location("numbers_of_ours", file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def changes(mutants: list[Mutant], *, inside: bool, kind: str) -> list[str]:
    return [
        mutant.name.partition(": ")[2]
        for mutant in mutants
        if mutant.is_inside is inside and mutant.kind == kind
    ]


def test_every_operator_makes_its_mutants_and_none_is_of_words_that_nobody_reads(file: str) -> None:
    mutants = mutants_of(file)
    assert changes(mutants, inside=True, kind="decides") == [
        "if number < least: => if not (number < least):",
        "if number < least: => if number <= least:",
        'raise ValueError("too small", number) => raise ValueError("too small", None)',
        'raise ValueError("too small", number) => raise ValueError("too small", )',
        "return number < LIMIT => return number <= LIMIT",
    ]
    assert len(changes(mutants, inside=True, kind="text")) == 4
    assert changes(mutants, inside=False, kind="decides") == [
        "LIMIT = 3 => LIMIT = None",
        "LIMIT = 3 => LIMIT = 4",
        "def small(number: int, least: int = 0): => def small(number: int, least: int = 1):",
    ]


def test_a_mutant_keeps_its_name_when_lines_move(file: str) -> None:
    names = [mutant.name for mutant in mutants_of(file)]
    Path(file).write_text("# One more line.\n" + SOURCE)
    assert [mutant.name for mutant in mutants_of(file)] == names


def test_a_living_function_becomes_a_mutant_behind_its_decorator(file: str) -> None:
    module = imported(file)
    assert not module.small(3)
    functions = Functions(file, compiled(SOURCE, file))
    (mutant,) = [one for one in mutants_of(file) if one.name.endswith("number <= LIMIT")]
    functions.become(compiled(mutant.source, file))
    module.small.cache_clear()
    assert module.small(3)
