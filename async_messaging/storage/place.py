"""Where a file is: on a disk of this machine, and in its own place.

**File system.** SQLite's write-ahead log needs memory shared between processes, and file locks that
work; network file systems have neither for sure, so they are refused.

**Place.** A ledger knows its machine, path and inode. A copy, and a backup that was restored, have
another; run both, and every row goes out twice. (Not noticed: a backup written into the very file.)
Where the system has no id, as in a container, the file system's stands for it: containers come and
go, and the disk that they are given stays.
"""

from __future__ import annotations

import os
import platform
import re
from collections.abc import Iterator
from pathlib import Path

from ..errors import LedgerError

_NETWORK = re.compile(
    r"nfs\d?|cifs|smb\w*|9p|afs|ceph|glusterfs|lustre|gpfs|ncpfs|ocfs2|gfs2?|vboxsf|prl_fs|vmhgfs"
    r"|virtiofs|davfs|beegfs|orangefs"
    r"|fuse\.(sshfs|s3fs|gcsfuse|glusterfs|ceph\S*|rclone|davfs\S*|goofys|grpcfuse|vmhgfs\S*)"
)
_MACHINE = ("/etc/machine-id", "/var/lib/dbus/machine-id")


def identity(path: Path, *, made_as: Path | None = None) -> tuple[str, str, int]:
    """Machine, path and inode of a file; one that is only being made has another name yet."""
    found = made_as or path
    return _machine() or _disk(found), str(path.resolve()), found.stat().st_ino


def _machine() -> str:
    for source in _MACHINE:
        try:
            found = Path(source).read_text(encoding="ascii").strip()
        except (OSError, ValueError):
            continue
        if found:
            return found
    return ""


def _disk(path: Path) -> str:
    """The file system's own id, in hex, where the system tells; else the machine's name."""
    look = getattr(os, "statvfs", None)
    found = look(path).f_fsid if look is not None else 0
    return f"disk {found:x}" if found else platform.node()


def refuse_network(path: Path, name: str = "ledger") -> None:
    """Refuse a file on a network file system with a `LedgerError`, which names its kind."""
    try:
        mounts = Path("/proc/self/mounts").read_text(encoding="utf-8", errors="replace")
    except OSError:  # not Linux
        return
    if kind := network_filesystem(path.resolve(), mounts):
        raise LedgerError(
            f"the {name} is on a network file system ({kind}), whose locks and shared memory can't"
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
