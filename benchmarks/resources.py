"""What a process takes and may take: cores, open files, CPU time, memory."""

from __future__ import annotations

import os
import sys
from pathlib import Path

__all__ = [
    "check_pinned",
    "cores",
    "open_connections",
    "open_files",
    "peak_memory",
    "pin",
    "resident",
]


def cores() -> list[int]:
    """The cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return sorted(os.sched_getaffinity(0))
    return list(range(os.cpu_count() or 1))


def pin(core: int | None) -> None:
    """Stay on one core, where the system can do that."""
    if core is not None and hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {core})


def check_pinned(core: int | None) -> None:
    """Fail if a thread of this process, a library's own too, may have run on another core."""
    if core is None or not hasattr(os, "sched_getaffinity"):
        return
    for thread in Path("/proc/self/task").iterdir():
        if os.sched_getaffinity(int(thread.name)) != {core}:
            raise AssertionError("a thread is not on the core that is measured")


def open_files() -> int:
    """Allow as many open files as the system lets us; how many that is."""
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 65_536 if hard == resource.RLIM_INFINITY else min(hard, 65_536)
    if soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    return max(soft, wanted)


def open_connections() -> int:
    """Sockets that are open, about; 0 where the system doesn't tell."""
    folder = Path("/proc/self/fd")
    return len(list(folder.iterdir())) - 8 if folder.exists() else 0


def resident() -> float:
    """Resident memory in MB (10**6), now; the peak where the system tells nothing else."""
    return _status("VmRSS") or _usage()


def peak_memory() -> float:
    """The most resident memory so far, in MB. Linux's rusage would count the parent's before exec."""
    return _status("VmHWM") or _usage()


def _status(name: str) -> float:
    file = Path("/proc/self/status")
    if not file.exists():
        return 0.0
    line = next(line for line in file.read_text("ascii").splitlines() if line.startswith(name))
    return int(line.split()[1]) * 1024 / 1e6


def _usage() -> float:
    import resource

    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6
