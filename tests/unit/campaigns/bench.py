"""One run of a campaign on a fake clock: a ledger in memory, a Twilio without a network."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterable
from typing import Any

from msgspec.structs import replace

from async_messaging import MessagingClient
from async_messaging.campaigns.attempts import LedgerAttempts
from async_messaging.campaigns.content import Content
from async_messaging.campaigns.ledger import Ledger
from async_messaging.campaigns.options import RowEvent, RunEvent, RunOptions, Said
from async_messaging.campaigns.rows import NewRow, Note, Plan, Row
from async_messaging.campaigns.running import Runner
from async_messaging.campaigns.workers import Suppressions
from async_messaging.pipeline.batch_run import BatchRun
from async_messaging.settling.changes import Policy
from async_messaging.settling.driver import Settler
from async_messaging.settling.states import State
from async_messaging.testing import FakeClock
from tests.unit.campaigns.elsewhere import NothingElsewhere
from tests.unit.campaigns.memory import MemoryLedger
from tests.unit.campaigns.memory_file import MemoryFile
from tests.unit.campaigns.twilio import Behaviour, Twilio, accept
from tests.unit.pipeline.calls import scripted_client

TEXTS = Plan(name="spring", template="Hi {name}", sender="+15558675300", columns=("to", "name"))
FIELDS = Plan(name="spring", columns=("to", "from", "body", "validity_period"))


def texts(count: int) -> list[NewRow]:
    """Rows of TEXTS."""
    return [
        NewRow(row=n, to=f"+1415555{n:04}", variables={"name": f"n{n}"}, segments=1)
        for n in range(1, count + 1)
    ]


def from_senders(senders: Iterable[str], **cells: str) -> list[NewRow]:
    """Rows of FIELDS, one of each sender."""
    return [
        NewRow(
            row=n, to=f"+1415555{n:04}", variables={"from": sender, "body": f"n{n}"} | dict(cells)
        )
        for n, sender in enumerate(senders, start=1)
    ]


class Bench:
    """What stands around a run; `file` outlives it."""

    def __init__(
        self,
        clock: FakeClock,
        rows: list[NewRow],
        behave: Behaviour = accept,
        plan: Plan = TEXTS,
        **client: Any,
    ) -> None:
        self.clock = clock
        self.rows = rows
        self.content = Content(plan, "c1")
        self.file = MemoryFile(plan, clock.time())
        self.twilio = Twilio(clock, behave)
        self.client: MessagingClient = scripted_client(self.twilio.answer, clock, **client)[0]
        self.events: list[RowEvent] = []
        self.said: list[str] = []
        self.elsewhere = NothingElsewhere()
        self.suppressions: Suppressions | None = None
        self.calls: BatchRun = self.client.open_batch(patience=5.0)

    async def imported(self) -> Bench:
        ledger = MemoryLedger(self.file, self.clock)
        await ledger.add(self.rows, repeats=True)
        await ledger.seal("hash")
        await ledger.close()
        return self

    def ledger(self) -> MemoryLedger:
        return MemoryLedger(self.file, self.clock, self.client.sends.server)

    def settles(self, ledger: Ledger, options: RunOptions) -> Settler:
        sends = self.client.sends
        self.file.facts = replace(self.file.facts, realm=sends.realm)
        attempts = LedgerAttempts(
            ledger,
            self.file.facts,
            self.content,
            sends.server,
            self.clock,
            self.elsewhere.others,
            total=45.0,
        )
        policy = Policy(options.on_unknown, options.settle, options.scan_interval)
        return self.client.settler(attempts, policy)

    def runner(self, ledger: Ledger | None = None, **options: Any) -> Runner:
        chosen = RunOptions(**options)
        opened = ledger or self.ledger()
        self.calls = self.client.open_batch(rate=chosen.rate, patience=5.0)
        return Runner(
            opened,
            self.content,
            self.calls,
            self.settles(opened, chosen),
            chosen,
            self.clock,
            self.take,
            nothing,
            self.suppressions,
        )

    async def run(self, ledger: Ledger | None = None, **options: Any) -> Runner:
        """Run once; never for more than some real seconds."""
        ledger = ledger or self.ledger()
        runner = self.runner(ledger, **options)
        async with asyncio.timeout(20):
            await runner.run()
        await ledger.drain()
        assert runner.ending is not None
        await ledger.end_run(runner.ending, runner.reason, self.clock.time())
        assert runner.counts.total() == self.counts().total()
        assert runner.counts["INTENT"] == 0
        self.is_quiet()
        return runner

    def take(self, event: RunEvent) -> None:
        if isinstance(event, Said):
            self.said.append(event.text)
        else:
            self.events.append(event)

    def post(self, *notes: Note) -> None:
        self.file.spool.extend(notes)

    def counts(self) -> Counter[State]:
        return Counter(row.state for row in self.file.rows.values())

    def row(self, number: int) -> Row:
        return self.file.rows[number]

    def bodies(self) -> Counter[str]:
        """What was accepted, by text."""
        return Counter(str(message["body"]) for _, message in self.twilio.messages)

    def is_quiet(self) -> None:
        """Nothing is held any more: no place in flight, no line before a lane."""
        stats = self.client.stats()
        assert (stats.in_flight, stats.waiting) == (0, 0)


async def nothing() -> None:
    """There is always room."""


async def turns(number: int = 200) -> None:
    """Let the loop go round; no time passes but by the clock's own jumps."""
    for _ in range(number):
        await asyncio.sleep(0)
