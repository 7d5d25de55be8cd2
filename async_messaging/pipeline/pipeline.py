"""The way of one call: when it may go, what happens if it fails, and what is known afterwards.

``run`` = retry( breaker -> lanes -> place in flight -> transport -> read the answer ).

Each attempt is admitted anew. The caller may be cancelled or run out of time: if nothing was
written, its slot is given back; a creation that was written goes on (see `carrying.py`), so that a
sid is never thrown away. What it learns then comes by `AnswerTimeout.late_answer`, by the
`on_late_answer` event and in the log.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Any, NoReturn, TypeAlias, TypeVar

import msgspec

from ..clock import Clock
from ..codec.codes import CodeFacts
from ..codec.form import encode_pairs
from ..errors import (
    AnswerTimeout,
    ClientClosed,
    MessagingError,
    NotSent,
    RateLimited,
    SettingsError,
    Unauthorized,
)
from ..operation import FORM, Answer, Call, last_answer
from ..settings import Credentials, Options, Settings
from ..transport.base import Request, Transport
from .account import Account, Here
from .admission import Slot
from .events import DEBUG, Events, Retried, Throttled, log, tell
from .exchange import Exchange
from .lanes import BULK, HIGH, NORMAL, Lanes
from .repeated import found_done
from .retry import Plan, retrying
from .shared import Shared
from .stop import Batch, Caller, CallLeft, OutOfTime
from .turn import Turn

T = TypeVar("T")

Carried: TypeAlias = Callable[[Turn[T], Request], Awaitable[Answer[T]]]
"""Makes one attempt that has its place, and gives that back."""

_INFINITE = float("inf")
_REMEMBERED = 1000
"""Credentials of other accounts that are kept ready; limits are kept for every account."""

_PROBE: Call[None] = Call(
    "FetchBalance",
    "GET",
    "api",
    "/2010-04-01/Accounts/{AccountSid}/Balance.json",
    lambda _: None,
    "read",
)


class Pipeline:
    """Runs calls for one account over one transport, with one set of credentials."""

    def __init__(
        self,
        settings: Settings,
        codes: Mapping[int, CodeFacts],
        shared: Shared,
    ) -> None:
        self.settings = settings
        self.shared: Shared = shared
        self.transport: Transport = shared.transport
        self.clock: Clock = shared.clock
        self.events: Events = shared.events
        self._codes = codes
        self._counts = shared.counts
        self._others: dict[Credentials, Pipeline] = {}
        self.account: Account = shared.account(settings, self._probe)
        self.exchange: Exchange = Exchange(settings, codes, shared, self.account.sends)

    def __repr__(self) -> str:
        return f"<Pipeline of {self.settings.credentials.account_sid}>"

    async def _probe(self) -> int:
        auth = await self.exchange.auth.header(wait=self.shared.stop.wait)
        return (await self.transport.send(self.exchange.request(_PROBE, auth, Options()))).status

    @property
    def lanes(self) -> Lanes:
        """The account's lanes."""
        return self.account.here.admission.lanes

    async def run(
        self,
        call: Call[T],
        options: Options,
        bulk: Batch | None = None,
        slot: Slot | None = None,
        carried: Carried[T] | None = None,
        *,
        kept: bool = False,
    ) -> Answer[T]:
        """Carry *call* to Twilio and bring the answer back; a download goes this way too.

        Args:
            bulk: the bulk send this call belongs to; it goes after single calls, and waits where
                they are refused.
            slot: an admission from `admit`, which the first attempt uses.
            carried: makes one admitted attempt; None reads the whole answer.
            kept: a ledger or an outbox keeps what becomes of the call, and settles it.

        Raises:
            MessagingError: with what is known of the call's effect in `.outcome`.
        """
        here = self.account.on_loop()
        turn = self._turn(call, options, bulk, slot, kept=kept or (bulk is not None and bulk.kept))
        caller = turn.caller
        try:
            if call.product != "api":
                self._check_account(call)
            if caller.ends_in < _INFINITE:
                here.deadlines.watch(caller, caller.begins_in)
            try:
                answer = await self._attempt(turn, here, carried or here.carrier.carried)
            except MessagingError as first:
                answer = await self._again(turn, first, here, carried or here.carrier.carried)
        except (MessagingError, OutOfTime) as error:
            self._fail(turn, error)
        except asyncio.CancelledError as cancelled:
            raise self._left(turn, cancelled) from None
        finally:
            here.deadlines.leave(caller)
            if turn.slot is not None and turn.late is None:
                turn.slot.unused()  # an admission from before that no attempt has used
        turn.plan.succeeded()
        if call.safety == "creates":
            self._counts.accepted += 1
        if (record := last_answer.get()) is not None and carried is None:
            record.answer = answer
        return answer

    def _fail(self, turn: Turn[T], error: MessagingError | OutOfTime) -> NoReturn:
        """Raise what is known of a call that ended without an answer of its own."""
        # A transport may write a creation that its caller has left: it goes on (`late`), so it was sent.
        if isinstance(error, OutOfTime) or (turn.late is not None and isinstance(error, NotSent)):
            error = self._out_of_time(turn)
        # An earlier attempt that may have been accepted outweighs what came of a later one.
        if turn.doubt is not None and (turn.call.safety == "creates" or error.outcome != "unknown"):
            error = turn.doubt
        self._failed(turn, error)
        raise error from None

    def _left(self, turn: Turn[Any], cancelled: asyncio.CancelledError) -> asyncio.CancelledError:
        """The cancellation again; of a bulk send's call, with what is known of it."""
        if turn.bulk is None:
            return cancelled
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

    def _turn(
        self, call: Call[T], options: Options, bulk: Batch | None, slot: Slot | None, *, kept: bool
    ) -> Turn[T]:
        stop = self.shared.stop if bulk is None else bulk.stop
        now, ends = self.clock.monotonic(), options.ends_in
        begins = options.begins_in if call.method == "POST" else ends
        caller = Caller(stop, now, begins, ends, begins)
        plan = Plan(
            call.safety,
            options.retries,
            options.on_unknown,
            now + begins,
            self.shared.quota,
            self.exchange.auth.renewable,
            _INFINITE if bulk is None else bulk.patience,
        )
        if options.extra:
            call = _with_extra(call, options.extra)
        return Turn(call, options, plan, self.exchange, bulk, caller, kept, slot)

    def _attempt(
        self,
        turn: Turn[T],
        here: Here,
        carried: Carried[T],
    ) -> Awaitable[Answer[T]]:
        """One attempt, to be awaited at once: it has its place if there was nothing to wait for."""
        caller = turn.caller
        if caller.expired or caller.stop.reason is not None:
            caller.check()
        if turn.slot is None:
            turn.slot = here.admission.at_once(turn.call, turn.bulk)
        auth = None if turn.slot is None else self.exchange.auth.ready(turn.stale)
        if auth is None:
            return self._in_line(turn, here, carried)
        turn.auth = auth
        return carried(turn, self.exchange.request(turn.call, auth, turn.options))

    async def _in_line(
        self,
        turn: Turn[T],
        here: Here,
        carried: Carried[T],
    ) -> Answer[T]:
        call, options, bulk, caller = turn.call, turn.options, turn.bulk, turn.caller
        if turn.slot is None:
            priority = BULK if bulk is not None else HIGH if options.priority == "high" else NORMAL
            longest = _INFINITE if options.max_wait is None else options.max_wait
            turn.slot = await here.admission.in_line(call, bulk, caller, priority, longest)
        try:
            turn.auth = await self.exchange.auth.header(turn.stale, caller.wait)
        except BaseException as error:
            turn.slot.unused(error)
            turn.slot = None
            raise
        return await carried(turn, self.exchange.request(call, turn.auth, options))

    async def _again(
        self,
        turn: Turn[T],
        first: MessagingError,
        here: Here,
        carried: Carried[T],
    ) -> Answer[T]:
        try:
            return await retrying(
                first,
                lambda: self._attempt(turn, here, carried),
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
                limit = self.account.here.admission.in_flight.limit
                event = Throttled(turn.call.operation, error.code, delay, limit)
                tell(self.events.throttled, event)
            return
        if isinstance(error, Unauthorized):
            turn.stale = turn.auth
        self._counts.retries += 1
        if turn.bulk is not None:
            turn.bulk.retries += 1
        log(DEBUG, "%s: again in %.2f s", turn.call.operation, delay)
        if self.events.retried:
            event_ = Retried(turn.call.operation, turn.plan.attempts, delay, error)
            tell(self.events.retried, event_)

    async def admit(self, call: Call[Any], bulk: Batch) -> Slot:
        """Wait until a creation may go; `run` with the slot follows, or the slot is given back."""
        here, caller = self.account.on_loop(), Caller(bulk.stop)
        if call.product != "api":
            self._check_account(call)
        caller.check()
        return await here.admission.in_line(call, bulk, caller, BULK)

    def _out_of_time(self, turn: Turn[T]) -> MessagingError:
        late = turn.late
        if turn.left:
            timeout = AnswerTimeout("no answer in time", call=turn.call)
            if late is not None:
                timeout = AnswerTimeout("no answer in time; the request goes on", call=turn.call)
                timeout.goes_on(lambda: _value_of(late))
            if late is None or not late.done():
                self.account.here.carrier.doubt(turn, timeout)
            return timeout
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
            setattr(self._counts, name, getattr(self._counts, name) + 1)

    def _check_account(self, call: Call[Any]) -> None:
        """Refuse what would act on another account than the one that is meant."""
        if self.settings.credentials.borrowed:
            raise SettingsError(
                f"{call.operation} acts on the account whose credentials are used; "
                "give the sub-account's own to for_account"
            )

    def for_account(self, credentials: Credentials) -> Pipeline:
        """The pipeline of other credentials: the same connections, events and counts.

        Limits belong to the account. They are kept while the client lives; of credentials, the
        latest are kept ready, for a program may bring fresh ones with every call.
        """
        others = self._others
        pipeline = others.pop(credentials, None)
        if pipeline is None:
            settings = replace(self.settings, credentials=credentials)
            pipeline = Pipeline(settings, self._codes, self.shared)
        others[credentials] = pipeline
        if len(others) > _REMEMBERED:
            del others[next(iter(others))]
        return pipeline


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
