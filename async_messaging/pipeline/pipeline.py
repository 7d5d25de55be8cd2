"""The way of one call: when it may go, what happens if it fails, and what is known afterwards.

``run`` = retry( breaker -> lanes -> place in flight -> transport -> read the answer ).

Each attempt is admitted anew and runs in a task of its own. The caller may be cancelled or run out
of time: if nothing was written, the task is cancelled and its slot given back; if the request was
written, the task goes on, so that a sid is never thrown away. What it learns then comes by
`AnswerTimeout.late_answer`, by the `on_late_answer` event and in the log.
"""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, TypeVar

import msgspec

from ..clock import Clock
from ..codec.codes import CODES, CodeFacts
from ..codec.form import encode_pairs
from ..errors import (
    AnswerTimeout,
    ClientClosed,
    MessagingError,
    NotSent,
    OutcomeUnknown,
    RateLimited,
    SettingsError,
    Unauthorized,
)
from ..operation import FORM, Answer, Call, last_answer
from ..settings import Credentials, Options, Settings
from ..transport.base import Request, Transport
from .admission import Admission, lanes_of
from .batch import Batch
from .breaker import Pass
from .deadline import Deadline
from .events import LateAnswer, Retried, Throttled, tell
from .retry import Plan, Quota, retrying
from .stats import Stats
from .turn import Ticket, Turn

__all__ = ["Pipeline"]

T = TypeVar("T")

logger: logging.Logger = logging.getLogger("async_messaging")

_INFINITE = float("inf")
_USER_AGENT = "async-messaging (Python)"


