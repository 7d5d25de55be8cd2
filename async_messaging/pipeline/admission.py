"""When a call may go: the breaker first, then its lanes, then a place in flight.

Whoever has passed holds a `Slot`: taken here, and given back here, in whatever way the attempt ends.
An attempt passes in `Pipeline.run`. A ledger passes ahead, before it announces the send; a slot that
is not used is handed back.
"""

from __future__ import annotations

import copy
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec

from ..clock import Clock
from ..errors import MessagingError
from ..operation import Call
from ..settings import Limits
from .adaptive import InFlight
from .breaker import Breaker
from .lanes import Lanes
from .retry import never_begun
from .stop import Batch, Caller


class Slot(msgspec.Struct, eq=False):
    """Leave to make one attempt at once: its lanes are taken, and a place in flight is held.

    Attributes:
        lanes: names of the lanes that it passed, beside the account's.
        weight: segments that it took of each.
        breaker: waits to be told how the attempt ends; None for what no breaker counts.
        trial: it is the one creation that an open breaker lets through.
        holds: its place in flight is taken.
        open: it was not said how the attempt ended.
    """

    admission: Admission
    lanes: tuple[str, ...]
    weight: int
    breaker: Breaker | None
    trial: bool
    holds: bool = True
    open: bool = True

    def __repr__(self) -> str:
        return f"<Slot{' open' if self.open else ''}{' trial' if self.trial else ''}>"

    def leave(self) -> None:
        """Give the place in flight back: Twilio has answered."""
        if self.holds:
            self.holds = False
            self.admission.in_flight.leave()

    def unused(self, error: BaseException | None = None) -> None:
        """Nothing was written: give all back. It says nothing about Twilio, but in a bulk send."""
        self.leave()
        if not self.open:
            return
        self.open = False
        if self.weight:
            self.admission.lanes.give_back(self.lanes, self.weight)
        breaker = self.breaker
        if breaker is not None and breaker.counts_unsent and never_begun(error):
            breaker.record(failed=True, trial=self.trial)
        elif breaker is not None:
            breaker.give_back(trial=self.trial)

    def used(self, error: BaseException | None) -> None:
        """The attempt was written, and has ended with *error* or well."""
        if self.holds:
            self.holds = False
            self.admission.in_flight.leave()
        if self.open:
            self.open = False
            if self.breaker is not None:
                known = isinstance(error, MessagingError) and error.outcome != "unknown"
                self.breaker.record(failed=error is not None and not known, trial=self.trial)


class Admission:
    """Lets the calls of one account go, on one loop; it has breakers by product, and for bulk sends."""

    def __init__(self, limits: Limits, probe: Callable[[], Awaitable[int]], clock: Clock) -> None:
        self.lanes: Lanes = Lanes(limits.account, {**limits.sender, **limits.service}, clock)
        self.in_flight: InFlight = InFlight(limits.max_connections, limits.in_flight)
        self.breakers: dict[tuple[str, bool], Breaker] = {}
        self._probe = probe
        self._clock = clock

    def __repr__(self) -> str:
        return f"<Admission {self.lanes!r} {self.in_flight!r}>"

    def anew(self) -> Admission:
        """The same limits as they are now, with nobody waiting or in flight: for another loop."""
        fresh = copy.copy(self)
        fresh.lanes, fresh.in_flight = self.lanes.anew(), self.in_flight.anew()
        fresh.breakers = {key: breaker.anew() for key, breaker in self.breakers.items()}
        return fresh

    def breaker(self, call: Call[Any], bulk: Batch | None) -> Breaker | None:
        """The breaker of the call's origin and kind of caller; None for all but creations."""
        if call.safety != "creates":
            return None
        key = (call.product, bulk is not None)
        breaker = self.breakers.get(key)
        if breaker is None:
            breaker = Breaker(self._probe, self._clock, counts_unsent=bulk is not None)
            self.breakers[key] = breaker
        return breaker

    def at_once(self, call: Call[Any], bulk: Batch | None) -> Slot | None:
        """A slot, if there is nothing to wait for."""
        breaker = self.breaker(call, bulk)
        if (breaker is not None and breaker.is_open) or not self.in_flight.has_room:
            return None
        weight, lanes = call.weight, call.lanes if bulk is None else _lanes_of(call, bulk)
        if weight and not self.lanes.pass_at_once(lanes, weight):
            return None
        self.in_flight.count += 1
        return Slot(self, lanes, weight, breaker, False)

    async def in_line(
        self,
        call: Call[Any],
        bulk: Batch | None,
        caller: Caller,
        priority: int,
        longest: float = float("inf"),
    ) -> Slot:
        """A slot, waited for.

        The breaker's leave comes last: whoever has it goes out at once, so that the one creation
        that tries Twilio out never waits for the rate of its sender.

        Raises:
            CircuitOpen: the breaker is open, and the call belongs to no bulk send.
            WaitTooLong: the lanes will not be free in time.
            OutOfTime: the caller's time is over.
            NotSent: the caller was stopped.
        """
        breaker, weight = self.breaker(call, bulk), call.weight
        lanes = call.lanes if bulk is None else _lanes_of(call, bulk)
        wait = caller.wait
        while True:
            if breaker is not None:
                await breaker.lets_pass(None if bulk is None else wait)
            if weight:
                await self.lanes.pass_through(lanes, weight, priority, longest, wait)
            try:
                await self.in_flight.enter(priority, wait)
            except BaseException:
                if weight:
                    self.lanes.give_back(lanes, weight)
                raise
            trial = False if breaker is None else breaker.enter()
            if trial is not None:
                return Slot(self, lanes, weight, breaker, trial)
            Slot(self, lanes, weight, None, False).unused()  # another one tries Twilio out


def _lanes_of(call: Call[Any], bulk: Batch) -> tuple[str, ...]:
    """Names of the lanes that a bulk send's call passes, beside the account's."""
    return (*call.lanes, bulk.lane) if bulk.lane else call.lanes
