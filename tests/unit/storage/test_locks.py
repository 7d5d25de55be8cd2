from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from async_messaging.errors import LedgerError
from async_messaging.storage import locks
from async_messaging.storage.locks import (
    FileLock,
    InUse,
    bury_owners,
    holder,
    new_owner,
    waited_for,
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "a.lock"


def test_a_lock_is_held_once_and_released(path: Path) -> None:
    lock = FileLock(path, "runs this campaign")
    with pytest.raises(InUse, match=f"process {os.getpid()} runs this campaign"):
        FileLock(path, "runs this campaign")
    assert path.stat().st_mode & 0o777 == 0o600
    lock.release()
    lock.release()
    assert list(path.parent.iterdir()) == []
    FileLock(path).release()


def test_whoever_looks_does_not_take_it(path: Path) -> None:
    assert holder(path) is None
    with FileLock(path):
        for _ in range(2):
            assert holder(path) == os.getpid()
    assert holder(path) is None


def test_a_file_that_a_dead_process_left_is_no_lock(path: Path) -> None:
    path.write_text(f"{os.getpid()} machine\n")  # alive, and not the one that wrote it
    assert holder(path) is None
    FileLock(path).release()


def test_without_fcntl_the_file_is_the_lock(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(locks, "fcntl", None)
    lock = FileLock(path)
    with pytest.raises(InUse, match=r"if it is dead, remove a\.lock"):
        FileLock(path)
    lock.release()
    FileLock(path).release()


def test_a_lock_that_can_not_be_written_is_a_ledger_error(tmp_path: Path) -> None:
    with pytest.raises(LedgerError, match="lock file"):
        FileLock(tmp_path / "missing" / "a.lock")


def test_whoever_looks_who_has_a_lock_does_not_keep_others_from_it(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with path.open("w") as looked_at:
        fcntl.flock(looked_at, fcntl.LOCK_SH)
        monkeypatch.setattr("time.sleep", lambda _: fcntl.flock(looked_at, fcntl.LOCK_UN))
        FileLock(path).release()


def test_who_waits_gets_it_when_it_is_free(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lock = FileLock(path)
    waits: list[float] = []

    def sleep(seconds: float) -> None:
        waits.append(seconds)
        if len(waits) > 15:  # past the tries of the first attempt
            lock.release()

    monkeypatch.setattr("time.sleep", sleep)
    with waited_for(path, "settles"):
        assert holder(path) is not None
    assert holder(path) is None
    assert len(waits) > 15


def test_who_waits_too_long_is_told_who_has_it(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(locks, "_PATIENCE", -1.0)
    with (
        FileLock(path),
        pytest.raises(InUse, match=r"process \d+ settles"),
        waited_for(path, "settles"),
    ):
        raise AssertionError


FORKED = """
import os, pathlib, sys
from async_messaging.storage.locks import FileLock
lock = FileLock(pathlib.Path(sys.argv[1]))
ready, tell = os.pipe()
if os.fork() == 0:
    lock.release()  # the child's copy: nothing happens
    os.write(tell, b"x")
    sys.stdin.read()
    os._exit(0)
os.read(ready, 1)
print("held", flush=True)
os.kill(os.getpid(), 9)
"""


def test_a_forked_child_neither_keeps_nor_frees_its_parents_lock(path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", FORKED, path],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as parent:
        assert parent.stdout is not None
        assert parent.stdout.readline() == "held\n"
        assert parent.wait() == -signal.SIGKILL  # its child lives on, and waits for us
        assert path.exists()
        assert holder(path) is None
        FileLock(path).release()


def test_an_owner_lives_until_it_is_released(tmp_path: Path) -> None:
    owner = new_owner(tmp_path / "owners")
    assert holder(owner.path) is not None
    owner.release()
    assert holder(owner.path) is None


def test_two_owners_of_one_process_are_two(tmp_path: Path) -> None:
    one, other = new_owner(tmp_path / "owners"), new_owner(tmp_path / "owners")
    assert one.path != other.path
    one.release()
    assert holder(other.path) is not None
    other.release()


def test_the_dead_are_buried_and_the_living_are_not(tmp_path: Path) -> None:
    folder = tmp_path / "owners"
    living = new_owner(folder)
    (folder / "0123456789abcdef").touch()
    assert bury_owners(folder) == 1
    assert list(folder.iterdir()) == [living.path]
    assert holder(living.path) is not None
    living.release()


def test_an_owner_that_is_buried_while_it_is_made_is_made_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, take = tmp_path / "owners", locks._lock  # noqa: SLF001 - stops between two steps
    buried: list[int] = []

    def late(descriptor: int, system: object) -> None:
        if not buried:
            buried.append(bury_owners(folder))
        take(descriptor, fcntl)

    monkeypatch.setattr(locks, "_lock", late)
    owner = new_owner(folder)
    assert buried == [1]
    assert holder(owner.path) is not None
    owner.release()


def test_nobody_else_may_look(tmp_path: Path) -> None:
    owner = new_owner(tmp_path / "owners")
    assert (tmp_path / "owners").stat().st_mode & 0o777 == 0o700
    assert owner.path.stat().st_mode & 0o777 == 0o600
    owner.release()