class Pipeline(Admission):
    """Runs calls for one account over one transport.

    Args:
        settings: credentials, hosts, limits.
        transport: carries the requests.
        clock: where time comes from.
        codes: facts of Twilio's codes that go before the table's.
    """

    def __init__(
        self,
        settings: Settings,
        transport: Transport,
        clock: Clock,
        codes: Mapping[int, CodeFacts] = CODES,
    ) -> None:
        super().__init__(settings, transport, clock, codes)
        self.quota: Quota = Quota()
        self._tasks: set[asyncio.Task[Any]] = set()
        self._late: set[asyncio.Task[Any]] = set()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._pid = os.getpid()
        self._accounts: dict[Credentials, Pipeline] = {}

    async def run(
        self,
        call: Call[T],
        options: Options,
        bulk: Batch | None = None,
        ticket: Ticket | None = None,
    ) -> Answer[T]:
        """Carry *call* to Twilio and bring the answer back.

        Args:
            bulk: the bulk send this call belongs to; it goes after single calls, and waits where
                they are refused.
            ticket: an admission from `admit`, which the first attempt uses.

        Raises:
            MessagingError: with what is known of the call's effect in `.outcome`.
        """
        self.adopt_loop()
        self.check_account(call)
        turn = self._turn(call, options, bulk)
        if ticket is not None:
            turn.ticket, turn.lanes = ticket, ticket.lanes
        try:
            answer = await self._in_time(turn)
        except MessagingError as error:
            # An earlier attempt that may have been accepted outweighs what came of a later one.
            error = error if turn.doubt is None else turn.doubt
            self._failed(turn, error)
            raise error from None
        turn.plan.succeeded()
        if call.safety == "creates":
            self.counts.accepted += 1
        if (record := last_answer.get()) is not None:
            record.answer = answer
        return answer

    async def _in_time(self, turn: Turn[T]) -> Answer[T]:
        bulk = turn.bulk
        try:
            async with Deadline(self.clock, turn.options.timeout):
                if bulk is None:
                    return await self._tries(turn)
                bulk.waits()
                return await self._tries(turn)
        except TimeoutError:
            return self._out_of_time(turn)
        except asyncio.CancelledError:
            if bulk is None or not bulk.caught():
                raise
            raise NotSent("the bulk send was stopped before this message was sent") from None
        finally:
            if bulk is not None:
                bulk.goes()

    def _turn(self, call: Call[T], options: Options, bulk: Batch | None) -> Turn[T]:
        now = self.clock.monotonic()
        deadline = _INFINITE if options.timeout is None else now + options.timeout
        plan = Plan(
            call.safety,
            options.retries,
            options.on_unknown,
            deadline,
            self.quota,
            renewable=self.auth.renewable,
            patience=_INFINITE if bulk is None else bulk.patience,
        )
        if options.extra:
            call = _with_extra(call, options.extra)
        return Turn(call, options, plan, deadline, lanes_of(call, bulk), bulk, now)

    async def _tries(self, turn: Turn[T]) -> Answer[T]:
        try:
            return await self._attempt(turn)
        except MessagingError as first:
            return await retrying(
                first,
                lambda: self._attempt(turn),
                turn.plan,
                self.clock,
                lambda error, delay: self._before_wait(turn, error, delay),
            )

    def _before_wait(self, turn: Turn[T], error: MessagingError, delay: float) -> None:
        turn.last = error
        if turn.call.safety == "creates" and isinstance(error, OutcomeUnknown):
            turn.doubt = error
        if isinstance(error, RateLimited):
            if self.events.throttled:
                limit = self.in_flight.limit
                event = Throttled(turn.call.operation, error.code, delay, limit)
                tell(self.events.throttled, event)
            return
        if isinstance(error, Unauthorized):
            turn.stale = turn.auth
        self.counts.retries += 1
        if turn.bulk is not None:
            turn.bulk.retries += 1
        logger.debug("%s: again in %.2f s", turn.call.operation, delay)
        if self.events.retried:
            event_ = Retried(turn.call.operation, turn.plan.attempts, delay, error)
            tell(self.events.retried, event_)

    async def admit(self, call: Call[Any], bulk: Batch) -> Ticket:
        """Wait until a creation may go; `run` with the ticket, or `hand_back`, follows.

        Raises:
            ClientClosed: the client was closed.
            SettingsError: the call can't be made by this client here.
        """
        self.adopt_loop()
        self.check_account(call)
        return await self.admitted_ahead(call, bulk)

    async def _attempt(self, turn: Turn[T]) -> Answer[T]:
        if turn.ticket is not None:
            return await self._admitted_before(turn, turn.ticket)
        if self.closed:
            raise ClientClosed
        if turn.bulk is not None and turn.bulk.halted:
            raise NotSent("the bulk send was stopped before this message was sent")
        leave: Pass | None = None
        if turn.call.safety == "creates":
            leave = await self.breaker(turn.call, turn.bulk).enter(wait=turn.bulk is not None)
        try:
            turn.request = await self.admitted(turn)
        except BaseException:
            if leave is not None:
                leave.unused()
            raise
        return await self._carried(turn, turn.request, leave)

    async def _admitted_before(self, turn: Turn[T], ticket: Ticket) -> Answer[T]:
        turn.ticket = None
        try:
            if self.closed:
                raise ClientClosed
            turn.auth = await self.auth.header(turn.stale)
            turn.request = self.request(turn.call, turn.auth, turn.options)
        except BaseException:
            self.hand_back(turn.call, ticket)
            raise
        return await self._carried(turn, turn.request, ticket.leave)

    async def _carried(self, turn: Turn[T], request: Request, leave: Pass | None) -> Answer[T]:
        """Carry the request in a task of its own, so that the caller can leave it."""
        loop = asyncio.get_running_loop()
        waiter = loop.create_future()
        turn.task = task = loop.create_task(self.carry(turn, request))
        self._tasks.add(task)

        def done(task: asyncio.Task[Any]) -> None:
            self._tasks.discard(task)
            self.ended(turn, leave, task)
            if not waiter.done():
                waiter.set_result(None)

        task.add_done_callback(done)
        if turn.bulk is not None:
            turn.bulk.goes()
        try:
            await waiter
        except asyncio.CancelledError:
            if turn.call.safety == "creates" and (request.written or task.done()):
                self._let_run(turn, task)
            else:
                task.cancel()
            raise
        if turn.bulk is not None:
            turn.bulk.waits()
        return task.result()

    def _out_of_time(self, turn: Turn[T]) -> Answer[T]:
        task, request = turn.task, turn.request
        if task is not None and task.done() and not task.cancelled():
            error = task.exception()
            if error is None:
                return task.result()
            if isinstance(error, OutcomeUnknown):
                raise error
        written = request is not None and request.written
        if written and task is not None and not task.done():
            if turn.call.safety != "creates":
                raise AnswerTimeout("no answer in time", call=turn.call)
            late = AnswerTimeout("no answer in time; the request goes on", call=turn.call)
            late.goes_on(lambda: _value_of(task))
            raise late
        if isinstance(turn.last, RateLimited):
            raise turn.last
        raise NotSent("no time was left to send the message", call=turn.call)

    def _failed(self, turn: Turn[Any], error: MessagingError) -> None:
        """Fill in what the error should tell, and count it."""
        if error.call is None:
            error.call = turn.call
        error.attempts = turn.plan.attempts
        error.elapsed = self.clock.monotonic() - turn.started
        if turn.call.safety == "creates":
            name = error.outcome
            setattr(self.counts, name, getattr(self.counts, name) + 1)

    def _let_run(self, turn: Turn[Any], task: asyncio.Task[Answer[Any]]) -> None:
        """The caller has gone; the request goes on, and what it learns is told."""
        self.counts.late += 1
        self._late.add(task)
        operation = turn.call.operation

        def told(task: asyncio.Task[Answer[Any]]) -> None:
            self._late.discard(task)
            error = None if task.cancelled() else task.exception()
            sid = None
            if not task.cancelled() and error is None:
                sid = getattr(task.result().value, "sid", None)
            logger.warning("%s: late answer: %s", operation, sid or type(error).__name__)
            failure = error if isinstance(error, MessagingError) else None
            tell(self.events.late, LateAnswer(operation, sid, failure))

        task.add_done_callback(told)

    def adopt_loop(self) -> None:
        """Make the running loop ours; a later loop, or a child process, starts afresh.

        Raises:
            SettingsError: another loop is running with this client.
        """
        loop = asyncio.get_running_loop()
        if loop is self._loop and os.getpid() == self._pid:
            return
        if self._loop is not None and self._loop.is_running() and os.getpid() == self._pid:
            raise SettingsError("this client is in use on another running loop; make one for each")
        self._loop, self._pid = loop, os.getpid()
        self._tasks.clear()
        self._late.clear()
        self.lanes.forget_waiters()
        self.in_flight.forget_waiters()
        self.auth.forget_waiters()
        for breaker in self.breakers.values():
            breaker.forget_waiters()

    def check_account(self, call: Call[Any]) -> None:
        """Refuse what would act on another account than the one that is meant.

        Raises:
            SettingsError: the path names no account, and the credentials are the parent's.
        """
        if call.product != "api" and self.settings.credentials.borrowed:
            raise SettingsError(
                f"{call.operation} acts on the account whose credentials are used; "
                "give the sub-account's own to for_account"
            )

    def for_account(self, credentials: Credentials) -> Pipeline:
        """The pipeline of another account: the same connections, limits of its own."""
        if credentials not in self._accounts:
            settings = replace(self.settings, credentials=credentials)
            self._accounts[credentials] = Pipeline(settings, self.transport, self.clock, self.codes)
        return self._accounts[credentials]

    def stats(self) -> Stats:
        """Counters, and what is going on now."""
        return Stats(
            **msgspec.structs.asdict(self.counts),
            in_flight=self.in_flight.count,
            in_flight_limit=self.in_flight.limit,
            waiting=self.lanes.waiting + self.in_flight.waiting,
            pending_late=len(self._late),
            retry_quota=self.quota.tokens,
            breakers_open=sum(breaker.is_open for breaker in self.breakers.values()),
        )

    async def close(self, grace: float) -> None:
        """Take no more calls, wait for those under way, close the transport."""
        for account in self._accounts.values():
            await account.finish(grace)
        await self.finish(grace)
        await self.transport.close()

    async def finish(self, grace: float) -> None:
        """Take no more calls, and wait for those under way."""
        self.closed = True
        for breaker in self.breakers.values():
            breaker.stop()
        if self._loop is asyncio.get_running_loop() and self._tasks:
            _, pending = await asyncio.wait(tuple(self._tasks), timeout=grace)
            for task in pending:
                task.cancel()
            if pending:
                await asyncio.wait(pending)


async def _value_of(task: asyncio.Task[Answer[T]]) -> T:
    await asyncio.wait((task,))
    if task.cancelled():
        raise ClientClosed("the client was closed before the answer came")
    return task.result().value


def _with_extra(call: Call[T], extra: Mapping[str, str]) -> Call[T]:
    more = encode_pairs(extra.items())
    if call.method == "POST" and call.content_type == FORM:
        body = b"&".join(part for part in (call.body, more.encode()) if part)
        return msgspec.structs.replace(call, body=body)
    return msgspec.structs.replace(call, query="&".join(p for p in (call.query, more) if p))
