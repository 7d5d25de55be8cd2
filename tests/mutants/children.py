"""Children that are forked for one mutant: they end early, and whatever they do ends with them."""

from __future__ import annotations

import gc
import os
import resource
import shutil
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import pytest

__all__ = ["Ended", "Failures", "Outcome", "forked", "within"]

Outcome = Literal["killed", "survived", "timeout"]

_MEMORY = 3 << 30  # bytes of addresses, for a mutant that fills a list for ever
_FILE = 1 << 28  # bytes of one file
_TOLD = 4000  # bytes; a pipe holds that much while nobody reads


@dataclass(frozen=True, slots=True)
class Ended:
    """How a child ended: `by` is the test that failed, or what else ended it."""

    outcome: Outcome
    by: str
    seconds: float


class Failures:
    """A pytest plugin that remembers which tests failed."""

    def __init__(self) -> None:
        self.tests: list[str] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            self.tests.append(report.nodeid)


def within(seconds: float) -> None:
    """Let this process be ended unless it asks for more time before."""
    signal.setitimer(signal.ITIMER_REAL, seconds)


def forked(work: Callable[[Path], str]) -> Ended:
    """Do something in a child.

    Args:
        work: what to do with a folder of its own; it returns the test that failed, or "".
    """
    start = time.monotonic()
    folder = Path(tempfile.mkdtemp(prefix="mutant-", dir=_memory()))
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        _live(work, folder, writing)
    os.close(writing)
    _, status = os.waitpid(child, 0)
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(child, signal.SIGKILL)  # what it started itself
    os.set_blocking(reading, False)
    with suppress(BlockingIOError):
        said = os.read(reading, _TOLD)
    os.close(reading)
    shutil.rmtree(folder, ignore_errors=True)
    outcome: Outcome = "killed"
    if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGALRM:
        outcome = "timeout"
    elif status == 0:
        outcome = "survived"
    by = said.decode(errors="replace").strip() or ("" if status == 0 else f"ended with {status}")
    return Ended(outcome, by, time.monotonic() - start)


def _memory() -> str | None:
    return "/dev/shm" if Path("/dev/shm").is_dir() else None


def _live(work: Callable[[Path], str], folder: Path, writing: int) -> None:
    status = 2
    try:
        gc.freeze()  # what it was born with is not looked through again
        # Hypothesis would write a patch with the failing example, for which it imports much.
        sys.modules["hypothesis.extra._patching"] = None  # type: ignore[assignment]
        os.setpgid(0, 0)
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
        resource.setrlimit(resource.RLIMIT_FSIZE, (_FILE, _FILE))
        nothing = os.open(os.devnull, os.O_RDWR)
        for number in (0, 1, 2):
            os.dup2(nothing, number)
        by = work(folder)
        os.write(writing, by.encode()[:_TOLD])
        status = 1 if by else 0
    except BaseException:  # noqa: BLE001 - whatever ends it, the parent is told
        with suppress(BaseException):
            os.write(writing, traceback.format_exc().encode()[-300:])
    finally:
        os._exit(status)
