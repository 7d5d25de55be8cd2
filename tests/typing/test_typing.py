"""One run of mypy: typical use is understood, and every mistake is caught where it stands."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
MARK = re.compile(r"  # type: ignore\[([a-z-]+)\]")
ERROR = re.compile(r"(\w+)\.py:(\d+): error: .*\[([a-z-]+)\]$", re.MULTILINE)


def test_what_mypy_says_of_typical_use_and_of_mistakes(tmp_path: Path) -> None:
    marked = (HERE / "mistakes.py").read_text(encoding="utf-8")
    bare = tmp_path / "bare_mistakes.py"
    bare.write_text(MARK.sub("", marked), encoding="utf-8")
    expected = {
        ("bare_mistakes", number, found[1])
        for number, line in enumerate(marked.splitlines(), start=1)
        if (found := MARK.search(line))
    }
    assert len(expected) >= 30
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "tests/typing/typical_use.py", str(bare)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    told = {(file, int(line), code) for file, line, code in ERROR.findall(done.stdout)}
    assert told == expected, done.stdout + done.stderr
