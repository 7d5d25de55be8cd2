"""The workers of a run: each takes a row, announces it, sends it, and writes down how it ended.

What an error means for its row and for the run is decided here, as `errors` orders
them: refused is final, unknown waits for evidence, not sent goes back, at once or later, and what
every further row would meet ends the run.
"""

from __future__ import annotations

import asyncio
import math
from collections import Counter, deque
from collections.abc import Awaitable, Callable, Collection, Iterable, Sequence
from functools import partial
from typing import Protocol

from ..clock import Clock
from ..errors import (
    DailyLimitReached,
    InvalidInput,
    LedgerError,
    MessagingError,
    NotSent,
    OutcomeUnknown,
    RateLimited,
    SenderQueueFull,
)
from ..models import Message
from ..operation import Answer, Call
from ..pipeline.admission import Slot
from ..pipeline.batch_run import BatchRun
from ..resources.messages import creation
from ..settling.driver import Settler, Step
from ..settling.states import STATES, State
from .content import Content
from .feed import Feed
from .ledger import Ledger
from .options import Ending, RowEvent, RunEvent, RunOptions, Said
from .rows import Claim, Outcome, Row, outcome_of

OPTED_OUT = 21610
"""Twilio's code of a refusal because somebody wrote STOP."""

_LAST_ROWS = 200
_AGAIN = 5.0
_AGAIN_LONGEST = 60.0


class Suppressions(Protocol):
    """Knows who wants no more messages. `audience.suppressions` has one that is kept."""

    async def blocked(self, pairs: Collection[tuple[str, str]]) -> set[tuple[str, str]]:
        """Those of these people who want no more messages, each with who is about to write."""
        ...

    def refused(self, pairs: Iterable[tuple[str, str]]) -> None:
        """Note people whom Twilio refused since they opted out, each with the sender. May block."""
        ...


