"""What the process that has collected the tests is asked to do; given to it in a file."""

from __future__ import annotations

import os
import pickle
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from .made import Mutant

__all__ = ["Asked", "Reaching", "Running", "give", "given"]

_VARIABLE = "MUTANTS_JOB"


@dataclass(frozen=True, slots=True)
class Asked:
    """A mutant and the tests that are asked about it.

    Attributes:
        mutant: the mutant.
        tests: the tests in their order, and the seconds that each takes without a mutant.
        reaching: how many tests reach it, those that are not asked included.
    """

    mutant: Mutant
    tests: tuple[tuple[str, float], ...]
    reaching: int


@dataclass(frozen=True, slots=True)
class Reaching:
    """See which lines each test reaches; write it to the path of its file."""

    parts: Mapping[str, Path]


@dataclass(frozen=True, slots=True)
class Running:
    """Ask the tests about each mutant; add its record to those kept in a folder."""

    asked: tuple[Asked, ...]
    kept: Path


def give(job: Reaching | Running, path: Path) -> dict[str, str]:
    """Write a job to a file.

    Returns:
        The environment of the process that does it.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(pickle.dumps(job))
    # Of coverage's ways to measure, this one knows tests apart.
    return {**os.environ, _VARIABLE: str(path), "COVERAGE_CORE": "ctrace"}


def given() -> Reaching | Running:
    """The job of this process."""
    job = pickle.loads(Path(os.environ[_VARIABLE]).read_bytes())
    assert isinstance(job, Reaching | Running)
    return job
