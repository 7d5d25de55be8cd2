"""The run of ``campaign run``: shown while it goes on, paused by a signal, ended with a report.

The first signal pauses: no row is taken any more, calls in flight finish. The second leaves at once;
rows whose answer nobody waited for stay announced in the ledger, and the next run has them checked.

``--dry-run`` does everything but the POST, on a copy of the ledger. The copy is made by SQLite's backup, in a folder of
its own beside the ledger (so that it is on the same disk), readable by its owner alone, and removed afterwards: by a
process of its own, which waits for the end of this one, so that no numbers stay when this one is killed. Messages go
into a sink that takes all of them.
"""

from __future__ import annotations

import asyncio
import os
import sqlite3
import subprocess
import tempfile
import time
from collections.abc import Generator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from msgspec.structs import replace

from ..audience.suppressions import SuppressionStore
from ..campaigns.campaign import Campaign
from ..campaigns.database import LEDGER
from ..campaigns.delivery import delivery_of
from ..campaigns.options import RunOptions
from ..campaigns.reading import LedgerView
from ..campaigns.rows import Facts
from ..campaigns.run import CampaignRun
from ..campaigns.spool import spool_path
from ..client import MessagingClient
from ..errors import LedgerError
from ..settings import Limits
from ..storage.files import create_private
from ..storage.sqlite import connect, open_for_reading, renamed, uri_of
from .campaign_ended import Ended
from .campaign_figures import Pace, Standing, delivery_line, note_of
from .loops import signals_handled
from .progress import Busy, Mode, Progress, figures_shown
from .screen import err
from .tally import Shot, Where

_DELIVERY_EVERY = 2.0
_SHARE = 10.0
_STOPPING = "pausing: calls in flight finish (Ctrl-C again: don't wait for them)"
_FAST = 1_000_000.0


@dataclass(slots=True)
class Session:
    """One run of a campaign at the command line.

    Attributes:
        canary: the cap of this run is there to look at its messages.
        again: the command that goes on with the campaign, for people.
        dry_rate: of a dry run: the rate that a real one would have.
    """

    campaign: Campaign
    client: MessagingClient
    options: RunOptions
    where: Where
    again: str = ""
    progress: Mode = "none"
    adopt: bool = False
    canary: bool = False
    dry_rate: float | None = None
    suppressions: SuppressionStore | None = None
    _run: CampaignRun = field(init=False)
    _facts: Facts = field(init=False)
    _pace: Pace = field(default_factory=Pace)
    _note: str = ""
    _delivery: str = ""

    async def run(self) -> Ended:
        """Run, and tell how that ended."""
        hurry = asyncio.Event()
        self._facts = self.campaign.facts()
        self._run = self.campaign.run(
            self.client, self.options, adopt=self.adopt, suppressions=self.suppressions
        )
        try:
            with signals_handled(self._pause, hurry.set):
                opening = f"opening {self.campaign.path.name}"
                async with Busy(err(), lambda: opening, quiet=self.progress != "panel"):
                    await self._run.start()
                if self._note:
                    self._run.pause()
                async with self._shown():
                    return await self._ended(hurry)
        finally:
            await self.client.close(grace=0)
            if self.suppressions is not None:
                self.suppressions.close()

    def _pause(self) -> None:
        self._note = _STOPPING
        self._run.pause("interrupted")

    async def _ended(self, hurry: asyncio.Event) -> Ended:
        ending = asyncio.create_task(self._run.finish())
        hurrying = asyncio.create_task(hurry.wait())
        following = asyncio.create_task(self._follow_delivery())
        await asyncio.wait((ending, hurrying), return_when=asyncio.FIRST_COMPLETED)
        following.cancel()
        hurrying.cancel()
        await asyncio.wait((following, hurrying))
        gave_up = not ending.done()
        if gave_up:
            await self._run.abandon()
        result, failure = None, ""
        try:
            result = await ending
        except LedgerError as error:
            failure = str(error)
        return Ended(
            campaign=self.campaign,
            where=self.where,
            name=self._facts.plan.name,
            figures=self._run.figures(),
            again=self.again,
            result=result,
            failure=failure,
            gave_up=gave_up,
            canary=self.canary,
            dry_rate=self.dry_rate,
        )

    async def _follow_delivery(self) -> None:
        while True:
            begun = time.monotonic()
            self._delivery = await asyncio.to_thread(self._read_delivery)
            pause = max(_DELIVERY_EVERY, _SHARE * (time.monotonic() - begun))
            await asyncio.sleep(pause)  # a large file takes a while

    def _read_delivery(self) -> str:
        try:
            with LedgerView(self.campaign.path) as view:
                return delivery_line(self._facts, delivery_of(view))
        except LedgerError:
            return "not known: the ledger can't be read"

    def _shown(self) -> Progress[Shot]:
        title = f"campaign {self._facts.plan.name}, {self.campaign.path.name}"
        return figures_shown(err(), self.progress, self._shoot, self.where, title)

    def _shoot(self) -> Shot:
        figures, now = self._run.figures(), time.monotonic()
        standing = Standing.of_run(figures)
        rate, left = self._pace.read(now, figures.taken, standing.to_go)
        settling = self.options.settle + self.options.scan_interval
        said = self._run.said
        return Shot(
            figures=standing.figures,
            done=standing.done,
            total=standing.total,
            in_flight=standing.in_flight,
            rate_now=rate,
            rate=figures.rate if self.dry_rate is None else None,
            throttled=figures.throttled,
            elapsed=figures.elapsed,
            left=None if self._note or figures.failing else left,
            delivery=self._delivery,
            note=self._note or note_of(figures, said, self.client.clock.monotonic(), settling),
        )


@contextmanager
def copied(ledger: Path) -> Generator[Campaign]:
    """A copy of a campaign, with what others have said to it, for as long as the block lasts."""
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
