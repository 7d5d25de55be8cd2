"""What does a campaign of a million rows take: time, memory, disk?

The commands run as a person runs them, in a terminal with the live display: `campaign create`,
`campaign run --dry-run` (everything but the network, on a copy of the ledger), then a run of the
ledger itself against a sink, and `campaign report`. Peak resident memory is the kernel's figure for
each process. Goal: under 300 MB each.

    python -m benchmarks.million [ROWS]
"""

from __future__ import annotations

import fcntl
import os
import pty
import struct
import sys
import tempfile
import termios
import time
from collections.abc import Sequence
from pathlib import Path

ROWS = 1_000_000
GOAL = 300.0
PROGRAM = (sys.executable, "-m", "async_messaging", "campaign")
ACCOUNT = {
    "TWILIO_ACCOUNT_SID": f"AC{'0' * 32}",
    "TWILIO_AUTH_TOKEN": "0" * 32,
    "TWILIO_FROM": "+15005550006",
}
SINK = """
import asyncio
from async_messaging import Campaign, Limits, MessagingClient
from async_messaging.testing import Sink

async def main():
    async with MessagingClient(transport=Sink(), limits=Limits(account=1e9)) as client:
        result = await Campaign.open("big.campaign").run(client, concurrency=256)
    assert result.counts.accepted == result.counts.total, result.counts

asyncio.run(main())
"""


def source(folder: Path, rows: int) -> None:
    """A file of recipients."""
    with (folder / "big.csv").open("w", encoding="utf-8") as file:
        file.write("phone,name,code\n")
        file.writelines(f"+1{4150000000 + row},Name {row},A{row % 1000}\n" for row in range(rows))


def measured(name: str, command: Sequence[str], folder: Path) -> float:
    """Run one command in a terminal, print what it took, give its peak memory in MB."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    begun = time.perf_counter()
    child = os.fork()
    if child == 0:
        for descriptor in (0, 1, 2):
            os.dup2(theirs, descriptor)
        os.chdir(folder)
        os.execve(command[0], list(command), {**os.environ, **ACCOUNT, "TERM": "xterm-256color"})
    os.close(theirs)
    frames = 0
    while piece := _read(ours):
        frames += piece.count(b"\x1b[2K")
    os.close(ours)
    _, status, usage = os.wait4(child, 0)
    wall = time.perf_counter() - begun
    assert os.waitstatus_to_exitcode(status) == 0, f"{name} failed"
    peak = usage.ru_maxrss / 1024
    cpu = usage.ru_utime + usage.ru_stime
    print(f"{name:<22}{wall:>7.0f} s{cpu:>8.0f} s CPU{peak:>8.0f} MB{frames:>8} lines redrawn")
    return peak


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65536)
    except OSError:  # Linux says so when the other side has been closed
        return b""


def main() -> int:
    """Print a table; 1 where the goal is missed."""
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else ROWS
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as made:
        folder = Path(made)
        source(folder, rows)
        template = ("--template", "Hi {name}, your code is {code}", "--yes")
        dry = ("run", "big", "--dry-run", "--rate", "100000", "--concurrency", "256", "--yes")
        peaks = [
            measured("create", (*PROGRAM, "create", "big.csv", *template), folder),
            measured("run --dry-run", (*PROGRAM, *dry), folder),
            measured("run against a sink", (sys.executable, "-c", SINK), folder),
            measured("report", (*PROGRAM, "report", "big", "--out", "report.csv"), folder),
        ]
        size = (folder / "big.campaign").stat().st_size / rows
    print(f"{rows:,} rows; the ledger has {size:.0f} bytes a row when all are accepted")
    print(f"goal: under {GOAL:.0f} MB; " + ("met" if max(peaks) < GOAL else "missed"))
    return 0 if max(peaks) < GOAL else 1


if __name__ == "__main__":
    sys.exit(main())