class Workers:
    """The workers of one run, and what they share. The loop that runs them owns it.

    Attributes:
        counts: rows by state, as far as is known here; kept up to date.
        ending: how the run ends, None while it goes on.
    """

    def __init__(
        self,
        ledger: Ledger,
        content: Content,
        calls: BatchRun,
        settler: Settler,
        options: RunOptions,
        clock: Clock,
        tell: Callable[[RunEvent], None],
        room: Callable[[], Awaitable[None]],
        suppressions: Suppressions | None = None,
    ) -> None:
        self._ledger = ledger
        self._content = content
        self._calls = calls
        self._options = options
        self._clock = clock
        self._tell = tell
        self._room = room
        self._suppressions = suppressions
        self._refused: list[tuple[str, str]] = []
        self._settler = settler
        self._settling: asyncio.Task[Step] | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self._feed = Feed(ledger, clock)
        self._filling: asyncio.Task[bool] | None = None
        self._more = asyncio.Event()
        self._wake = asyncio.Event()
        self._idle = 0
        self._budget = math.inf if options.max_messages is None else options.max_messages
        self._last: deque[bool] = deque(maxlen=_LAST_ROWS)
        self._failure: BaseException | None = None
        self._settle_at = -math.inf
        moment = options.not_after
        self._deadline = math.inf if moment is None else moment.timestamp()
        self.counts: Counter[State] = Counter()
        self.ending: Ending | None = None
        self.reason: str = ""

    def end(self, ending: Ending, reason: str) -> None:
        """Take no more rows; calls that wait are put back, those under way finish."""
        if self.ending is None:
            self.ending, self.reason = ending, reason
            self._calls.batch.halt()
            if ending != "complete":
                self._tell(Said(reason))
        self._more.set()
        self._wake.set()

    def _ends(self) -> bool:
        return self.ending is not None

    def _fail(self, error: BaseException) -> None:
        if self._failure is None:
            self._failure = error
        self.end("storage", str(error))

    def _left(self) -> float:
        """Seconds until nothing may be sent any more."""
        return self._deadline - self._clock.time()

    async def _count(self) -> None:
        counts = await self._ledger.counts()
        names = {name: getattr(counts, name) for name in counts.__struct_fields__}
        self.counts = Counter({state: names[state.lower()] for state in STATES})

    def _moved(self, before: State, event: RowEvent) -> None:
        self.counts[before] -= 1
        self.counts[event.state] += 1
        self._tell(event)

    async def _work(self) -> None:
        try:
            while (row := await self._next()) is not None:
                await self._send(row)
                await self._room()
        except LedgerError as error:
            self._fail(error)
        except Exception as error:  # noqa: BLE001 - a defect: nothing more is sent, and it is raised
            self._fail(error)

    async def _next(self) -> Row | None:
        """The next row, or None when the run ends."""
        while self.ending is None:
            if self._budget > 0 and self._left() > 0:
                if self._feed.at_hand:
                    self._budget -= 1
                    return self._feed.take()
                if not self._idle and await self._filled():
                    continue
                if self._ends():  # since then: nobody will wake this worker any more
                    return None
            self._idle += 1
            if self._idle == self._options.concurrency:
                self._wake.set()
            self._more.clear()
            try:
                await self._more.wait()
            finally:
                self._idle -= 1
        return None

    async def _filled(self) -> bool:
        """Ask the ledger for more rows, once for all workers that want some."""
        if self._filling is None or self._filling.done():
            self._filling = asyncio.create_task(self._feed.fill())
        return await asyncio.shield(self._filling)

    async def _send(self, row: Row) -> None:
        sent = aside = False
        try:
            draft = self._content.draft(row)
            senders = draft.lanes
            aside = self._feed.set_aside(_first(senders), row)
            if not aside:
                sent = await self._admit(row, senders, creation(draft))
        except InvalidInput as error:
            reason = f"invalid: {error.field}: {error.reason}"
            await self._skip(row, reason)
        finally:
            self._budget += not sent
            if not aside:
                self._feed.done(row)

    async def _skip(self, row: Row, reason: str) -> None:
        if await self._ledger.skip([row], reason, self._clock.time()):
            self._moved("READY", RowEvent(row.row, "SKIPPED", error=reason))

    async def _has_opted_out(self, row: Row, senders: Sequence[str]) -> bool:
        """Ask as late as can be, when the row is about to be announced; skip it if it must not go."""
        if self._suppressions is None:
            return False
        if not await is_blocked(self._suppressions, row.to, senders):
            return False
        await self._skip(row, "opted out")
        return True

    async def _learn(self) -> None:
        """Have those kept whom Twilio refused since they opted out."""
        if self._suppressions is not None and self._refused:
            refused, self._refused = self._refused, []
            await asyncio.to_thread(self._suppressions.refused, refused)

    async def _admit(self, row: Row, senders: Sequence[str], call: Call[Message]) -> bool:
        """Wait until it may go, announce it, send it; whether it went."""
        try:
            slot = await self._calls.admit(call)
        except NotSent as error:  # the row was not touched
            self.end("paused", str(error))  # unless it ends already: the client was closed
            return False
        claim: Claim | None = None
        try:
            left = self._left()
            goes = self.ending is None and left > 0
            if goes and not await self._has_opted_out(row, senders):
                if left < math.inf:  # less than when it began to wait
                    call = creation(self._content.draft(row, left))
                claim = await self._ledger.intend(row)
        finally:
            if claim is None:
                slot.unused()
        if claim is None:
            return False
        self.counts["READY"] -= 1
        self.counts["INTENT"] += 1
        if self.ending is not None:  # while the intent was written down
            slot.unused()
            self._record(outcome_of(claim, "READY", self._clock.time()))
            return False
        return await self._carry(claim, _first(senders), call, slot)

    async def _carry(self, claim: Claim, sender: str, call: Call[Message], slot: Slot) -> bool:
        """Send what was announced and write down how it ended; whether it may have gone out."""
        try:
            answer = await self._calls.run(call, slot)
        except MessagingError as error:
            outcome = self._failed(claim, sender, error)
        except Exception as error:  # noqa: BLE001 - a defect; the row must have an outcome all the same
            self._fail(error)
            name = type(error).__name__
            said = f"the send failed in an unforeseen way ({name})"
            outcome = outcome_of(claim, "UNKNOWN", self._clock.time(), error=said)
        else:
            self._feed.unpark(sender)
            outcome = self._accepted(claim, call, answer)
        self._record(outcome)
        self._watch_errors(outcome)
        return outcome.state != "READY"

    def _record(self, outcome: Outcome) -> None:
        self._ledger.record(outcome)
        event = RowEvent(outcome.row, outcome.state, outcome.sid, outcome.code, outcome.error)
        self._moved("INTENT", event)

    def _accepted(self, claim: Claim, call: Call[Message], answer: Answer[Message]) -> Outcome:
        message = answer.value
        return outcome_of(
            claim,
            "ACCEPTED",
            self._clock.time(),
            sid=message.sid,
            status=message.status,
            segments=message.num_segments or call.weight,
        )

    def _failed(self, claim: Claim, sender: str, error: MessagingError) -> Outcome:
        """The outcome that an error means, and what follows for the run."""
        now = self._clock.time()
        ended = partial(outcome_of, claim, at=now, code=error.code, error=str(error))
        if error.stops:
            self.end("stopped", str(error))
        match error.outcome:
            case "refused":
                if error.code == OPTED_OUT:
                    self._refused.append((claim.to, sender))
                return ended("REJECTED")
            case "unknown":
                self._settle_at = min(self._settle_at, now)
                hint = error.sid if isinstance(error, OutcomeUnknown) else None
                return ended("UNKNOWN", hint=hint or "")
            case _:
                return ended("READY", not_before=now + self._put_back(claim, sender, error, now))

    def _put_back(self, claim: Claim, sender: str, error: MessagingError, now: float) -> float:
        """Seconds until a row that was not sent may go again."""
        match error:
            case SenderQueueFull():
                until = self._feed.park(sender)
                self._tell(Said(f"the queue of a sender is full; it rests for {until - now:.0f} s"))
                return until - now
            case DailyLimitReached():
                self.end("paused", f"the daily limit is reached: {error}")
                return 0.0
            case RateLimited():
                return min(
                    _AGAIN_LONGEST, _AGAIN if error.retry_after is None else error.retry_after
                )
            case _ if self.ending is not None:
                return 0.0
            case _:
                return min(_AGAIN_LONGEST, _AGAIN * 2.0 ** min(claim.attempt - 1, 10))

    def _watch_errors(self, outcome: Outcome) -> None:
        limit = self._options.pause_above
        if limit is None or outcome.state == "READY":
            return
        self._last.append(outcome.state != "ACCEPTED")
        if len(self._last) == _LAST_ROWS and sum(self._last) > limit * _LAST_ROWS:
            share = sum(self._last) / _LAST_ROWS
            self.end("paused", f"{share:.0%} of the last {_LAST_ROWS} rows were refused or unknown")


async def is_blocked(suppressions: Suppressions, to: str, senders: Sequence[str]) -> bool:
    """Whether somebody wants no more messages of one of those who may write."""
    return bool(await suppressions.blocked([(to, sender) for sender in senders or ("",)]))


def _first(senders: Sequence[str]) -> str:
    return next(iter(senders), "")
