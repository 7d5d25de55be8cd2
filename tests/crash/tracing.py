"""Running a program under strace, which kills it at a system call or makes the call fail.

strace counts the calls of each thread for itself: "the Nth" is that of the first thread that gets
there. So points are taken from three ways to run: a whole campaign and one whose import is over
(all threads: in the second it is the ledger's thread that writes), and the latter's main thread
alone, which is the one that sends.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

import pytest

__all__ = ["SENDS", "WRITES", "Point", "Stage", "counted", "needs_strace", "strace", "watched"]

Stage = Literal["whole", "run", "main thread"]

SENDS = ("sendto", "sendmsg", "sendmmsg", "write", "writev", "sendfile")
"""What sends, and wakes the loop up; and prints."""

WRITES = (
    "pwrite64",
    "pwritev",
    "fsync",
    "fdatasync",
    "ftruncate",
    "fallocate",
    "unlink",
    "unlinkat",
    "rename",
    "renameat",
    "renameat2",
    "openat",
)
"""What changes files; `openat` for the campaign's own files only."""

_LINE = re.compile(r"(\d+) +(\w+)\(")


@dataclass(frozen=True)
class Point:
    """The Nth call of a kind, in a way to run."""

    stage: Stage
    call: str
    number: int

    def __str__(self) -> str:
        return f"{self.call} {self.number} ({self.stage})"


@cache
def _works() -> bool:
    if shutil.which("strace") is None:
        return False
    tried = subprocess.run(["strace", "-f", "-o", "/dev/null", "true"], check=False)
    return tried.returncode == 0


def needs_strace() -> None:
    """Skip the test where strace is missing or may not trace."""
    if not _works():
        pytest.skip("strace is missing, or may not trace here")


def watched(ledger: Path) -> list[str]:
    """The files beside a ledger that a run opens, and its rescue files."""
    names = ["", "-wal", "-shm", "-journal", "-spool", "-spool-journal", ".lock"]
    names += [f".{epoch}.rescue.jsonl" for epoch in range(4)]
    return [f"{ledger}{name}" for name in names]


def strace(
    calls: Sequence[str],
    *inject: str,
    log: Path,
    files: Iterable[str] = (),
    threads: bool = True,
) -> list[str]:
    """The command that traces these calls of a program.

    Args:
        calls: the calls.
        inject: what happens to them, in strace's words.
        log: where they are told.
        files: only calls on these.
        threads: all threads, else the first alone.
    """
    command = [
        "strace",
        "-qq",
        "-o",
        str(log),
        "-e",
        f"trace={','.join(calls)}",
        "-e",
        "signal=none",
    ]
    command += ["-f"] if threads else []
    for file in files:
        command += ["-P", file]
    for what in inject:
        command += ["-e", f"inject={what}"]
    return command


def counted(log: Path, call: str = r"\w+") -> Counter[str]:
    """How often each call was made by the thread that made it most."""
    by_thread = Counter(
        (match[1], match[2])
        for line in log.read_text(errors="replace").splitlines()
        if (match := _LINE.match(line)) and re.fullmatch(call, match[2])
    )
    most: Counter[str] = Counter()
    for (_, name), number in by_thread.items():
        most[name] = max(most[name], number)
    return most
