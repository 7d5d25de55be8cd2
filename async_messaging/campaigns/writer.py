"""The ledger's side of group commit (`storage.commits`): what a group is, and how it fails.

Intents and jobs are asked; outcomes ride along with the next group, or go alone when their 50 ms are
over. The ledger fails once and for good: no intent is granted any more, and what outcomes still come
go to a rescue file.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

from ..clock import Clock
from ..errors import LedgerError
from ..storage.commits import Answer
from ..storage.files import ReplacedError
from .file import FencedError, LedgerFile
from .ledger import ServerTime
from .rescue import Rescue
from .rows import Claim, Outcome, Row, outcome_of

Asked: TypeAlias = tuple[Row | Callable[[LedgerFile], Any], asyncio.Future[Any]]
"""A row whose attempt is announced, or a job; plain tuples, since there is one for each message."""


class LedgerKeeper:
    """What runs in the thread that writes a ledger."""

    def __init__(
        self,
        rescue: Rescue,
        clock: Clock,
        server: ServerTime | None,
        record: Callable[[Outcome], None],
    ) -> None:
        self._rescue = rescue
        self._clock = clock
        self._server = server
        self._record = record
        self.file: LedgerFile | None = None
        self.failure: LedgerError | None = None

    def commit(self, asked: Sequence[Asked], riding: Sequence[Outcome]) -> list[Answer]:
        """Outcomes and intents in one transaction, then each job in its own."""
        rows: list[Row] = []
        waiting: list[asyncio.Future[Any]] = []
        jobs: list[tuple[Callable[[LedgerFile], Any], asyncio.Future[Any]]] = []
        for what, future in asked:
            if not isinstance(what, Row):
                jobs.append((what, future))
            elif not future.cancelled():
                rows.append(what)
                waiting.append(future)
        answers: list[Answer] = []
        if rows or riding:
            answers.extend(zip(waiting, self._flush(rows, riding), strict=True))
        answers.extend((future, self._do(work)) for work, future in jobs)
        if self.failure is None and self.file is not None:
            try:
                self.file.checkpoint_if_due()
            except sqlite3.Error as error:
                self._fail(error)
        return answers

    def _flush(self, rows: Sequence[Row], outcomes: Sequence[Outcome]) -> Sequence[Any]:
        if self.failure is None:
            assert self.file is not None
            try:
                clock, server = self._clock, self._server
                times = None if server is None else server.bounds(clock.monotonic())
                return self.file.flush(outcomes, rows, clock.time(), times)
            except Exception as error:  # noqa: BLE001 - whatever it is, this thread must go on
                self._fail(error)
        self._rescue.write(outcomes)
        return [self.failure] * len(rows)

    def _do(self, job: Callable[[LedgerFile], Any]) -> Any:
        if self.failure is not None:
            return self.failure
        assert self.file is not None
        try:
            return job(self.file)
        except (sqlite3.Error, FencedError, ReplacedError) as error:
            return self._fail(error)
        except Exception as error:  # noqa: BLE001 - the loop's side raises it
            return error

    def _fail(self, error: Exception) -> LedgerError:
        """Fail for good: whatever comes now, nothing is written any more."""
        if not isinstance(error, LedgerError):
            kind = getattr(error, "sqlite_errorname", type(error).__name__)
            cause = error
            error = LedgerError(f"the ledger can't be written: {cause} ({kind})")
            error.__cause__ = cause
        if self.failure is None:
            self.failure = error
        return self.failure

    def end(self, asked: Sequence[Asked], *, flush: bool) -> list[Answer]:
        """Close the file; without a checkpoint after a failure, or if that is not wanted."""
        if self.file is not None and (self.failure is not None or not flush):
            self.file.abandon()
        elif self.file is not None:
            try:
                self.file.close()
            except (sqlite3.Error, FencedError, ReplacedError) as error:
                self._fail(error)
        return [(future, LedgerError("the ledger is closed")) for _, future in asked]

    def unwanted(self, result: object) -> None:
        """T4: whoever wanted to send was cancelled before it could."""
        if isinstance(result, Claim):
            self._record(outcome_of(result, "READY", self._clock.time()))
