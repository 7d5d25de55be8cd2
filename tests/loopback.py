"""Do the tests reach anything but this machine? Runs them under strace and reads every connection that was tried.

    python -m tests.loopback [ARGUMENTS OF PYTEST]

A browser's question whether there is IPv6 is passed over: it connects a UDP socket, which sends nothing. strace can't
trace what is traced already, so tests that use it themselves (`tests/crash`) are left out here.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

__all__ = ["strangers"]

TESTS = ("tests/integration", "tests/acceptance/test_inbox_browser.py")
_CONNECT = re.compile(r"connect\(\d+, \{sa_family=(AF_\w+), (.*)\}")
_ADDRESS = re.compile(r'inet_(?:addr|pton)\((?:AF_INET6, )?"([^"]+)"')
_HOME = ("127.", "::1", "::ffff:127.")
_BROWSERS_QUESTION = "2001:4860:4860::8888"
_LOCAL = ("AF_UNIX", "AF_NETLINK", "AF_UNSPEC")


def strangers(lines: Iterable[str]) -> Counter[str]:
    """The addresses outside this machine that a trace shows, and how often."""
    found: Counter[str] = Counter()
    for line in lines:
        call = _CONNECT.search(line)
        if call is None or call[1] in _LOCAL:
            continue
        address = _ADDRESS.search(call[2])
        where = call[2] if address is None else address[1]
        if not where.startswith(_HOME) and where != _BROWSERS_QUESTION:
            found[where] += 1
    return found


def main(arguments: list[str]) -> int:
    """Run pytest; 1 if a test fails or something else than this machine was asked."""
    if shutil.which("strace") is None:
        print("strace is not installed: nothing was looked at", file=sys.stderr)  # noqa: T201 - a command
        return 1
    with tempfile.TemporaryDirectory() as folder:
        trace = Path(folder, "trace")
        strace = (
            "strace",
            "-f",
            "-qq",
            "--seccomp-bpf",
            "-e",
            "trace=connect",
            "-e",
            "signal=none",
        )
        own = [] if any(not one.startswith("-") for one in arguments) else TESTS
        tests = (sys.executable, "-m", "pytest", "-q", *arguments, *own)
        done = subprocess.run([*strace, "-o", str(trace), *tests], check=False)
        lines = trace.read_text(errors="replace").splitlines()
    found = strangers(lines)
    tried = sum("connect(" in line for line in lines)
    print(f"{tried:,} connections were tried, {found.total()} of them to other machines")  # noqa: T201 - a command
    for where, count in found.items():
        print(f"{count:>6}  {where}")  # noqa: T201 - a command
    return done.returncode or int(bool(found) or not tried)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
