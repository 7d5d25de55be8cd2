"""The figures: mutants by file, and each survivor by name."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence

from . import records
from .made import ROOT

__all__ = ["RESULTS", "show"]

RESULTS = ROOT / "benchmarks" / "results" / "mutants.json"


def show(files: Sequence[str]) -> None:
    """Print the table of some files and keep it beside those of the others."""
    kept = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    equal = records.reasons()
    print(
        f"{'file':34} {'mutants':>7} {'killed':>7} {'timeout':>7} {'equal':>6} {'left':>5}  text left"
    )
    for file in files:
        found = list(records.read(file).values())
        if not found:
            continue
        counts = Counter(record.outcome for record in found)
        alive = [record for record in found if record.outcome == "survived"]
        left = {record.name: record.kind for record in alive if record.name not in equal}
        listed = len(alive) - len(left)
        text = sum(kind == "text" for kind in left.values())
        short = file.removeprefix("async_messaging/")
        print(
            f"{short:34} {len(found):7} {counts['killed']:7} {counts['timeout']:7}"
            f" {listed:6} {len(left) - text:5}  {text}"
        )
        held = Counter(
            record.by.partition("::")[0] for record in found if record.by.startswith("tests/")
        )
        kept[short] = {
            "mutants": len(found),
            "killed": counts["killed"],
            "timeout": sorted(record.name for record in found if record.outcome == "timeout"),
            "equal": listed,
            "left": sorted(left),
            "held by": [test for test, _ in held.most_common()],
        }
    RESULTS.write_text(json.dumps(kept, indent=1, ensure_ascii=False) + "\n")
