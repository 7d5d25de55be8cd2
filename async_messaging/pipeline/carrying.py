"""Requests under way, and the callers who leave them.

An attempt has no task of its own: its caller waits for the answer. A caller who is cancelled, or
whose time is over, leaves a creation that was written to a task, which waits in the caller's
place and tells what it learns: a sid is never thrown away. Whatever else is left is given up, and
its place in flight is free at once.

A transport that can't be left waiting (see `transport.base.Begins`) carries each request in a task
all the same.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from typing import Any, TypeVar

from ..clock import Clock
from ..codec.codes import CODES, CodeFacts
from ..errors import ClientClosed, ConnectionLost, MessagingError, NotSent
from ..operation import Answer
from ..settings import Settings
from ..transport.base import Begins, Pending, Request, Response, Transport
from .admission import Admission
from .answers import salvaged
from .breaker import Pass
from .events import LateAnswer, tell
from .stop import OutOfTime, ended
from .turn import Turn

__all__ = ["Carrying"]

T = TypeVar("T")

logger: logging.Logger = logging.getLogger("async_messaging")


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


class Carrying(Admission):
    """Carries admitted calls. Arguments as in `Exchanges`."""

    def __init__(
        self,
        settings: Settings,
        transport: Transport,
        clock: Clock,
        codes: Mapping[int, CodeFacts] = CODES,
    ) -> None:
        super().__init__(settings, transport, clock, codes)
        self._begin_at_once = (
            transport.begin_at_once if isinstance(transport, Begins) else _not_at_once
        )
        self._attempts = 0
        self._pendings: set[Pending] = set()
        self._late: set[asyncio.Future[Answer[Any]]] = set()
        self._drained: asyncio.Future[None] | None = None

    def forget_attempts(self) -> None:
        """Drop those of a loop that is gone."""
        self._attempts = 0
        self._pendings.clear()
        self._late.clear()

    async def carried(self, turn: Turn[T], request: Request, leave: Pass | None) -> Answer[T]:
        """Send the request and wait for its answer.

        Raises:
            MessagingError: with what is known of the call's effect.
        """
        caller, sent_at = turn.caller, self.clock.monotonic()
        caller.request = request
        self._attempts += 1
        pending: Pending | None = None
        try:
            if sent_at > caller.begins_by:
                raise OutOfTime
            self.counts.requests += 1
            turn.plan.attempts += 1
            if turn.bulk is not None:
                turn.bulk.requests += 1
            pending = turn.pending = self._begin_at_once(request) or self._begin(request)
            self._pendings.add(pending)
            if not pending.done:
                if request.written:
                    caller.future = pending.wait()
                    await caller.future
                else:
                    await caller.wait(pending.wait())
        except (asyncio.CancelledError, OutOfTime, NotSent) as error:
            if pending is None or not pending.done or isinstance(error, asyncio.CancelledError):
                self._left(turn, request, leave, sent_at, error)
                raise
        except BaseException as error:
            self._ended(turn, leave, error)
            raise
        return self._concluded(turn, leave, pending, sent_at)

    def _begin(self, request: Request) -> Pending:
        """Nothing is written yet: there is a connection to be waited for."""
        sending = asyncio.get_running_loop().create_task(self.transport.send(request))
        return _InTask(request, sending)

    def _concluded(
        self, turn: Turn[T], leave: Pass | None, pending: Pending, sent_at: float
    ) -> Answer[T]:
        try:
            answer = self._answer_of(turn, pending, sent_at)
        except BaseException as error:
            self._ended(turn, leave, error)
            raise
        self._ended(turn, leave, None)
        return answer

    def _answer_of(self, turn: Turn[T], pending: Pending, sent_at: float) -> Answer[T]:
        try:
            response = pending.result()
        except MessagingError as error:
            error.call = turn.call
            salvaged(error, turn.call, (error.raw() or "").encode("latin-1", "replace"))
            raise
        return self.read(turn, response, sent_at)

    def _ended(self, turn: Turn[Any], leave: Pass | None, error: BaseException | None) -> None:
        """An attempt has ended, in whatever way: return its place, tell the breaker."""
        self._attempts -= 1
        turn.caller.request = None
        if turn.pending is not None:
            self._pendings.discard(turn.pending)
            turn.pending = None
        if self._drained is not None and not self._attempts and not self._drained.done():
            self._drained.set_result(None)
        self.in_flight.leave()
        if turn.request is None or not turn.request.written:
            self.give_back(turn)
            if leave is not None:
                leave.unused()
        elif leave is not None:
            known = error is None or (
                isinstance(error, MessagingError) and error.outcome != "unknown"
            )
            leave.ended(unknown=not known)

    def _left(
        self,
        turn: Turn[Any],
        request: Request,
        leave: Pass | None,
        sent_at: float,
        error: BaseException,
    ) -> None:
        """The caller has gone."""
        pending, creates = turn.pending, turn.call.safety == "creates"
        turn.left = request.written
        request.withdrawn = not request.written
        if pending is None or not (pending.done or (creates and request.written)):
            if pending is not None:
                pending.abandon()
            self._ended(turn, leave, error)
            return
        loop = asyncio.get_running_loop()
        if pending.done:
            turn.late = late = loop.create_future()
            try:
                late.set_result(self._concluded(turn, leave, pending, sent_at))
            except Exception as failure:  # noqa: BLE001 - whoever asks the future is told
                late.set_exception(failure)
                late.exception()  # perhaps nobody asks
        else:
            turn.late = late = loop.create_task(self._waited(turn, pending, sent_at))
            late.add_done_callback(lambda late: self._ended_late(turn, leave, pending, late))
        if creates:
            self._tell_late(turn, late)

    async def _waited(self, turn: Turn[T], pending: Pending, sent_at: float) -> Answer[T]:
        await pending.wait()
        return self._answer_of(turn, pending, sent_at)

    def _ended_late(
        self,
        turn: Turn[Any],
        leave: Pass | None,
        pending: Pending,
        late: asyncio.Future[Answer[Any]],
    ) -> None:
        """A callback: a task that is cancelled before its first step runs no ``finally``."""
        if late.cancelled():
            pending.abandon()
        error = asyncio.CancelledError() if late.cancelled() else late.exception()
        self._ended(turn, leave, error)

    def _tell_late(self, turn: Turn[Any], late: asyncio.Future[Answer[Any]]) -> None:
        """The request goes on without its caller, and what it learns is told."""
        self.counts.late += 1
        self._late.add(late)
        operation = turn.call.operation

        def told(late: asyncio.Future[Answer[Any]]) -> None:
            self._late.discard(late)
            error = None if late.cancelled() else late.exception()
            sid = None
            if not late.cancelled() and error is None:
                sid = getattr(late.result().value, "sid", None)
            logger.warning("%s: late answer: %s", operation, sid or type(error).__name__)
            failure = error if isinstance(error, MessagingError) else None
            tell(self.events.late, LateAnswer(operation, sid, failure))

        late.add_done_callback(told)

    async def drain(self, grace: float) -> None:
        """Wait until no attempt is under way, and give up those that are after *grace* seconds."""
        if self._attempts:
            if self._drained is None or self._drained.done():
                self._drained = asyncio.get_running_loop().create_future()
            await asyncio.wait((self._drained,), timeout=grace)
        late = tuple(self._late)
        if self._attempts:
            for one in late:
                one.cancel()
            for pending in tuple(self._pendings):
                pending.abandon()
        if late:
            await asyncio.wait(late)
