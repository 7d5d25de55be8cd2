"""The code that decides has no line that its tests would not miss: 20 mutants, drawn by a seed.

Same code, same seed: what is drawn changes with the code. MUTANTS_SEED draws others.
"""

from __future__ import annotations

import os
import subprocess
import sys

from .made import ROOT
from .records import digest


def test_drawn_mutants_are_killed() -> None:
    seed = os.environ.get("MUTANTS_SEED") or digest((ROOT / "async_messaging").rglob("*.py"))
    command = [sys.executable, "-m", "tests.mutants", "--draw", "20", "--seed", seed]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"MUTANTS_SEED={seed}\n{done.stdout}{done.stderr}"
