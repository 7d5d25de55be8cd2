"""A campaign: a durable bulk send, in one file. Twilio's A2P campaigns are at `client.a2p`.

    async with Campaign.open("spring.campaign") as campaign:
        async for event in campaign.run(client, rate=100):
            ...

A `Campaign` is a handle: it reads the file whenever it is asked something, and takes the right to
write it only for a run, for settling, and for decisions on held rows. So one process may run a
campaign while others watch, pause or report it. What the rows' states mean and what is promised is
told in `ledger`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AsyncExitStack
from os import PathLike
from pathlib import Path
from typing import Self, TypeVar, Unpack

import msgspec

from ..client import ClientView
from ..clock import SystemClock
from ..errors import InvalidInput, LedgerError
from ..models import Message
from ..settling.states import OnUnknown, State
from ..storage.locks import InUse
from ..storage.sqlite import Durability
from .content import Content
from .database import process_of, upgrade
from .importing import ImportOptions, import_campaign
from .options import Estimate, RunChanges, RunOptions
from .pseudonyms import is_pseudonym
from .reading import LedgerView
from .report import write_report
from .retrying import RETRIED, RetryResult, retry
from .rows import Counts, Facts, Note, Reason, Row, outcome_of
from .run import CampaignRun, belonging, settler_of
from .spool import Spool, has_notes
from .sqlite import SQLiteLedger
from .sync import SyncResult, read_list
from .workers import Suppressions

T = TypeVar("T")


class Campaign:
    """One campaign's file. Make it with `create`, or use one that is there with `open`.

    Attributes:
        path: the ledger.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._runs: list[CampaignRun] = []

    def __repr__(self) -> str:
        return f"<Campaign {self.path.name!r}>"

    @classmethod
    def open(cls, path: str | PathLike[str]) -> Self:
        """A campaign that was created before; a ledger of an older version is upgraded.

        Raises:
            LedgerError: there is none, or the file is no ledger.
        """
        file = Path(path)
        if not file.exists():
            raise LedgerError(f"there is no campaign {file.name}")
        upgrade(file)
        found = cls(file)
        found.facts()
        return found

    @classmethod
    async def create(
        cls,
        path: str | PathLike[str],
        source: str | PathLike[str],
        **options: Unpack[ImportOptions],
    ) -> Self:
        """Import a file of recipients into a new ledger, and seal it.

        An import that was killed is gone on with by the same call; one that failed leaves nothing.

        Args:
            path: the ledger, ``spring.campaign``.
            source: a CSV or JSON Lines file; see `bulk.sources`.
            **options: template, sender and more: the fields of `ImportOptions`.

        Raises:
            InvalidInput: source, template or sender can't be used; there is no such option.
            LedgerError: the ledger is there already, or can't be written; or the same was sent
                before.
            OSError: the source can't be read.
        """
        await import_campaign(Path(path), Path(source), options)
        return cls(Path(path))

    # Reading. Each opens the file for a moment; a run may go on meanwhile.

    def facts(self) -> Facts:
        """What the ledger knows of its campaign."""
        return self._asked(LedgerView.facts)

    def counts(self) -> Counts:
        """Rows by state."""
        return self._asked(LedgerView.counts)

    def reasons(self, limit: int = 40) -> list[Reason]:
        """Why rows are refused, held, skipped or unknown, the most frequent first."""
        return self._asked(lambda view: view.reasons(limit))

    def rows(self, state: State) -> Iterator[Row]:
        """All rows of one state, in order."""
        with LedgerView(self.path) as view:
            yield from view.rows(state)

    def estimate(self) -> Estimate:
        """What is about to be sent."""
        with LedgerView(self.path) as view:
            counts = view.counts()
            to_send, segments = view.to_go()
            reasons = tuple(r for r in view.reasons(40) if r.state == "skipped")
        return Estimate(
            rows=counts.total,
            to_send=to_send,
            segments=segments,
            skipped=counts.skipped,
            reasons=reasons,
        )

    def moving(self) -> int:
        """Accepted messages of which no last status is known: Twilio may still be sending them."""
        return self._asked(LedgerView.moving)

    def active_at(self) -> float:
        """When the campaign last did something, seconds since 1970."""
        with LedgerView(self.path) as view:
            facts = view.facts()
            return max(facts.run_at, facts.ended_at or 0.0, view.active_at())

    def process(self) -> int | None:
        """The process that runs it: its id, 0 if that can't be told, None if nothing runs."""
        return process_of(self.path)

    def report(self, path: str | PathLike[str], *, raw: bool = False) -> int:
        """Write what became of each row, as CSV or JSON Lines by the name; give the rows.

        Args:
            path: the file; one that is there is replaced.
            raw: leave cells as they are; else those a spreadsheet would run are quoted.

        Raises:
            LedgerError: the ledger can't be read.
            OSError: the report can't be written.
        """
        return self._asked(lambda view: write_report(view, Path(path), raw=raw))

    def _asked(self, ask: Callable[[LedgerView], T]) -> T:
        with LedgerView(self.path) as view:
            return ask(view)

    # Running.

    def run(
        self,
        client: ClientView,
        options: RunOptions | None = None,
        *,
        adopt: bool = False,
        durability: Durability = "disk",
        suppressions: Suppressions | None = None,
        **changes: Unpack[RunChanges],
    ) -> CampaignRun:
        """A run: iterate over its events, await it, or use it in ``async with``.

        Args:
            client: sends the messages.
            options: how to run.
            adopt: run a ledger that was copied, moved or restored.
            durability: ``process`` doesn't wait for the disk.
            suppressions: who wants no more messages: asked before each message, and told of those
                whom Twilio refuses for that; an `audience.suppressions.SuppressionStore`.
            **changes: single fields of `RunOptions`: ``rate=100``.

        Raises:
            SettingsError: an option can't be used.
        """
        options = msgspec.structs.replace(options or RunOptions(), **changes)
        run = CampaignRun(
            self.path,
            client,
            options,
            adopt=adopt,
            durability=durability,
            suppressions=suppressions,
        )
        self._runs.append(run)
        return run

    async def test(self, client: ClientView, to: str, row: int = 1) -> Message:
        """Send one row's message to somebody else; the row itself is not touched.

        Raises:
            InvalidInput: there is no such row, or it makes no message.
            MessagingError: what the send raises.
        """
        with LedgerView(self.path) as view:
            facts, found = view.facts(), view.find(row)
        if found is None:
            raise InvalidInput(f"there is no row {row}", field="row")
        draft = Content(facts.plan, facts.campaign).addressed(found, to)
        return await client.messages.send(draft)

    async def reconcile(
        self,
        client: ClientView,
        *,
        on_unknown: OnUnknown = "hold",
        settle: float = 120.0,
        scan_interval: float = 60.0,
        adopt: bool = False,
    ) -> Counts:
        """Settle unknown rows without sending anything, and look for held ones; give the counts.

        Raises:
            LedgerError: a run has the ledger, or it can't be used.
            SettingsError: its messages were sent in another account.
            MessagingError: Twilio's list can't be read.
        """
        options = RunOptions(on_unknown=on_unknown, settle=settle, scan_interval=scan_interval)
        opened = SQLiteLedger.open(
            self.path, adopt=adopt, clock=client.clock, server=client.sends.server
        )
        async with await opened as ledger:
            await ledger.take_in()
            facts = await belonging(ledger, await ledger.facts(), client, adopt=adopt)
            content = Content(facts.plan, facts.campaign)
            settler = settler_of(ledger, facts, content, client, options)
            while (wait := (await settler.step()).wait) is not None:
                await client.clock.sleep(wait)
            await settler.step(held=True)
            return await ledger.counts()

    async def sync(
        self,
        client: ClientView,
        *,
        suppressions: Suppressions | None = None,
        tell: Callable[[int], None] = lambda _: None,
    ) -> SyncResult:
        """Learn from Twilio's list what became of messages and what they cost, also during a run.

        Args:
            client: reads the list.
            suppressions: told of people whom Twilio refused since they opted out.
            tell: told how many messages were read.

        Raises:
            LedgerError: the ledger or its spool can't be used.
            MessagingError: the list can't be read.
        """
        result = await read_list(self.path, client, suppressions=suppressions, tell=tell)
        await self.take_in()
        return result

    async def retry(
        self,
        target: str | PathLike[str],
        codes: Iterable[int] = RETRIED,
        *,
        suppressions: Suppressions | None = None,
        although_open: bool = False,
    ) -> tuple[Campaign, RetryResult]:
        """A new campaign of what Twilio accepted and carriers did not deliver.

        Args:
            target: its file.
            codes: Twilio's codes of what is sent again.
            suppressions: who wants no more messages.
            although_open: do it while messages are still on their way.

        Raises:
            InvalidInput: a code is never retried, or no row is left.
            LedgerError: rows or messages are still under way; the target is there already.
        """
        if not await self.take_in() or (not although_open and self.moving()):
            raise LedgerError("messages are still on their way: what becomes of them is not known")
        result = await retry(self.path, Path(target), codes, suppressions=suppressions)
        return Campaign(Path(target)), result

    # What is said to a run, or done at once where there is none.

    def pause(self) -> None:
        """Ask the run to pause; it takes that in within a second."""
        self._post(Note(kind="pause", at=SystemClock().time()))

    def set_rate(self, rate: float) -> None:
        """Set the rate of this run, or of the next, in segments a second.

        Raises:
            InvalidInput: it can't be used.
        """
        if not 0 < rate < float("inf"):
            raise InvalidInput("must be above 0 segments a second", field="rate")
        self._post(Note(kind="rate", at=SystemClock().time(), rate=rate))

    async def cancel(self) -> bool:
        """Never send the rows that are left; whether that is done, else a run is about to do it."""
        self._post(Note(kind="cancel", at=SystemClock().time()))
        ledger = await self._free_ledger()
        if ledger is None:
            return False
        async with ledger:
            await ledger.take_in()
            await ledger.end_run("cancelled", "cancelled on request", SystemClock().time())
        return True

    def has_mail(self) -> bool:
        """Whether somebody has left something that no run has taken in yet."""
        return has_notes(self.path)

    async def take_in(self) -> bool:
        """Heed what was said while nothing runs; whether that is done, else a run does it."""
        ledger = await self._free_ledger()
        if ledger is None:
            return False
        async with ledger:
            await ledger.take_in()
        return True

    async def resend(self, rows: Sequence[int]) -> list[int]:
        """Put held rows back, to be sent again: they may be sent twice. Gives those that were held.

        A row whose person was forgotten stays held: nobody knows its number any more.

        Raises:
            LedgerError: a run has the ledger, or it can't be used.
        """
        return await self._decide(rows, "READY", "sent again by decision")

    async def assume_sent(self, rows: Sequence[int]) -> list[int]:
        """Never send held rows again; gives those that were held.

        Raises:
            LedgerError: a run has the ledger, or it can't be used.
        """
        return await self._decide(rows, "SKIPPED", "assumed sent")

    async def _decide(self, rows: Sequence[int], state: State, reason: str) -> list[int]:
        wanted = set(rows)
        async with await SQLiteLedger.open(self.path) as ledger:
            await ledger.take_in()  # a cancel from before comes before what is decided now
            now = SystemClock().time()
            changed: list[int] = []
            after = 0
            while found := await ledger.rows_in("HELD", after):
                after = found[-1].row
                for row in found:
                    if row.row in wanted and not (state == "READY" and is_pseudonym(row.to)):
                        await ledger.settle([outcome_of(row, state, now, error=reason)])
                        changed.append(row.row)
        return changed

    async def _free_ledger(self) -> SQLiteLedger | None:
        try:
            return await SQLiteLedger.open(self.path)
        except InUse:
            return None

    def _post(self, note: Note) -> None:
        with Spool(self.path) as spool:
            spool.post([note])

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        async with AsyncExitStack() as runs:  # all are closed, whatever one of them raises
            for run in self._runs:
                runs.push_async_callback(run.close)
