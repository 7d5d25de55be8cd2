"""The way of one call: when it may go, what happens if it fails, and what is known afterwards.

``run`` = retry( breaker -> lanes -> place in flight -> transport -> read the answer ).

Each attempt is admitted anew. The caller may be cancelled or run out of time: if nothing was
written, its slot is given back; a creation that was written goes on (see `carrying.py`), so that a
sid is never thrown away. What it learns then comes by `AnswerTimeout.late_answer`, by the
`on_late_answer` event and in the log.
"""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Any, NoReturn, TypeVar
from weakref import WeakSet

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
from ..transport.base import Transport
from .admission import lanes_of
from .batch import Batch, CallLeft
from .breaker import Breaker
from .carrying import Carrying
from .deadline import Deadlines
from .events import Retried, Throttled, tell
from .repeated import found_done
from .retry import Plan, Quota, retrying
from .stats import Stats
from .stop import Caller, OutOfTime
from .turn import Ticket, Turn

__all__ = ["Pipeline"]

T = TypeVar("T")

logger: logging.Logger = logging.getLogger("async_messaging")

_INFINITE = float("inf")


class Pipeline(Carrying):
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
        self._deadlines = Deadlines(clock)
        self._loop: asyncio.AbstractEventLoop | None = None
        _all.add(self)
        self._accounts: dict[Credentials, Pipeline] = {}

    async def run(
        self,
        call: Call[T],
        options: Options,
        bulk: Batch | None = None,
        ticket: Ticket | None = None,
        doubted: Callable[[OutcomeUnknown, Call[Any]], None] | None = None,
    ) -> Answer[T]:
        """Carry *call* to Twilio and bring the answer back.

        Args:
            bulk: the bulk send this call belongs to; it goes after single calls, and waits where
                they are refused.
            ticket: an admission from `admit`, which the first attempt uses.
            doubted: told of the error when nobody knows what became of the call.

        Raises:
            MessagingError: with what is known of the call's effect in `.outcome`.
        """
        self.adopt_loop()
        self.check_account(call)
        turn = self._turn(call, options, bulk)
        if ticket is not None:
            turn.ticket, turn.lanes = ticket, ticket.lanes
        caller = turn.caller
        try:
            if caller.ends_in < _INFINITE:
                self._deadlines.watch(caller, caller.begins_in)
            try:
                answer = await self._attempt(turn)
            except MessagingError as first:
                answer = await self._again(turn, first)
        except (MessagingError, OutOfTime) as error:
            self._fail(turn, error, doubted)
        except asyncio.CancelledError as cancelled:
            if bulk is None:
                raise
            raise self._left_by_batch(turn, cancelled) from None
        finally:
            if caller.ends_in < _INFINITE:
                self._deadlines.leave(caller)
        turn.plan.succeeded()
        if call.safety == "creates":
            self.counts.accepted += 1
        if (record := last_answer.get()) is not None:
            record.answer = answer
        return answer

    def _fail(
        self,
        turn: Turn[T],
        error: MessagingError | OutOfTime,
        doubted: Callable[[OutcomeUnknown, Call[Any]], None] | None,
    ) -> NoReturn:
        """Raise what is known of a call that ended without an answer of its own."""
        if isinstance(error, OutOfTime):
            error = self._out_of_time(turn)
        # An earlier attempt that may have been accepted outweighs what came of a later one.
        if turn.doubt is not None and (turn.call.safety == "creates" or error.outcome != "unknown"):
            error = turn.doubt
        self._failed(turn, error)
        if doubted is not None and isinstance(error, OutcomeUnknown):
            doubted(error, turn.call)
        raise error from None

    def _left_by_batch(self, turn: Turn[Any], cancelled: asyncio.CancelledError) -> CallLeft:
        """The cancellation again, with what is known of the call."""
        late, answer = turn.late, None
        error: MessagingError = turn.doubt or self._out_of_time(turn)
        if late is not None and late.done() and not late.cancelled():
            failure = late.exception()
            if failure is None:
                answer = late.result()
            elif isinstance(failure, MessagingError):
                error = turn.doubt or failure
        if answer is None:
            self._failed(turn, error)
        return CallLeft(error, answer, *cancelled.args)

    def _turn(self, call: Call[T], options: Options, bulk: Batch | None) -> Turn[T]:
        caller = Caller(self.stop if bulk is None else bulk.stop, self.clock.monotonic())
        if (timeout := options.timeout) is not None:
            least = min(options.attempt_timeout.read, timeout / 2) if call.method == "POST" else 0.0
            caller.begins_in, caller.ends_in = timeout - least, timeout
        plan = Plan(
            call.safety,
            options.retries,
            options.on_unknown,
            caller.begins_by,
            self.quota,
            self.auth.renewable,
            _INFINITE if bulk is None else bulk.patience,
        )
        if options.extra:
            call = _with_extra(call, options.extra)
        lanes = call.lanes if bulk is None else lanes_of(call, bulk)
        return Turn(call, options, plan, lanes, bulk, caller)

    async def _again(self, turn: Turn[T], first: MessagingError) -> Answer[T]:
        try:
            return await retrying(
                first,
                lambda: self._attempt(turn),
                turn.plan,
                self.clock,
                lambda seconds: turn.caller.sleep(self.clock, seconds),
                lambda error, delay: self._before_wait(turn, error, delay),
            )
        except MessagingError as last:
            elapsed = self.clock.monotonic() - turn.caller.started
            left = turn.caller.ends_in - elapsed
            if turn.doubt is None or left <= 0:
                raise
            options = replace(turn.options, timeout=left if left < _INFINITE else None, extra={})
            return await found_done(turn, last, lambda read: self.run(read, options), elapsed)

    def _before_wait(self, turn: Turn[T], error: MessagingError, delay: float) -> None:
        turn.last = error
        if turn.call.safety != "read" and error.outcome == "unknown":
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
            NotSent: the bulk send was stopped, or the client closed.
            SettingsError: the call can't be made by this client here.
        """
        self.adopt_loop()
        self.check_account(call)
        return await self.admitted_ahead(call, bulk)

    def _attempt(self, turn: Turn[T]) -> Awaitable[Answer[T]]:
        """One attempt, to be awaited at once: it has its place if there was nothing to wait for."""
        if turn.ticket is not None:
            return self._admitted_before(turn, turn.ticket)
        turn.caller.check()
        creates = turn.call.safety == "creates"
        breaker = self.breaker(turn.call, turn.bulk) if creates else None
        if breaker is None or not breaker.is_open:
            turn.request = self.admitted_at_once(turn)
            if turn.request is not None:
                leave = None if breaker is None else breaker.enter()
                return self.carried(turn, turn.request, leave)
        return self._attempt_in_line(turn, breaker)

    async def _attempt_in_line(self, turn: Turn[T], breaker: Breaker | None) -> Answer[T]:
        return await self._admitted_before(
            turn, Ticket(await self.admitted(turn, breaker), turn.lanes)
        )

    async def _admitted_before(self, turn: Turn[T], ticket: Ticket) -> Answer[T]:
        turn.ticket = None
        try:
            turn.caller.check()
            turn.auth = await self.auth.header(turn.stale, turn.caller.wait)
            turn.request = self.request(turn.call, turn.auth, turn.options)
        except BaseException:
            self.hand_back(turn.call, ticket)
            raise
        return await self.carried(turn, turn.request, ticket.leave)

    def _out_of_time(self, turn: Turn[T]) -> MessagingError:
        late = turn.late
        if turn.left and late is not None:
            timeout = AnswerTimeout("no answer in time; the request goes on", call=turn.call)
            timeout.goes_on(lambda: _value_of(late))
            return timeout
        if turn.left:
            return AnswerTimeout("no answer in time", call=turn.call)
        if isinstance(turn.last, RateLimited):
            return turn.last
        return NotSent("no time was left to send the message", call=turn.call)

    def _failed(self, turn: Turn[Any], error: MessagingError) -> None:
        """Fill in what the error should tell, and count it."""
        if error.call is None:
            error.call = turn.call
        error.attempts = turn.plan.attempts
        error.elapsed = self.clock.monotonic() - turn.caller.started
        if turn.call.safety == "creates":
            name = error.outcome
            setattr(self.counts, name, getattr(self.counts, name) + 1)

    def adopt_loop(self) -> None:
        """Make the running loop ours; a later loop, or a child process, starts afresh.

        Raises:
            SettingsError: another loop is running with this client.
        """
        loop = asyncio.get_running_loop()
        if loop is self._loop:
            return
        if self._loop is not None and self._loop.is_running():
            raise SettingsError("this client is in use on another running loop; make one for each")
        self._loop = loop
        self.forget_attempts()
        self._deadlines.forget()
        self.lanes.forget_waiters()
        self.in_flight.forget_waiters()
        for breaker in self.breakers.values():
            breaker.forget_waiters()

    @property
    def loop(self) -> asyncio.AbstractEventLoop | None:
        """The loop on which it was used last, be it for another account; None before."""
        used = (self._loop, *(account.loop for account in self._accounts.values()))
        return next(filter(None, used), None)

    def forget_loop(self) -> None:
        """In a forked child: the loop is the parent's."""
        self._loop = None

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
        self.stop.set(ClientClosed)
        for breaker in self.breakers.values():
            breaker.stop()
        if self._loop is asyncio.get_running_loop():
            await self.drain(grace)


async def _value_of(late: asyncio.Future[Answer[T]]) -> T:
    await asyncio.wait((late,))
    if late.cancelled():
        raise ClientClosed("the client was closed before the answer came")
    return late.result().value


def _with_extra(call: Call[T], extra: Mapping[str, str]) -> Call[T]:
    more = encode_pairs(extra.items())
    if call.method == "POST" and call.content_type == FORM:
        body = b"&".join(part for part in (call.body, more.encode()) if part)
        return msgspec.structs.replace(call, body=body)
    return msgspec.structs.replace(call, query="&".join(p for p in (call.query, more) if p))


_all: WeakSet[Pipeline] = WeakSet()


def _forget_parents() -> None:
    for pipeline in list(_all):
        pipeline.forget_loop()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_parents)
