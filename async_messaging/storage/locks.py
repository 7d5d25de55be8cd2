"""Locks that end with their process, however it ends.

A lock is a file of its own, locked by `flock`, which belongs to the opened file and not to the
process: the system drops it when the process dies, and a process that opens the file a second time
(to look who has it) does not lose it. What is left of a dead process is a file that nobody has
locked, so no process id is ever asked whether it lives: ids are used again.

**Forks.** A child has copies of its parent's open files, and would hold their locks beyond the
parent's end. It closes them at once; the parent's locks stay.

**Links.** A lock stands beside the real file, links resolved (`files.beside`).

Where there is no `fcntl`, the file itself is the lock, and a stale one has to be removed by hand.
"""

from __future__ import annotations

import os
import platform
import secrets
import time
import weakref
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import ModuleType
from typing import Self

from ..errors import LedgerError

fcntl: ModuleType | None
try:
    import fcntl
except ImportError:  # Windows
    fcntl = None

_TRIES = 10
_MOMENT = 0.005
_PATIENCE = 60.0


class InUse(LedgerError):
    """Another process has the lock."""


class FileLock:
    """The right to do something, for one process at a time. It names its process.

    Args:
        doing: what whoever has it does, for the error: ``runs this campaign``.

    Raises:
        InUse: another process has it.
        LedgerError: the file can't be written.
    """

    def __init__(self, path: Path, doing: str = "has this file") -> None:
        self.path = path
        self._doing = doing
        self._descriptor: int | None = None
        try:
            descriptor = self._acquire()
            os.ftruncate(descriptor, 0)
            os.write(descriptor, f"{os.getpid()} {platform.node()}\n".encode())
        except OSError as error:
            self.release()
            raise LedgerError(f"the lock file can't be written: {error.strerror}") from error

    def _acquire(self) -> int:
        while True:
            exclusive = os.O_EXCL if fcntl is None else 0
            try:
                descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | exclusive, 0o600)
            except FileExistsError:
                raise InUse(
                    f"{self._holder()} {self._doing}; if it is dead, remove {self.path.name}"
                ) from None
            self._descriptor = descriptor
            _held.add(self)
            try:
                if fcntl is not None:
                    _lock(descriptor, fcntl)
            except BlockingIOError:
                self.leave()
                raise InUse(f"{self._holder()} {self._doing}") from None
            except BaseException:
                self.leave()
                raise
            if self._is_still_there(descriptor):
                return descriptor
            self.leave()  # its last holder has just removed it

    def _is_still_there(self, descriptor: int) -> bool:
        try:
            return os.path.samestat(os.fstat(descriptor), self.path.stat())
        except FileNotFoundError:
            return False

    def _holder(self) -> str:
        try:
            words = self.path.read_text(encoding="utf-8", errors="replace").split()
        except OSError:
            words = []
        return f"process {words[0]}" if words and words[0].isdigit() else "another process"

    def release(self) -> None:
        """Let others have it; releasing again does nothing."""
        if self._descriptor is not None:
            if self._is_still_there(self._descriptor):
                with suppress(FileNotFoundError):
                    self.path.unlink()
            if fcntl is not None:
                fcntl.flock(self._descriptor, fcntl.LOCK_UN)
            self.leave()

    def leave(self) -> None:
        """Close the file only: in a forked child, the lock stays its parent's."""
        if self._descriptor is not None:
            descriptor, self._descriptor = self._descriptor, None
            _held.discard(self)
            os.close(descriptor)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.release()


_held: weakref.WeakSet[FileLock] = weakref.WeakSet()


def _in_child() -> None:
    for lock in list(_held):
        lock.leave()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_in_child)


def _lock(descriptor: int, system: ModuleType) -> None:
    """Lock the file; whoever only looks who has it (`holder`) is out of the way in a moment."""
    for _ in range(_TRIES):
        try:
            system.flock(descriptor, system.LOCK_EX | system.LOCK_NB)
        except BlockingIOError:
            time.sleep(_MOMENT)
        else:
            return
    system.flock(descriptor, system.LOCK_EX | system.LOCK_NB)


def holder(path: Path) -> int | None:
    """The process that has a lock: its id, 0 if that can't be told, None if nobody has it."""
    try:
        with path.open(encoding="utf-8", errors="replace") as file:
            if fcntl is not None:
                try:
                    fcntl.flock(file.fileno(), fcntl.LOCK_SH | fcntl.LOCK_NB)
                except BlockingIOError:
                    pass
                else:
                    return None  # it was left behind by a process that died
            word = file.readline().partition(" ")[0]
    except FileNotFoundError:
        return None
    return int(word) if word.isdigit() else 0


@contextmanager
def waited_for(path: Path, doing: str) -> Generator[None]:
    """Hold a lock for a block, as soon as whoever has it is done, a minute at most (`InUse`). It blocks its thread."""
    until = time.monotonic() + _PATIENCE
    while True:
        try:
            lock = FileLock(path, doing)
        except InUse:
            if time.monotonic() > until:
                raise
        else:
            break
    with lock:
        yield


def new_owner(folder: Path) -> FileLock:
    """A lock of a random name in a folder: whoever claims something names it, and lives with it."""
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        raise LedgerError(f"the owners' folder can't be made: {error.strerror}") from error
    return FileLock(folder / secrets.token_hex(8))


def bury_owners(folder: Path) -> int:
    """Remove the locks of owners that are dead; how many there were."""
    return sum(map(_buried, folder.iterdir()))


def _buried(path: Path) -> bool:
    """Remove a lock that nobody has; while it is removed nobody can take it."""
    if fcntl is None:
        return False
    try:
        descriptor = os.open(path, os.O_RDWR)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        path.unlink(missing_ok=True)
    except BlockingIOError:
        return False
    finally:
        os.close(descriptor)
    return True
