"""A campaign's run as a program holds it: opened, listened to, paused, ended.

    async with campaign.run(client, rate=100) as run:
        async for event in run:
            ...
    print(run.result.counts)

Events are kept only while somebody listens, and a slow listener slows the run down. Leaving the
block pauses the run and waits for the calls under way.
"""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from collections.abc import Collection, Generator
from functools import partial
from pathlib import Path
from typing import Any, Self

import msgspec

from ..client import ClientView
from ..errors import LedgerError, MessagingError, SettingsError
from ..settling.changes import Policy
from ..settling.driver import Settler
from ..settling.neighbours import neighbours
from ..settling.states import State
from ..storage.sqlite import Durability
from .attempts import LedgerAttempts
from .content import Content
from .options import RunEvent, RunOptions, RunResult, Said
from .reading import LedgerView
from .rows import Facts
from .running import Runner
from .sqlite import SQLiteLedger
from .workers import Suppressions

PATIENCE = 5.0
"""Seconds after a "too fast" that a row waits announced; for longer waits it is put back."""

_MOST_EVENTS = 1_000


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """A run at one moment.

    Attributes:
        counts: rows by state.
        total: all rows.
        taken: segments that were let go in this run.
        rate: the rate in force, None without one.
        throttled: answers that said "too fast".
        parked: senders whose queue is full, for now.
        failing: Twilio is failing: rows wait until it answers again.
        elapsed: seconds since the run began.
    """

    counts: Counter[State]
    total: int
    taken: int = 0
    rate: float | None = None
    throttled: int = 0
    parked: int = 0
    failing: bool = False
    elapsed: float = 0.0


