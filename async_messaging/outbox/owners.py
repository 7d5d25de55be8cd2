"""Who lives: each user of an outbox's file holds a lock that its process can't keep beyond its end.

A claim names its owner, and another process must be able to ask whether that one still lives. A
process id would not do: ids are used again, and a process can have two outboxes. So each owner has
a file of a random name in ``NAME-owners`` and holds its lock (`flock`, which belongs to the opened
file, not to the process). The system drops the lock however the process ends. A child that was
forked has its parent's open files too, and would hold the lock beyond the parent's end: it closes
them at once (closing them lets nobody else's lock go).

Where there is no `fcntl`, an owner lives as long as its file is there: that of a process which died
has to be removed by hand.
"""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from pathlib import Path
from types import ModuleType

fcntl: ModuleType | None
try:
    import fcntl
except ImportError:  # Windows
    fcntl = None

__all__ = ["Owner", "bury_owners", "lives", "owners_folder"]


def owners_folder(path: Path) -> Path:
    """Where the owners of an outbox's file are."""
    return path.with_name(f"{path.name}-owners")


class Owner:
    """The right to be taken for alive.

    Args:
        folder: where the owners are.

    Attributes:
        name: the owner's.

    Raises:
        OSError: the folder can't be written.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(mode=0o700, exist_ok=True)
        while True:
            self.name: str = secrets.token_hex(8)
            self._path = folder / self.name
            flags = os.O_RDWR | os.O_CREAT | os.O_EXCL
            self._descriptor: int | None = os.open(self._path, flags, 0o600)
            if self._locked(self._descriptor):
                return
            os.close(self._descriptor)

    def _locked(self, descriptor: int) -> bool:
        """Lock the file; False if somebody took it for a dead owner's in this moment."""
        if fcntl is None:
            return True
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        try:
            return os.path.samestat(os.fstat(descriptor), self._path.stat())
        except FileNotFoundError:
            return False

    def release(self) -> None:
        """Be dead from now on; releasing again does nothing."""
        if self._descriptor is not None:
            with suppress(FileNotFoundError):
                self._path.unlink()
            self.leave()

    def leave(self) -> None:
        """In a forked child: close the parent's file, whose lock stays the parent's."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


def lives(folder: Path, name: str) -> bool:
    """Whether an owner's process still holds its lock."""
    try:
        descriptor = os.open(folder / name, os.O_RDONLY)
    except FileNotFoundError:
        return False
    try:
        return fcntl is None or not _is_free(descriptor, fcntl)
    finally:
        os.close(descriptor)


def _is_free(descriptor: int, system: ModuleType) -> bool:
    try:
        system.flock(descriptor, system.LOCK_SH | system.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def bury_owners(folder: Path) -> int:
    """Remove the files of owners that are dead; how many there were."""
    dead = [file for file in folder.iterdir() if not lives(folder, file.name)]
    for file in dead:
        file.unlink(missing_ok=True)
    return len(dead)
