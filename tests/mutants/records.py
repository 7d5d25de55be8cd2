"""What became of each mutant: kept while a run goes on, so that another run goes on from there."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

from .children import Ended, Outcome
from .jobs import Asked
from .made import ROOT, Kind

__all__ = ["KEPT", "Record", "digest", "forget", "keep", "read", "reasons"]

KEPT = ROOT / ".mutants"


@dataclass(frozen=True, slots=True)
class Record:
    """The end of one mutant.

    Attributes:
        name: the mutant.
        kind: what it changes.
        outcome: "timeout" if a test took many times as long as it does.
        by: the test that ended it; empty if none did.
        tests: how many tests reach it.
        skipped: how many of them were not asked, since the time for one mutant was up.
        seconds: the time it took.
    """

    name: str
    kind: Kind
    outcome: Outcome
    by: str
    tests: int
    skipped: int
    seconds: float


def digest(paths: Iterable[Path]) -> str:
    """A short print of files' contents."""
    found = hashlib.sha256()
    for path in sorted(paths):
        found.update(path.read_bytes())
    return found.hexdigest()[:16]


def _path(file: str) -> Path:
    return KEPT / "results" / f"{file.removeprefix('async_messaging/').replace('/', '.')}.jsonl"


def read(file: str) -> dict[str, Record]:
    """The records of a file by mutant's name: the last one of each counts."""
    path = _path(file)
    if not path.exists():
        return {}
    found = (Record(**json.loads(line)) for line in path.read_text().splitlines())
    return {record.name: record for record in found}


def forget(file: str, names: Collection[str]) -> None:
    """Keep the last record of each mutant that has one of these names, and nothing else."""
    found = [record for name, record in read(file).items() if name in names]
    if found:
        _path(file).write_text("".join(json.dumps(asdict(one)) + "\n" for one in found))


def keep(asked: Asked, ended: Ended) -> None:
    """Keep what became of one more mutant."""
    mutant = asked.mutant
    record = Record(
        name=mutant.name,
        kind=mutant.kind,
        outcome=ended.outcome,
        by=ended.by,
        tests=asked.reaching,
        skipped=asked.reaching - len(asked.tests),
        seconds=round(ended.seconds, 2),
    )
    path = _path(mutant.file)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as out:
        out.write(json.dumps(asdict(record)) + "\n")


def reasons() -> dict[str, str]:
    """Why listed survivors change nothing: `equal.txt` has a reason, then the names it holds for."""
    found: dict[str, str] = {}
    reason = ""
    for line in (Path(__file__).parent / "equal.txt").read_text().splitlines():
        if line.startswith("# "):
            reason = line[2:]
        elif line.strip():
            found[line.strip()] = reason
    return found
