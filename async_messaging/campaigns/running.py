"""One run of a campaign: rows out of the ledger, announced, sent, and written down.

Workers take rows in order. Each makes its row's message, waits for breaker, rates and a place in
flight, and only then announces the attempt, so that a crash leaves no more rows unknown than were
truly under way. Once the intent is durable the message goes out at once, and its outcome is
written down with the next group.

Beside the workers one task tends the run: once a second it takes in what other processes said,
lets unknown rows be settled, and sees whether the run is over.

A run pauses by itself when every further message would end the same way (credentials, a stopped
account, a redirect, the daily cap), when too many rows are refused or unknown, and when as many
have gone out as were asked for. Then no row is taken any more, calls that wait are put back, calls
under way finish, and what is known is written down.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Sequence

from ..errors import LedgerError, MessagingError, SettingsError
from ..settling.attempts import Change
from ..settling.driver import Step
from .changes import key_of
from .options import RowEvent, Said
from .rows import Note
from .workers import Workers

_TICK = 1.0
_AGAIN = 5.0


class Runner(Workers):
    """Runs a campaign once. Arguments and attributes as of `Workers`."""

    def __repr__(self) -> str:
        return f"<Runner {dict(self.counts)}, {self.ending or 'running'}>"

    @property
    def parked(self) -> list[str]:
        """Senders whose queue is full, for now."""
        return self._feed.parked()

    async def run(self) -> None:
        """Send until every row is final or held, or the run pauses; calls finish before an error of the ledger is raised."""
        await self._count()
        number = self._options.concurrency
        self._tasks = [asyncio.create_task(self._work()) for _ in range(number)]
        try:
            while self.ending is None:
                await self._tend()
        except LedgerError as error:
            self._fail(error)
        finally:
            self.end("paused", "the run was left")
            await self._finish()
        if self._failure is not None:
            raise self._failure
        await self._learn()
        if notes := await self._ledger.take_in():  # what came at the end
            await self._heed(notes)

    def abandon(self) -> None:
        """End at once: nobody waits for the calls under way, and their rows stay announced."""
        self.end("paused", "interrupted: calls under way were left")
        for worker in self._tasks:
            worker.cancel()

    async def _finish(self) -> None:
        """Wait for the calls under way, then give up waiting: their rows stay announced."""
        _, late = await asyncio.wait(self._tasks, timeout=self._options.grace)
        for worker in late:
            worker.cancel()
        if late:
            await asyncio.wait(late)
        if self._filling is not None:
            await asyncio.wait((self._filling,))
        if self._settling is not None:
            self._settling.cancel()
            await asyncio.wait((self._settling,))
            if not self._settling.cancelled() and (error := self._settling.exception()):
                self._failure = self._failure or error

    # Tending.

    async def _tend(self) -> None:
        self._wake.clear()
        await self._learn()
        if notes := await self._ledger.take_in():
            await self._heed(notes)
        now = self._clock.time()
        if self._left() <= 0 and await self._ledger.skip_ready("its deadline has passed", now):
            await self._count()
        await self._settle(now)
        if self.ending is None and not await self._is_over():
            await self._pause()

    async def _settle(self, now: float) -> None:
        """Let unknown rows be settled when something is due, beside everything else."""
        if self._settling is not None:
            if not self._settling.done():
                return
            task, self._settling = self._settling, None
            step = task.result()
            for change in step.changes:
                self._settled(change)
            if step.wait is not None:
                self._settle_at = min(self._settle_at, now + step.wait)
        elif self._settle_at <= now:
            self._settle_at = math.inf
            self._settling = asyncio.create_task(self._step())
            self._settling.add_done_callback(lambda _: self._wake.set())

    async def _step(self) -> Step:
        try:
            return await self._settler.step()
        except (LedgerError, SettingsError):
            raise
        except MessagingError:  # Twilio does not answer, for now
            return Step((), _AGAIN)

    def _settled(self, change: Change) -> None:
        if change.state is not None:
            message = change.message
            sid, code = ("", None) if message is None else (message.sid, message.error_code)
            event = RowEvent(key_of(change).row, change.state, sid, code, change.why)
            self._moved("HELD" if change.attempt.held else "UNKNOWN", event)

    async def _heed(self, notes: Sequence[Note]) -> None:
        """What other processes want, and what they learnt."""
        if any(note.kind == "unknown" for note in notes):
            self._tell(Said("a newer version left a note that this one does not know: passed over"))
        if all(note.kind in {"receipt", "listed", "probe", "unknown"} for note in notes):
            if self.counts["UNKNOWN"] or self.counts["HELD"]:  # perhaps not any more
                await self._count()
            return
        facts = await self._ledger.facts()
        lane = self._calls.lane
        if facts.rate is not None and (lane is None or lane.full != facts.rate):
            self._calls.set_rate(facts.rate)
            self._tell(Said(f"rate set to {facts.rate:g} segments/s"))
        await self._count()
        self.heed(facts.wish)

    def heed(self, wish: str) -> None:
        """End the run if somebody wants it: `Facts.wish`. Rows of a cancel are skipped already."""
        if wish == "pause":
            self.end("paused", "paused on request")
        elif wish == "cancel":
            self.end("cancelled", "cancelled on request")

    async def _is_over(self) -> bool:
        """See whether nothing is left to do; workers without a row are told of new ones."""
        if not self._idle:
            return False
        if self._budget > 0 and self._left() > 0 and await self._filled():
            self._more.set()
            return False
        if self._idle < self._options.concurrency:
            return False
        await self._count()
        open_rows = sum(self.counts[state] for state in ("READY", "INTENT", "UNKNOWN"))
        if self._idle < self._options.concurrency:
            return False
        if open_rows and self._budget <= 0:
            self.end("paused", f"{self._options.max_messages:,} messages of this run are through")
        elif not open_rows:
            self.end("complete", "")
        return self.ending is not None

    async def _pause(self) -> None:
        """Wait until something may have to be done."""
        now = self._clock.time()
        dues = [_TICK, self._settle_at - now]
        if self._idle == self._options.concurrency:
            due = await self._ledger.next_due()
            # What is due already and was not taken is set aside: its sender has to rest.
            dues += [at - now for at in (due, self._feed.next_at()) if at is not None and at > now]
        timer = self._clock.call_later(max(0.01, min(dues)), self._wake.set)
        try:
            await self._wake.wait()
        finally:
            timer.cancel()
