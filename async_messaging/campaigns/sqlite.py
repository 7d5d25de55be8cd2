"""The ledger in a SQLite file. The theory is in `ledger`, the writing thread in `writer`.

Beside ``NAME.campaign`` stand, while it is used: ``-wal`` and ``-shm`` (SQLite's), ``.lock`` (the
run's), ``-spool`` (what others have to say), and after a failure ``.N.rescue.jsonl``. All can be
read by their owner alone.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from functools import partial
from os import PathLike
from pathlib import Path
from typing import Any, Self, TypeVar

from ..clock import Clock, SystemClock, Timer
from ..errors import LedgerError
from ..settling.attempts import Change
from ..settling.states import State
from ..storage.commits import Commits, to_its_end
from ..storage.locks import FileLock
from ..storage.place import refuse_network
from ..storage.sqlite import Connect, Durability, connect, create, renamed
from .database import LEDGER, run_lock, write_plan
from .file import LedgerFile
from .findings import belong, conclude, date, take_in
from .ledger import GROUP, OUTCOME_DELAY, LedgerReader, ServerTime
from .reading import LedgerView
from .rescue import Rescue
from .rows import Claim, Counts, Facts, NewRow, Note, Outcome, Plan, Row
from .writer import Asked, LedgerKeeper

T = TypeVar("T")


class SQLiteLedger:
    """A `Ledger` in a file. Make one with `create` or `open`; use it in ``async with``."""

    def __init__(
        self, path: Path, lock: FileLock, clock: Clock, server: ServerTime | None, begun: float
    ) -> None:
        self.path = path
        self.epoch: int = 0
        self._lock = lock
        self._clock = clock
        self._server = server
        self._begun = begun
        self._loop = asyncio.get_running_loop()
        self._timer: Timer | None = None
        self._rescue = Rescue(path)
        self._keeper = LedgerKeeper(self._rescue, clock, server, self.record)
        self._sealed = False

    @classmethod
    async def create(
        cls,
        path: str | PathLike[str],
        plan: Plan,
        *,
        durability: Durability = "disk",
        clock: Clock | None = None,
        opener: Connect = connect,
    ) -> Self:
        """Make a new campaign's file, on a disk of this machine, and open it for its import."""
        clock = clock or SystemClock()
        file = Path(path)

        def make() -> None:
            refuse_network(file)
            fill = partial(write_plan, path=file, plan=plan, now=clock.time())
            if not create(file, LEDGER, fill, opener):
                raise LedgerError("the file exists already")

        await to_its_end(asyncio.to_thread(make))
        return await cls.open(file, durability=durability, clock=clock, opener=opener)

    @classmethod
    async def open(
        cls,
        path: str | PathLike[str],
        *,
        adopt: bool = False,
        durability: Durability = "disk",
        clock: Clock | None = None,
        opener: Connect = connect,
        server: ServerTime | None = None,
    ) -> Self:
        """Take a ledger over: a new epoch begins, and attempts of dead runs become UNKNOWN.

        Raises:
            LedgerError: another run has it; it is missing, damaged, no ledger, a copy, or on a
                network file system.
        """
        clock, file = clock or SystemClock(), Path(path)
        open_file = partial(LedgerFile, file, adopt=adopt, durability=durability, opener=opener)
        opening = asyncio.create_task(cls._open(file, open_file, clock, server))
        try:
            return await asyncio.shield(opening)
        except asyncio.CancelledError:  # what a thread has begun can't be called back
            await asyncio.wait((opening,))
            if not opening.cancelled() and opening.exception() is None:
                await opening.result().close()
            raise

    @classmethod
    async def _open(
        cls,
        path: Path,
        open_file: Callable[..., LedgerFile],
        clock: Clock,
        server: ServerTime | None,
    ) -> Self:
        begun, since = clock.monotonic(), clock.time()
        ledger = cls(path, await asyncio.to_thread(_take_lock, path), clock, server, begun)
        try:
            await ledger._begin(partial(open_file, since=since, now=clock.time()))
        except BaseException:
            ledger._lock.release()
            raise
        return ledger

    async def _begin(self, open_file: Callable[[], LedgerFile]) -> None:
        opened = renamed("opened", "ledger")(open_file)
        file = self._keeper.file = await asyncio.to_thread(opened)
        self._commits: Commits[Asked, Outcome] = Commits(self._keeper, "campaign-ledger", "ledger")
        self.epoch = self._rescue.epoch = file.epoch
        facts = await self.facts()
        self._rescue.campaign = facts.campaign
        self._sealed = facts.rows is not None

    def _ask(self, what: Row | Callable[[LedgerFile], Any]) -> asyncio.Future[Any]:
        future: asyncio.Future[Any] = self._loop.create_future()
        self._commits.ask((what, future))
        return future

    async def _call(self, job: Callable[[LedgerFile], T]) -> T:
        """Run a job in the thread, after all that was queued before."""
        result: T = await self._ask(job)
        return result

    @property
    def failure(self) -> LedgerError | None:
        """Why nothing is written any more."""
        return self._keeper.failure

    async def facts(self) -> Facts:
        """What the ledger knows of its campaign."""
        return await self._call(LedgerFile.facts)

    async def add(self, rows: Sequence[NewRow], *, repeats: bool = False) -> int:
        """Import rows; give the highest row of the ledger."""
        return await self._call(lambda file: file.add(rows, repeats=repeats))

    async def seal(self, source_hash: str) -> int:
        """End the import; give the row count."""
        total = await self._call(lambda file: file.seal(source_hash))
        self._sealed = True
        return total

    def _check_sealed(self) -> None:
        if not self._sealed:
            raise LedgerError("the import has not ended: nothing can be sent")

    async def keep_options(self, options: str, rate: float | None) -> None:
        """Keep what this run was started with."""
        await self._call(lambda file: file.keep_options(options, rate))

    async def end_run(self, ending: str, reason: str, at: float) -> None:
        """Keep how this run ended."""
        await self._call(lambda file: file.end_run(ending, reason, at))

    async def ready(self, after: int, limit: int = GROUP) -> list[Row]:
        """READY rows that were never tried, above *after*."""
        self._check_sealed()
        return await self._call(lambda file: file.ready(after, limit))

    async def due(self, now: float, limit: int = GROUP) -> list[Row]:
        """READY rows that were put back and may go again."""
        return await self._call(lambda file: file.due(now, limit))

    async def next_due(self) -> float | None:
        """When the next row that was put back may go."""
        return await self._call(LedgerFile.next_due)

    async def intend(self, row: Row) -> Claim | None:
        """Announce an attempt; durable on return."""
        self._check_sealed()
        future: asyncio.Future[Claim | None] = self._ask(row)
        try:
            return await future
        except asyncio.CancelledError:  # perhaps in the moment in which it came
            if not future.cancelled() and future.done() and not future.exception():
                self._keeper.unwanted(future.result())
            raise

    def record(self, outcome: Outcome) -> None:
        """Write down how an attempt ended; durable soon."""
        if not self._commits.ride(outcome):
            self._rescue.write([outcome])
            self._rescue.close()
        elif self.failure is not None:
            self._commits.hurry()
        elif self._timer is None:
            self._timer = self._clock.call_later(OUTCOME_DELAY, self._let_outcomes_go)

    def _let_outcomes_go(self) -> None:
        self._timer = None
        self._commits.hurry()

    async def drain(self) -> None:
        """Return when every outcome recorded so far is durable."""
        await self._call(lambda _: None)

    async def rows_in(self, state: State, after: int = 0, limit: int = GROUP) -> list[Row]:
        """Rows of one state above *after*."""
        return await self._call(lambda file: file.rows_in(state, after, limit))

    async def settle(self, outcomes: Sequence[Outcome]) -> int:
        """Settle unknown or held rows; give the rows changed."""
        return await self._call(lambda file: file.settle(outcomes))

    async def belong(self, realm: str, exclusive: Sequence[str]) -> None:
        """Keep where its messages are sent, and by whom nobody else sends."""
        await self._call(lambda file: belong(file, realm, exclusive))

    async def date(self, seen: float, total: float) -> None:
        """Date open attempts whose times were not known."""
        started = None if self._server is None else self._server.bounds(self._begun)
        low = None if started is None else started[0]
        await self._call(lambda file: date(file, low, seen, total))

    def reader(self) -> AbstractContextManager[LedgerReader]:
        """Reads what settling asks."""
        return LedgerView(self.path)

    async def conclude(self, changes: Sequence[Change], at: float) -> list[bool]:
        """Write down what settling found."""
        return await self._call(lambda file: conclude(file, changes, at))

    async def skip(self, rows: Sequence[Row], reason: str, at: float) -> int:
        """Never send these READY rows; give the rows changed."""
        return await self._call(lambda file: file.skip(rows, reason, at))

    async def skip_ready(self, reason: str, at: float) -> int:
        """Never send any row that is READY; give the rows changed."""
        return await self._call(lambda file: file.skip_ready(reason, at))

    async def take_in(self) -> list[Note]:
        """Take in the spool's notes, as many as there are."""
        return await self._call(partial(take_in, self.path))

    async def counts(self) -> Counts:
        """Rows by state."""
        return await self._call(LedgerFile.counts)

    async def close(self, *, flush: bool = True) -> None:
        """End the run and let another begin; if the ledger failed, `LedgerError` names the rescue file."""
        await to_its_end(self._end(flush=flush))
        if self.failure is not None:
            raise LedgerError(f"{self.failure}{self._rescued()}") from self.failure

    async def _end(self, *, flush: bool) -> None:
        self._commits.close(flush=flush)
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        await self._commits.ended()
        self._rescue.close()
        self._lock.release()

    def _rescued(self) -> str:
        files = " and ".join(map(str, self._rescue.paths))
        saved = f"; outcomes are in {files}" if files else ""
        lost = f"; {self._rescue.lost} outcomes are lost" if self._rescue.lost else ""
        return saved + lost

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()


def _take_lock(path: Path) -> FileLock:
    if not path.exists():
        raise LedgerError("there is no such ledger")
    refuse_network(path)
    return run_lock(path)
