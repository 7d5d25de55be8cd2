"""``async-messaging simulate``: says where it is, first in a file, and ends when told."""

from __future__ import annotations

import re
import signal
from pathlib import Path

from tests.acceptance.programs import Cli, finished


def test_it_announces_itself_and_ends_cleanly(tmp_path: Path) -> None:
    process = Cli(tmp_path, {}).start("simulate", "--port", "0", "--announce", "where.txt")
    assert process.stdout is not None
    lines = [process.stdout.readline().strip() for _ in range(9)]
    assert re.fullmatch(r"URL: http://127\.0\.0\.1:[0-9]+", lines[0])
    assert re.fullmatch(r"Account SID: AC[0-9a-f]{32}", lines[1])
    assert re.fullmatch(r"Auth token: [0-9a-f]{32}", lines[2])
    assert lines[3] == f"Inbox: {lines[0].removeprefix('URL: ')}/"
    assert lines[5].startswith("export TWILIO_ACCOUNT_SID=AC")
    assert (tmp_path / "where.txt").read_text().splitlines() == lines
    assert (tmp_path / "where.txt").stat().st_mode & 0o777 == 0o600
    process.send_signal(signal.SIGINT)
    assert finished(process).returncode == 0


def test_a_port_in_use_is_one_sentence(tmp_path: Path) -> None:
    cli = Cli(tmp_path, {})
    first = cli.start("simulate", "--port", "0")
    assert first.stdout is not None
    port = first.stdout.readline().rpartition(":")[2].strip()
    second = cli.run("simulate", "--port", port)
    first.terminate()
    finished(first)
    assert second.returncode == 2
    assert second.stderr.count("\n") == 1
