from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from async_messaging.campaigns.campaign import Campaign
from async_messaging.campaigns.options import RunOptions
from async_messaging.campaigns.spool import Spool
from async_messaging.cli.campaign_running import copied, dry_options
from async_messaging.errors import LedgerError


def left_in(folder: Path) -> list[Path]:
    return list(folder.glob(".dry-run*"))


async def campaign_in(folder: Path) -> Campaign:
    (folder / "people.csv").write_text("phone,name\n+14155550100,Ada\n+14155550101,Bob\n")
    return await Campaign.create(
        folder / "spring.campaign", folder / "people.csv", template="Hi {name}", sender="ACME"
    )


async def test_a_copy_is_whole_private_and_gone_afterwards(tmp_path: Path) -> None:
    campaign = await campaign_in(tmp_path)
    campaign.set_rate(50)
    with copied(campaign.path) as copy:
        assert copy.path.parent.parent == tmp_path
        assert copy.path.parent.stat().st_mode & 0o777 == 0o700
        assert copy.path.stat().st_mode & 0o777 == 0o600
        assert copy.counts() == campaign.counts()
        with Spool(copy.path) as spool:
            assert [note.rate for _, note in spool.waiting()] == [50]
    assert not left_in(tmp_path)


async def test_a_copy_goes_too_when_the_run_fails(tmp_path: Path) -> None:
    campaign = await campaign_in(tmp_path)
    with pytest.raises(RuntimeError, match="it failed"), copied(campaign.path):
        raise RuntimeError("it failed")
    assert not left_in(tmp_path)


KILLED = """
import os, pathlib, sys
from async_messaging.cli.campaign_running import copied
with copied(pathlib.Path(sys.argv[1])) as copy:
    print(copy.path.parent, flush=True)
    os.kill(os.getpid(), 9)
"""


async def test_a_copy_goes_too_when_the_run_is_killed(tmp_path: Path) -> None:
    campaign = await campaign_in(tmp_path)
    with subprocess.Popen(  # noqa: ASYNC220 - the test has nothing else to do
        [sys.executable, "-c", KILLED, campaign.path],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as run:
        assert run.stdout is not None
        assert run.stderr is not None
        assert run.stdout.readline().startswith(str(tmp_path / ".dry-run-"))
        run.stderr.read()  # ends when whoever removes the folder has ended too
        assert run.wait() == -signal.SIGKILL
    assert not left_in(tmp_path)


def test_what_is_no_campaign_is_not_copied(tmp_path: Path) -> None:
    (tmp_path / "x.campaign").write_bytes(b"nothing" * 100)
    with pytest.raises(LedgerError), copied(tmp_path / "x.campaign"):
        pass
    assert not left_in(tmp_path)


def test_a_dry_run_does_not_wait() -> None:
    options = dry_options(RunOptions(rate=1.0, max_messages=5))
    assert options.rate is not None
    assert options.rate > 100_000
    assert (options.settle, options.scan_interval, options.max_messages) == (0.0, 0.0, 5)
