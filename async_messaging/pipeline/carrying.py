"""Requests under way, and the callers who leave them.

An attempt that is written at once has no task of its own: its caller waits for the answer. A caller
who is cancelled, or whose time is over, leaves a creation that was written to a task, which waits in
the caller's place and tells what it learns: a sid is never thrown away. Whatever else is left is
given up, and its place in flight is free at once.

Where there is a connection to be waited for, or a transport can't write at once (see
`transport.base.Begins`), a task carries the request.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any, TypeVar

from ..clock import Clock
from ..errors import ClientClosed, ConnectionLost, MessagingError, NotSent, OutcomeUnknown
from ..operation import Answer, Call
from ..transport.base import Begins, Pending, Request, Response, Transport
from .answers import salvaged
from .events import WARNING, Counters, Events, LateAnswer, log, tell
from .sends import Sends
from .stop import OutOfTime, ended
from .turn import Turn

T = TypeVar("T")


class _InTask:
    """A request that a task carries, as a `Pending`."""

    __slots__ = ("_request", "_task")

    def __init__(self, request: Request, task: asyncio.Task[Response]) -> None:
        self._request = request
        self._task = task

    @property
    def done(self) -> bool:
        return self._task.done()

    def wait(self) -> asyncio.Future[None]:
        return ended(self._task)

    def result(self) -> Response:
        if self._task.cancelled():
            lost = ConnectionLost("the request was given up before its answer came")
            raise lost if self._request.written else ClientClosed()
        return self._task.result()

    def abandon(self) -> None:
        self._task.cancel()


def _not_at_once(_request: Request, /) -> Pending | None:
    return None


class Carrier:
    """Carries the admitted calls of one account, on one loop."""

    def __init__(
        self,
        transport: Transport,
        clock: Clock,
        counts: Counters,
        events: Events,
        sends: Sends,
    ) -> None:
        self._transport = transport
        self._clock = clock
        self._counts = counts
        self._events = events
        self._sends = sends
        self._begin_at_once = (
            transport.begin_at_once if isinstance(transport, Begins) else _not_at_once
        )
        self._turns: set[Turn[Any]] = set()
        self.late: set[asyncio.Future[Answer[Any]]] = set()
        self._drained: asyncio.Future[None] | None = None

    def begin(self, turn: Turn[Any], request: Request) -> None:
        """An attempt begins; `end` follows, whatever happens."""
        self._turns.add(turn)
        turn.caller.request = request
        turn.sent_at = now = self._clock.monotonic()
        if now > turn.plan.deadline:
            raise OutOfTime
        self._counts.requests += 1
        turn.plan.attempts += 1
        if turn.bulk is not None:
            turn.bulk.requests += 1

    async def carried(self, turn: Turn[T], request: Request) -> Answer[T]:
        """Send the request and wait for its answer."""
        caller, pending = turn.caller, None
        try:
            self.begin(turn, request)
            pending = turn.pending = self._begin_at_once(request) or self._in_task(request)
            if not pending.done:
                if request.written:
                    caller.future = pending.wait()
                    await caller.future
                else:
                    await caller.wait(pending.wait())
        except (asyncio.CancelledError, OutOfTime, NotSent) as error:
            if pending is None or not pending.done or isinstance(error, asyncio.CancelledError):
                self._left(turn, request, error)
                raise
        except BaseException as error:
            self.end(turn, error)
            self.doubt(turn, error)
            raise
        return self._concluded(turn, pending)

    def _in_task(self, request: Request) -> Pending:
        """Nothing is written yet: there is a connection to be waited for."""
        sending = asyncio.get_running_loop().create_task(self._transport.send(request))
        return _InTask(request, sending)

    def _concluded(self, turn: Turn[T], pending: Pending) -> Answer[T]:
        try:
            answer = self._answer_of(turn, pending)
        except BaseException as error:
            self.end(turn, error)
            self.doubt(turn, error)
            raise
        self.end(turn, None)
        return answer

    def _answer_of(self, turn: Turn[T], pending: Pending) -> Answer[T]:
        try:
            response = pending.result()
        except MessagingError as error:
            error.call = turn.call
            salvaged(error, turn.call, (error.raw() or "").encode("latin-1", "replace"))
            raise
        return turn.exchange.read(turn, response)

    def end(self, turn: Turn[Any], error: BaseException | None) -> None:
        """An attempt has ended, in whatever way: return its place, tell the breaker."""
        self._turns.discard(turn)
        request, turn.caller.request, turn.pending = turn.caller.request, None, None
        if self._drained is not None and not self._turns and not self._drained.done():
            self._drained.set_result(None)
        slot = turn.slot
        if slot is None:
            return
        turn.slot = None
        if request is None or not request.written:
            slot.unused(error)
        else:
            slot.used(error)

    def doubt(self, turn: Turn[Any], error: BaseException) -> None:
        """Nobody knows what became of this attempt, if the error says so: it is remembered."""
        if isinstance(error, OutcomeUnknown) and turn.call.safety == "creates":
            now = self._clock.monotonic()
            self._sends.doubted(turn.call, error, turn.sent_at, now, kept=turn.kept)

    def under_way(self) -> Iterable[tuple[Call[Any], float, bool]]:
        """Calls whose requests are out: each with its moment, and whether somebody keeps it."""
        return [(turn.call, turn.sent_at, turn.kept) for turn in self._turns]

    def _left(self, turn: Turn[Any], request: Request, error: BaseException) -> None:
        """The caller has gone."""
        pending, creates = turn.pending, turn.call.safety == "creates"
        turn.left = request.written
        request.withdrawn = not request.written
        if pending is None or not (pending.done or (creates and request.written)):
            if pending is not None:
                pending.abandon()
            self.end(turn, error)
            return
        loop = asyncio.get_running_loop()
        if pending.done:
            turn.late = late = loop.create_future()
            try:
                late.set_result(self._concluded(turn, pending))
            except Exception as failure:  # noqa: BLE001 - whoever asks the future is told
                late.set_exception(failure)
                late.exception()  # perhaps nobody asks
        else:
            turn.late = late = loop.create_task(self._waited(turn, pending))
            late.add_done_callback(lambda late: self._ended_late(turn, pending, late))
        if creates:
            self._tell_late(turn, late)

    async def _waited(self, turn: Turn[T], pending: Pending) -> Answer[T]:
        await pending.wait()
        return self._answer_of(turn, pending)

    def _ended_late(
        self,
        turn: Turn[Any],
        pending: Pending,
        late: asyncio.Future[Answer[Any]],
    ) -> None:
        """A callback: a task that is cancelled before its first step runs no ``finally``."""
        if late.cancelled():
            pending.abandon()
        error = asyncio.CancelledError() if late.cancelled() else late.exception()
        self.end(turn, error)
        if turn.call.safety == "creates":
            value, now = None if error else late.result().value, self._clock.monotonic()
            self._sends.ended(turn.call, value, error, turn.sent_at, now, kept=turn.kept)

    def _tell_late(self, turn: Turn[Any], late: asyncio.Future[Answer[Any]]) -> None:
        """The request goes on without its caller, and what it learns is told."""
        self._counts.late += 1
        self.late.add(late)
        operation = turn.call.operation

        def told(late: asyncio.Future[Answer[Any]]) -> None:
            self.late.discard(late)
            error = None if late.cancelled() else late.exception()
            sid = None
            if not late.cancelled() and error is None:
                sid = getattr(late.result().value, "sid", None)
            log(WARNING, "%s: late answer: %s", operation, sid or type(error).__name__)
            failure = error if isinstance(error, MessagingError) else None
            tell(self._events.late, LateAnswer(operation, sid, failure))

        late.add_done_callback(told)

    async def drain(self, grace: float) -> None:
        """Wait until no attempt is under way, and give up those that are after *grace* seconds."""
        if self._turns:
            if self._drained is None or self._drained.done():
                self._drained = asyncio.get_running_loop().create_future()
            await asyncio.wait((self._drained,), timeout=grace)
        late = tuple(self.late)
        if self._turns:
            for one in late:
                one.cancel()
            for turn in tuple(self._turns):
                if turn.pending is not None:
                    turn.pending.abandon()
        if late:
            await asyncio.wait(late)
