"""What may be tried again, and when. The heart of "never twice".

A creation (``POST /Messages``) has no idempotency key. So what matters is not which error came but
what is known of the send:

=====================================  =================  =====================================
failure                                a creation         a read, or a repeatable call
=====================================  =================  =====================================
429, 63017, 63018: never processed     waits, goes again  waits, goes again
nothing written, no answer             up to `retries`    up to `retries`
5xx, lost, timed out: outcome unknown  raised             up to `retries`, while the quota lasts
any other answer                       raised             raised
=====================================  =================  =====================================

A 429 is no attempt: it is waited out until the caller's deadline. It waits without a place in
flight, for a random time below 0.1 s, doubled each time up to 30 s; all other failures below
0.05 s, doubled up to 20 s. An answer's ``Retry-After`` (60 s at most) makes any of these waits
longer, never shorter: it may be 0, negative or past. Full jitter: a crowd that failed together must
not come back together.

The quota keeps repeated reads from making an outage worse: 500 tokens a client, 14 a retry, given
back when the retry succeeds, one more for each success at the first attempt.

The first attempt runs outside tenacity, which costs more than a whole send; tenacity drives those
that follow. It is loaded with the pipeline: a call that failed may find no file left to open. This is the only retry layer; nothing is ever sent in parallel with itself.
"""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable
from typing import TypeVar

import msgspec
import tenacity

from ..clock import Clock
from ..errors import (
    ConnectFailed,
    MessagingError,
    NotSent,
    OutcomeUnknown,
    RateLimited,
    ServerError,
    SettingsError,
    Unauthorized,
    UnexpectedAnswer,
)
from ..operation import Safety
from ..settings import OnUnknown

T = TypeVar("T")

_RETRY_AFTER_CAP = 60.0


class Quota:
    """Tokens that retries of reads and repeatable calls draw on."""

    __slots__ = ("tokens",)

    FULL = 500
    COST = 14

    def __init__(self) -> None:
        self.tokens: int = self.FULL

    def draw(self) -> bool:
        """Take a retry's tokens, if there are enough."""
        if self.tokens < self.COST:
            return False
        self.tokens -= self.COST
        return True

    def give(self, tokens: int) -> None:
        """Give tokens back."""
        self.tokens = min(self.FULL, self.tokens + tokens)


def never_begun(error: BaseException | None) -> bool:
    """Whether an attempt failed on its way to Twilio: no connection, no secret to be had."""
    return isinstance(error, ConnectFailed | SettingsError) and not error.stops


class Plan(msgspec.Struct):
    """The retries of one call.

    Attributes:
        retries: further attempts that are allowed.
        deadline: monotonic time after which nothing more is tried, or infinity.
        renewable: a refused secret may be followed by another.
        patience: the longest wait, in seconds; longer ones end the call.
        attempts: made so far, those answered 429 not counted.
        failures: attempts that failed, be it before a request was made.
        throttles: answers that said "too fast".
        drawn: retries that the quota paid for.
    """

    safety: Safety
    retries: int
    on_unknown: OnUnknown
    deadline: float
    quota: Quota
    renewable: bool
    patience: float = float("inf")
    attempts: int = 0
    failures: int = 0
    throttles: int = 0
    drawn: int = 0

    def allows(self, error: MessagingError) -> bool:
        """Whether the call may be made again after *error*, time apart. Draws on the quota."""
        if isinstance(error, RateLimited):
            return True
        if isinstance(error, Unauthorized):
            again, self.renewable = self.renewable, False
            return again
        self.failures += 1
        if self.failures > self.retries or error.stops:
            return False
        if isinstance(error, NotSent | SettingsError):
            return never_begun(error)
        return self._may_repeat(error)

    def _may_repeat(self, error: MessagingError) -> bool:
        lost = isinstance(error, ServerError | OutcomeUnknown)
        if self.safety == "creates":
            # A sid says that something was made, and may be this call's.
            return lost and self.on_unknown == "retry" and getattr(error, "sid", None) is None
        if isinstance(error, UnexpectedAnswer) and error.status is not None and not error.raw():
            return False
        if not lost or not self.quota.draw():
            return False
        self.drawn += 1
        return True

    def delay(self, error: MessagingError) -> float:
        """Seconds to wait after *error*: what the answer asks for, and never less than the jitter."""
        if isinstance(error, Unauthorized):
            return 0.0
        if isinstance(error, RateLimited):
            self.throttles += 1
            own = _jitter(0.1, 30.0, self.throttles - 1)
        else:
            own = _jitter(0.05, 20.0, self.failures - 1)
        return max(own, min(error.retry_after or 0.0, _RETRY_AFTER_CAP))

    def in_time(self, delay: float, now: float) -> bool:
        """Whether an attempt after *delay* seconds begins before the deadline and is waited for."""
        return now + delay < self.deadline and delay <= self.patience

    def succeeded(self) -> None:
        """Give tokens back to the quota."""
        if self.attempts > 1 or self.quota.tokens < Quota.FULL:
            self.quota.give(self.drawn * Quota.COST if self.attempts > 1 else 1)


def _jitter(base: float, longest: float, step: int) -> float:
    return random.uniform(0.0, min(longest, base * 2.0 ** min(step, 20)))  # noqa: S311 - spreads load, guards nothing


async def retrying(
    first: MessagingError,
    attempt: Callable[[], Awaitable[T]],
    plan: Plan,
    clock: Clock,
    sleep: Callable[[float], Awaitable[None]],
    before: Callable[[MessagingError, float], None],
) -> T:
    """Go on after the first attempt failed with *first*."""
    pending: MessagingError | None = first

    async def again() -> T:
        nonlocal pending
        error, pending = pending, None
        if error is not None:
            raise error
        return await attempt()

    def failure(state: tenacity.RetryCallState) -> MessagingError:
        error = None if state.outcome is None else state.outcome.exception()
        return error if isinstance(error, MessagingError) else first

    def worth(error: BaseException) -> bool:
        return isinstance(error, MessagingError) and plan.allows(error)

    run = tenacity.AsyncRetrying(
        retry=tenacity.retry_if_exception(worth),
        wait=lambda state: plan.delay(failure(state)),
        stop=lambda state: not plan.in_time(state.upcoming_sleep, clock.monotonic()),
        sleep=sleep,
        before_sleep=lambda state: before(failure(state), state.upcoming_sleep),
        reraise=True,
    )
    return await run(again)
