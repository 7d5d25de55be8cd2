"""P16: a disk that is full, fails, or may not be written: no send without a durable intent."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import time
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.crash.arena import Arena, Ended, Source, seed, side_by_side, simulators
from tests.crash.judge import judge, no_send_without_intent
from tests.crash.tracing import needs_strace, strace, watched
from tests.simulator_process import SimulatorProcess

ROWS = 200
STORAGE = 74
MOST = 200
Tell = Callable[[str], None]


@dataclass(frozen=True)
class Failure:
    """What goes wrong from the Nth call on, or at that call alone.

    Attributes:
        calls: the calls that fail, and their errors.
        forever: every further call fails too.
    """

    calls: tuple[tuple[str, str], ...]
    forever: bool

    def __str__(self) -> str:
        named = ", ".join(f"{error} of {call}" for call, error in self.calls)
        return f"{named} {'from then on' if self.forever else 'once'}"


FAILURES = (
    Failure((("pwrite64", "ENOSPC"),), forever=True),
    Failure((("pwrite64", "ENOSPC"),), forever=False),
    Failure((("pwrite64", "EIO"),), forever=True),
    Failure((("fdatasync", "EIO"),), forever=False),
    Failure((("fdatasync", "EIO"), ("fsync", "EIO")), forever=True),
    Failure((("pwrite64", "ENOSPC"), ("write", "ENOSPC"), ("ftruncate", "EIO")), forever=True),
)


def failed_at(failure: Failure, number: int, folder: Path, simulator: SimulatorProcess) -> Ended:
    """A run whose disk fails at a call, judged; then one on a disk that is well again."""
    fought = Arena(folder, simulator, Source.of(ROWS), concurrency=4)
    fought.ask("reset", "")
    elsewhere = folder / "tmp"
    elsewhere.mkdir()
    fought.environment["TMPDIR"] = str(elsewhere)
    if number % 2:
        assert fought.run(only_import=True).status == 0
    when = f"{number}+" if failure.forever else str(number)
    under = strace(
        [call for call, _ in failure.calls],
        *(f"{call}:error={error}:when={when}" for call, error in failure.calls),
        log=folder / "calls",
        files=watched(fought.ledger),
    )
    first = fought.run(under=under)
    assert first.status in {0, STORAGE}, first
    no_send_without_intent(fought)
    again = fought.run()
    assert again.status == 0, again
    assert judge(fought)["ACCEPTED"] == ROWS
    assert not list(folder.glob("*.rescue.jsonl"))
    assert not list(elsewhere.glob("*.rescue.jsonl"))
    return first


@pytest.mark.parametrize("stride", [10, pytest.param(1, marks=pytest.mark.crash)])
def test_a_disk_that_fails_at_any_call(tmp_path: Path, tell: Tell, stride: int) -> None:
    """Failures take turns, so that each meets a good part of the calls."""
    needs_strace()
    start, first = time.monotonic(), seed()
    kinds = FAILURES if stride == 1 else [None]
    tried = [
        (kind or FAILURES[(number // stride + first) % len(FAILURES)], number)
        for kind in kinds
        for number in range(1 + first % stride, MOST + 1, stride)
    ]
    with simulators(5) as idle:

        def one(point: tuple[Failure, int]) -> tuple[str, int]:
            failure, number = point
            simulator = idle.get()
            name = f"{FAILURES.index(failure)}-{number}"
            try:
                return str(failure), failed_at(failure, number, tmp_path / name, simulator).status
            except BaseException as error:
                error.add_note(f"{failure} at call {number}, seed {first}")
                raise
            finally:
                idle.put(simulator)

        found = side_by_side(one, tried, workers=5)
    failed = Counter(name for name, status in found if status == STORAGE)
    tell(
        f"a disk that fails at each {'' if stride == 1 else f'{stride}th '}call: {len(tried)} runs"
        f" x {ROWS} rows, {sum(failed.values())} ended with {STORAGE}: {dict(failed)},"
        f" seed {first}, {time.monotonic() - start:.0f} s"
    )
    assert failed


def test_a_creation_killed_inside_its_first_transaction_is_begun_again(tmp_path: Path) -> None:
    """Its journal lies beside pages that were never committed."""
    there, copy = tmp_path / "there", tmp_path / "copy"
    there.mkdir()
    with closing(sqlite3.connect(there / "spring.campaign", isolation_level=None)) as connection:
        connection.execute("PRAGMA cache_size = 1")
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("CREATE TABLE rows (id INTEGER PRIMARY KEY, text TEXT)")
        connection.executemany("INSERT INTO rows (text) VALUES (?)", [("x" * 2000,)] * 200)
        shutil.copytree(there, copy)
    assert (copy / "spring.campaign").stat().st_size
    assert (copy / "spring.campaign-journal").stat().st_size
    with simulators(1) as idle:
        fought = Arena(copy, idle.get(), Source.of(5))
        assert fought.run().status == 0
        judge(fought)


def bound_by_permissions() -> list[str]:
    """What runs a program as one that permissions hold back; root ignores them."""
    if os.geteuid():
        return []
    under = ["setpriv", "--inh-caps=-all", "--bounding-set=-all"]
    if not shutil.which("setpriv") or subprocess.run([*under, "true"], check=False).returncode:
        pytest.skip("root can't do without its privileges here")
    return under


def test_a_folder_that_may_not_be_written(tmp_path: Path) -> None:
    """Nothing is sent, and the run says so; then it may."""
    under = bound_by_permissions()
    with simulators(1) as idle:
        fought = Arena(tmp_path / "closed", idle.get(), Source.of(20))
        assert fought.run(only_import=True).status == 0
        for mode, folder_mode in ((0o444, 0o555), (0o600, 0o555), (0o444, 0o755)):
            allow(fought, mode, folder_mode)
            first = fought.run(under=under)
            assert first.status == STORAGE, (oct(mode), oct(folder_mode), first)
            assert not fought.messages()
        allow(fought, 0o600, 0o755)
        assert fought.run(under=under).status == 0
        judge(fought)


def allow(fought: Arena, mode: int, folder_mode: int) -> None:
    fought.folder.chmod(folder_mode)
    for file in fought.folder.iterdir():
        file.chmod(mode)


@pytest.mark.crash
def test_a_small_file_system_that_is_full(tmp_path: Path, tell: Tell) -> None:
    if os.geteuid() or os.environ.get("CI") or not shutil.which("mount"):
        pytest.skip("mounts a small file system: needs root, and is not done in CI")
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", str(disk)]
    if subprocess.run(mount, check=False, capture_output=True).returncode:
        pytest.skip("may not mount here")
    try:
        with simulators(1) as idle:
            fought = Arena(disk / "a", idle.get(), Source.of(2000), template="Hi {name}!")
            assert fought.run(only_import=True).status == 0
            filler = disk / "filler"
            with filler.open("wb") as file:
                free = os.statvfs(disk)
                file.write(bytes(free.f_bavail * free.f_frsize - 120_000))
            first = fought.run()
            assert first.status == STORAGE, first
            no_send_without_intent(fought)
            sent = len(fought.messages())
            filler.unlink()
            assert fought.run().status == 0
            judge(fought)
            tell(f"a full tmpfs: {sent} of 2,000 sent before, the rest after")
    finally:
        subprocess.run(["umount", str(disk)], check=True)
