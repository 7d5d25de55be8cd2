"""The run of ``async-messaging bulk``: rows in, results into the file, an ending that says why.

Every row that was taken gets a line in the results file, whatever ends the run: the results file is
what ``--continue`` goes by, so a row that may have been accepted must be in it. A row whose answer
nobody waits for (a second Ctrl-C) is unknown.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import msgspec

from ..bulk.fanout import BulkSend
from ..bulk.report import BulkResult, Summary
from ..bulk.results_file import DoneRows, ResultRecord, ResultsWriter
from ..bulk.sources import Row, RowSource
from ..client import MessagingClient
from ..errors import InvalidInput, MessagingError, OutcomeUnknown, SettingsError
from .exits import Exit
from .loops import signals_handled
from .progress import Mode, figures_shown
from .screen import Screen
from .tally import Ending, Shot, Tally, Where

_EXITS: dict[Ending, Exit] = {
    "complete": Exit.OK,
    "interrupted": Exit.INTERRUPTED,
    "gave up": Exit.INTERRUPTED,
    "account": Exit.STOPPED,
    "storage": Exit.STORAGE,
    "input": Exit.USAGE,
}


@dataclass(slots=True, kw_only=True)
class Sending:
    """One bulk send: what is sent, how fast, where results go; `total` is None where the source can be read only once."""

    client: MessagingClient
    source: RowSource
    results: ResultsWriter
    done: DoneRows
    title: str
    rate: float
    concurrency: int
    total: int | None
    screen: Screen
    progress: Mode
    tally: Tally = field(init=False)
    where: Where = field(init=False)
    lost: list[ResultRecord] = field(default_factory=list[ResultRecord])
    """Results that could not be written."""
    _bulk: BulkSend | None = None
    _note: str = ""

    def __post_init__(self) -> None:
        self.tally = Tally(Summary(rate=self.rate), self.rate, time.monotonic())
        self.tally.total = self.total
        self.where = Where.of(self.client.settings)

    async def run(self) -> Exit:
        """Send, and give the exit status."""
        progress = figures_shown(self.screen, self.progress, self._shoot, self.where, self.title)
        try:
            with signals_handled(self._drain, self._give_up):
                async with progress:
                    await self._send()
        finally:
            self._write_lost()
        return self._status()

    async def _send(self) -> None:
        bulk = self.client.bulk(self._rows(), concurrency=self.concurrency, rate=self.rate)
        self.tally.summary = bulk.summary
        self._bulk = bulk
        if self._note:
            bulk.stop()
        try:
            async with bulk:
                async for result in bulk:
                    self._take(result)
        except (InvalidInput, OSError) as error:
            self._ends("input", sentence_of(error))
        finally:
            for result in bulk.uncollected:
                self._take(result)
            await self.client.close(0.0 if self.tally.ending == "gave up" else 10.0)

    async def _rows(self) -> AsyncIterator[Row]:
        done = self.done
        for row in self.source:
            if row.number in done:
                check_same(done, row)
                self.tally.skipped += 1
                if self.tally.skipped % 256 == 0:
                    await asyncio.sleep(0)
                continue
            yield row

    def _take(self, result: BulkResult) -> None:
        self.tally.note(result)
        error = result.error
        if error is not None and (error.stops or isinstance(error, SettingsError)):
            self._ends("account", str(error))
            self._stop("no more rows are taken: every further one would end the same way")
        self._write(record_of_result(result))

    def _write(self, record: ResultRecord) -> None:
        try:
            self.results.write(record)
        except OSError as error:
            self.lost.append(record)
            self._ends("storage", sentence_of(error))
            self._stop("no more rows are taken: the results can't be written")

    def _drain(self) -> None:
        self._ends("interrupted", "")
        self._stop("stopping: calls in flight finish (Ctrl-C again: don't wait for them)")

    def _give_up(self) -> None:
        self.tally.ending = "gave up"
        if self._bulk is not None:
            self._bulk.abandon()

    def _stop(self, note: str) -> None:
        self._note = note
        if self._bulk is not None:
            self._bulk.stop()

    def _ends(self, ending: Ending, why: str) -> None:
        """Keep the ending with the highest exit status, and the first reason for it."""
        if _EXITS[ending] > _EXITS[self.tally.ending]:
            self.tally.ending = ending
            self.tally.why = why

    def _write_lost(self) -> None:
        """Once more the results that could not be written; the last place for them is stderr."""
        lost, self.lost = self.lost, []
        for record in lost:
            self._write(record)
        if self.lost:
            rows = len(self.lost)
            self.screen.put(f"These {rows} results are in no file; keep them with it:")
        for record in self.lost:
            self.screen.put(msgspec.json.encode(record).decode())
        try:
            self.results.close()
        except OSError as error:
            self._ends("storage", sentence_of(error))

    def _shoot(self) -> Shot:
        stats = self.client.stats()
        note = self._note
        if not note and stats.breakers_open:
            note = "Twilio is failing: rows wait until it answers again"
        return self.tally.shot(time.monotonic(), stats.in_flight, note)

    def _status(self) -> Exit:
        unknown = Exit.UNKNOWN if self.tally.summary.unknown else Exit.OK
        return max(_EXITS[self.tally.ending], unknown)


def sentence_of(error: MessagingError | OSError) -> str:
    """What went wrong with a file, without its path: the user has just named it."""
    if isinstance(error, OSError):
        return error.strerror or type(error).__name__
    return str(error)


def check_same(done: DoneRows, row: Row) -> None:
    """Check that a row which is done still has its recipient."""
    if done.has_other(row.number, row.to):
        raise InvalidInput(
            "has another recipient than in the results: the file has changed since",
            field="file",
            row=row.number,
        )


def record_of_result(result: BulkResult) -> ResultRecord:
    """The line of the results file."""
    message, error = result.message, result.error
    said = error.reason if isinstance(error, InvalidInput) else str(error or "")
    return ResultRecord(
        row=result.row,
        to=result.to,
        outcome=result.outcome,
        sid=_sid_of(message, error),
        status="" if message is None else message.status,
        code=result.code,
        error=said,
        field=result.field or "",
        attempts=result.attempts,
        elapsed=round(result.elapsed, 4),
        at=dt.datetime.fromtimestamp(result.at, dt.UTC),
    )


def _sid_of(message: object, error: MessagingError | None) -> str:
    if isinstance(error, OutcomeUnknown):
        return error.sid or ""
    return str(getattr(message, "sid", ""))