class CampaignRun:
    """One run. Made by `Campaign.run`; use it in ``async with``, or await it to let it run out.

    Attributes:
        result: how it ended; None before.
        said: the last sentences about the run, each with its monotonic time.
    """

    def __init__(
        self,
        path: Path,
        client: ClientView,
        options: RunOptions,
        *,
        adopt: bool = False,
        durability: Durability = "disk",
        suppressions: Suppressions | None = None,
    ) -> None:
        self.result: RunResult | None = None
        self.said: deque[tuple[float, str]] = deque(maxlen=20)
        self._path = path
        # What becomes of an unknown send is the ledger's to decide, never the client's.
        client = client.with_options(on_unknown="raise")
        self._client = client
        self._options = options
        self._adopt = adopt
        self._durability: Durability = durability
        self._suppressions = suppressions
        self._clock = client.clock
        # A row that waits while it is announced goes out later than its validity was reckoned for.
        self._calls = client.open_batch(patience=PATIENCE if options.not_after is None else 0.0)
        self._runner: Runner | None = None
        self._task: asyncio.Task[RunResult] | None = None
        self._begun = self._clock.monotonic()
        self._events: deque[RunEvent] = deque()
        self._listened = False
        self._news = asyncio.Event()
        self._room = asyncio.Event()
        self._total = 0
        self._starting = asyncio.Lock()
        self._wanted = ""

    def __repr__(self) -> str:
        return f"<CampaignRun {self._path.name!r}, {self._runner!r}>"

    async def start(self) -> None:
        """Take the ledger over and begin; starting again does nothing.

        Raises:
            LedgerError: another run has it, or it can't be used.
            MessagingError: the account, which had stopped the last run, still refuses.
        """
        async with self._starting:
            if self._task is None:
                await self._start()

    async def _start(self) -> None:
        ledger = await SQLiteLedger.open(
            self._path,
            adopt=self._adopt,
            durability=self._durability,
            clock=self._clock,
            server=self._client.sends.server,
        )
        try:
            facts = await self._prepare(ledger)
            runner = self._runner_of(ledger, facts)
        except BaseException:
            await ledger.close()
            raise
        self._runner = runner
        if self._wanted:
            runner.end("paused", self._wanted)
        runner.heed(facts.wish)
        self._begun = self._clock.monotonic()
        self._task = asyncio.create_task(self._run(ledger, runner))
        self._task.add_done_callback(lambda _: self._news.set())

    def _runner_of(self, ledger: SQLiteLedger, facts: Facts) -> Runner:
        self._total = facts.rows or 0
        content = Content(facts.plan, facts.campaign)
        runner = Runner(
            ledger,
            content,
            self._calls,
            settler_of(ledger, facts, content, self._client, self._options),
            self._options,
            self._clock,
            self._take,
            self._wait_for_room,
            self._suppressions,
        )
        if facts.rate is not None:
            self._calls.set_rate(facts.rate)
        return runner

    async def _prepare(self, ledger: SQLiteLedger) -> Facts:
        facts = await ledger.facts()
        if facts.rows is None:
            raise LedgerError(
                "the import has not ended: create the campaign again to go on with it"
            )
        facts = await belonging(
            ledger, facts, self._client, adopt=self._adopt, exclusive=self._options.exclusive
        )
        stopped = facts.ending == "stopped"
        if stopped or self._client.sends.server.now_low() is None:
            await self._probe(stopped=stopped)
        await ledger.take_in()
        options = msgspec.json.encode(self._options).decode()
        await ledger.keep_options(options, self._options.rate)
        return await ledger.facts()

    async def _probe(self, *, stopped: bool) -> None:
        """One read before the first intent: it tells Twilio's time, and whether the account goes again."""
        try:
            await self._client.with_options(retries=0).messages.list(page_size=1).page()
        except MessagingError as error:
            if stopped and error.stops:
                raise

    async def _run(self, ledger: SQLiteLedger, runner: Runner) -> RunResult:
        try:
            await runner.run()
            await ledger.drain()
            assert runner.ending is not None
            await ledger.end_run(runner.ending, runner.reason, self._clock.time())
            counts = await ledger.counts()
        finally:
            self._calls.close()
            await ledger.close()  # a ledger that failed says here where its outcomes are
        with LedgerView(self._path) as view:
            moving = view.moving()
        self.result = RunResult(
            ending=runner.ending,
            reason=runner.reason,
            counts=counts,
            elapsed=self._clock.monotonic() - self._begun,
            moving=moving,
            attained=0.0 if self._calls.lane is None else self._calls.lane.attained,
        )
        return self.result

    def pause(self, reason: str = "paused on request") -> None:
        """Take no more rows; calls under way finish. Does not wait."""
        self._wanted = reason
        if self._runner is not None:
            self._runner.end("paused", reason)

    async def finish(self) -> RunResult:
        """Wait until the run has ended. Who is cancelled meanwhile pauses it, and waits for its end.

        Raises:
            LedgerError: the ledger failed; the text names the rescue file.
        """
        await self.start()
        assert self._task is not None
        try:
            return await asyncio.shield(self._task)
        except asyncio.CancelledError:
            await self.close()
            raise

    def __await__(self) -> Generator[Any, Any, RunResult]:
        return self.finish().__await__()

    async def abandon(self) -> None:
        """End at once: calls under way are left, and their rows stay announced."""
        if self._runner is not None and self._task is not None:
            self._runner.abandon()
            await asyncio.wait((self._task,))

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Pause, if it still runs, and wait for its end; closing again does nothing.

        Raises:
            LedgerError: the ledger failed.
        """
        self._listened = False
        self._room.set()
        async with self._starting:
            if self._task is not None:
                self.pause("the run was left")
                await asyncio.shield(self._task)

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> RunEvent:
        self._listened = True
        await self.start()
        assert self._task is not None
        while not self._events:
            if self._task.done():
                self._task.result()
                raise StopAsyncIteration
            self._news.clear()
            await self._news.wait()
        event = self._events.popleft()
        self._room.set()
        return event

    def _take(self, event: RunEvent) -> None:
        if isinstance(event, Said):
            self.said.append((self._clock.monotonic(), event.text))
        if self._listened:
            self._events.append(event)
            self._news.set()

    async def _wait_for_room(self) -> None:
        while self._listened and len(self._events) >= _MOST_EVENTS:
            self._room.clear()
            await self._room.wait()

    def figures(self) -> Figures:
        """What the run has come to, for a display."""
        runner, lane = self._runner, self._calls.lane
        return Figures(
            counts=Counter() if runner is None else +runner.counts,
            total=self._total,
            taken=0 if lane is None else lane.taken,
            rate=self._options.rate if lane is None else lane.full,
            throttled=self._calls.batch.throttled,
            parked=0 if runner is None else len(runner.parked),
            failing=self._client.stats().breakers_open > 0,
            elapsed=self._clock.monotonic() - self._begun,
        )


async def belonging(
    ledger: SQLiteLedger,
    facts: Facts,
    client: ClientView,
    *,
    adopt: bool,
    exclusive: Collection[str] = (),
) -> Facts:
    """The facts of a ledger that this client may go on with: of another account it settles nothing (`SettingsError`)."""
    realm, known = client.sends.realm, facts.realm
    if not adopt and known != realm and (known or facts.wall_epoch):
        counts = await ledger.counts()
        if counts.accepted or counts.rejected or counts.unknown or counts.held:
            raise SettingsError(
                f"its messages were sent in {known or 'an account that it does not know'}, and this"
                f" client is of {realm}: if that is the same account, adopt it (--adopt)"
            )
    await ledger.belong(realm, tuple(exclusive) or facts.exclusive)
    return await ledger.facts()


def settler_of(
    ledger: SQLiteLedger,
    facts: Facts,
    content: Content,
    client: ClientView,
    options: RunOptions,
) -> Settler:
    """Settles an open ledger's unknown rows; nothing of a cancelled campaign is sent again by itself."""
    cancelled = facts.wish in {"cancel", "cancelled"}
    policy = Policy(
        "hold" if cancelled else options.on_unknown, options.settle, options.scan_interval
    )
    attempts = LedgerAttempts(
        ledger,
        facts,
        content,
        client.sends.server,
        client.clock,
        partial(neighbours, ledger.path),
        client.options.attempt_timeout.total,
    )
    return client.settler(attempts, policy)
