"""Where a ledger lives: one run at a time, on a disk of this machine, in its own place.

**Lock.** A run holds ``NAME.campaign.lock``, which names its process. The system drops the lock
when the process dies, however it dies; the file that is left behind is no lock. Where there is no
`fcntl`, the file itself is the lock and a stale one has to be removed by hand.

**File system.** SQLite's write-ahead log needs memory shared between processes, and file locks that
work; network file systems have neither for sure, so they are refused.

**Place.** A ledger knows its machine, path and inode. A copy, and a backup that was restored, have
another; run both, and every row goes out twice. (Not noticed: a backup written into the very file.)
"""

from __future__ import annotations

import os
import platform
import re
import time
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

from ..errors import LedgerError

fcntl: ModuleType | None
try:
    import fcntl
except ImportError:  # Windows
    fcntl = None

__all__ = ["LedgerInUse", "RunLock", "holder", "identity", "network_filesystem", "refuse_network"]

_TRIES = 10
_MOMENT = 0.005
_NETWORK = re.compile(
    r"nfs\d?|cifs|smb\w*|9p|afs|ceph|glusterfs|lustre|gpfs|ncpfs|ocfs2|gfs2?|vboxsf|prl_fs|vmhgfs"
    r"|virtiofs|davfs|beegfs|orangefs"
    r"|fuse\.(sshfs|s3fs|gcsfuse|glusterfs|ceph\S*|rclone|davfs\S*|goofys|grpcfuse|vmhgfs\S*)"
)


class LedgerInUse(LedgerError):
    """Another process runs this campaign."""


class RunLock:
    """The right to write one ledger.

    Args:
        path: the ledger.

    Raises:
        LedgerInUse: another process has it.
        LedgerError: the file can't be written.
    """

    def __init__(self, path: Path) -> None:
        self.path: Path = path.with_name(f"{path.name}.lock")
        try:
            self._descriptor: int | None = self._acquire()
        except OSError as error:
            raise LedgerError(f"the lock file can't be written: {error.strerror}") from error
        os.ftruncate(self._descriptor, 0)
        os.write(self._descriptor, f"{os.getpid()} {platform.node()}\n".encode())

    def _acquire(self) -> int:
        if fcntl is None:
            return self._create()
        while True:
            descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600)
            try:
                _lock(descriptor, fcntl)
            except BlockingIOError:
                os.close(descriptor)
                raise LedgerInUse(f"{self._holder()} runs this campaign") from None
            except BaseException:
                os.close(descriptor)
                raise
            if self._is_still_there(descriptor):
                return descriptor
            os.close(descriptor)  # its last holder has just removed it

    def _create(self) -> int:
        try:
            return os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            raise LedgerInUse(
                f"{self._holder()} runs this campaign; if it is dead, remove {self.path.name}"
            ) from None

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
        """Let another run begin; releasing again does nothing."""
        if self._descriptor is not None:
            descriptor, self._descriptor = self._descriptor, None
            if self._is_still_there(descriptor):
                self.path.unlink()
            os.close(descriptor)


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
    """The process that runs a ledger: its id, 0 if that can't be told, None if nothing runs."""
    lock = path.with_name(f"{path.name}.lock")
    try:
        with lock.open(encoding="utf-8", errors="replace") as file:
            if fcntl is not None:
                try:
                    fcntl.flock(file.fileno(), fcntl.LOCK_SH | fcntl.LOCK_NB)
                except BlockingIOError:
                    pass
                else:
                    return None  # it was left behind by a process that died
            word = file.readline().partition(" ")[0]
    except OSError:
        return None
    return int(word) if word.isdigit() else 0


def identity(path: Path) -> tuple[str, str, int]:
    """Machine, path and inode of a file."""
    machine = platform.node()
    for source in ("/etc/machine-id", "/var/lib/dbus/machine-id"):
        try:
            machine = Path(source).read_text(encoding="ascii").strip() or machine
        except (OSError, ValueError):
            continue
        break
    real = path.resolve()
    return machine, str(real), real.stat().st_ino


def refuse_network(path: Path) -> None:
    """Refuse a file on a network file system.

    Raises:
        LedgerError: it is on one; the text names its kind.
    """
    try:
        mounts = Path("/proc/self/mounts").read_text(encoding="utf-8", errors="replace")
    except OSError:  # not Linux
        return
    if kind := network_filesystem(path.resolve(), mounts):
        raise LedgerError(
            f"the ledger is on a network file system ({kind}), whose locks and shared memory can't"
            " be relied on; put it on a disk of this machine"
        )


def network_filesystem(path: Path, mounts: str) -> str:
    """The kind of network file system that a path is on, by the system's table; empty if none."""
    kinds = dict(_mounts(mounts))
    for folder in (path, *path.parents):
        if kind := kinds.get(str(folder)):
            return kind if _NETWORK.fullmatch(kind) else ""
    return ""


def _mounts(table: str) -> Iterator[tuple[str, str]]:
    """Mount point and kind; the table writes blanks as octal numbers."""
    for line in table.splitlines():
        words = line.split(" ")
        if len(words) > 2:
            yield re.sub(r"\\([0-7]{3})", lambda code: chr(int(code[1], 8)), words[1]), words[2]
