"""``campaign run --dry-run``: everything but the POST, on a copy of the ledger.

The copy is made by SQLite's backup, in a folder of its own beside the ledger (so that it is on the
same disk), readable by its owner alone, and removed afterwards: by a process of its own, which waits
for the end of this one, so that no numbers stay when this one is killed. Messages go into a sink that
takes all of them.
"""

from __future__ import annotations

import os
import sqlite3
import subprocess
import tempfile
from collections.abc import Generator
from contextlib import closing, contextmanager
from pathlib import Path

from msgspec.structs import replace

from ..campaigns.campaign import Campaign
from ..campaigns.database import LEDGER
from ..campaigns.options import RunOptions
from ..campaigns.spool import spool_path
from ..client import MessagingClient
from ..settings import Limits
from ..storage.files import create_private
from ..storage.sqlite import connect, open_for_reading, renamed, uri_of
from .tally import Where

_FAST = 1_000_000.0


@contextmanager
def copied(ledger: Path) -> Generator[Campaign]:
    """A copy of a campaign, with what others have said to it, for as long as the block lasts.

    Raises:
        LedgerError: it can't be read or copied.
    """
    with renamed("copied", "ledger"):
        folder = tempfile.TemporaryDirectory(prefix=".dry-run-", dir=ledger.parent)
    with folder as name, _removed_whatever_happens(name):
        copy = Path(name) / ledger.name
        with renamed("copied", "ledger"), closing(open_for_reading(ledger, LEDGER)) as source:
            _back_up(source, copy)
        spool = spool_path(ledger)
        if spool.exists():
            with renamed("copied", "ledger"), closing(connect(uri_of(spool, "ro"))) as source:
                _back_up(source, spool_path(copy))
        yield Campaign(copy)


@contextmanager
def _removed_whatever_happens(folder: str) -> Generator[None]:
    """Have the folder removed when this process ends, however it ends; where there is a shell."""
    program = ["/bin/sh", "-c", 'cat; rm -rf -- "$0"', folder]
    try:
        waiting = subprocess.Popen(  # noqa: S603 - the shell's text is fixed, the folder its argument
            program, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, start_new_session=True
        )
    except OSError:
        yield
        return
    with waiting:  # leaving it closes what it reads
        yield


def _back_up(source: sqlite3.Connection, copy: Path) -> None:
    os.close(create_private(copy))
    with closing(connect(uri_of(copy, "rw"))) as target:
        source.backup(target)


def dry_client(base_url: str | None) -> MessagingClient:
    """A client whose messages reach nobody, as fast as this machine can."""
    from ..testing import Sink

    limits = Limits(account=_FAST)
    return MessagingClient(base_url=base_url, transport=Sink(), limits=limits, attempt_timeout=0.1)


def dry_options(options: RunOptions) -> RunOptions:
    """The options, without the waits."""
    return replace(options, rate=_FAST, settle=0.0, scan_interval=0.0)


def dry_where(where: Where) -> Where:
    """Where it would have gone, marked."""
    return Where("DRY RUN", f"instead of {where.kind} {where.origin}", where.account)
