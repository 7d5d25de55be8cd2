"""When a call may go: the breaker first, then its lanes, then a place in flight.

An attempt passes them in `Pipeline.run`. A ledger passes them ahead, before it announces the send,
and holds them as a `Ticket`; what is not used is handed back.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from ..clock import Clock
from ..codec.codes import CODES, CodeFacts
from ..operation import Call
from ..settings import Options, Settings
from ..transport.base import Request, Transport
from .batch import Batch
from .breaker import Breaker, Pass
from .exchange import Exchanges
from .lanes import BULK, HIGH, NORMAL
from .stop import Caller, Stop
from .turn import Ticket, Turn

__all__ = ["Admission", "lanes_of"]

T = TypeVar("T")

_PROBE: Call[None] = Call(
    "FetchBalance", "GET", "api", "/2010-04-01/Accounts/{AccountSid}/Balance.json", lambda _: None
)


class Admission(Exchanges):
    """Lets calls go. Arguments as in `Exchanges`."""

    def __init__(
        self,
        settings: Settings,
        transport: Transport,
        clock: Clock,
        codes: Mapping[int, CodeFacts] = CODES,
    ) -> None:
        super().__init__(settings, transport, clock, codes)
        self.breakers: dict[tuple[str, bool], Breaker] = {}
        self.stop: Stop = Stop()

    async def admitted_ahead(self, call: Call[Any], bulk: Batch) -> Ticket:
        """Pass all of it without a turn; the ticket holds what was taken.

        Raises:
            NotSent: the bulk send was stopped, or the client closed.
        """
        caller, lanes = Caller(bulk.stop), lanes_of(call, bulk)
        caller.check()
        leave = await self._in_line(
            call, lanes, self.breaker(call, bulk), caller, BULK, float("inf"), waits=True
        )
        return Ticket(leave, lanes)

    def hand_back(self, call: Call[Any], ticket: Ticket) -> None:
        """Give back what an unused ticket holds."""
        self.in_flight.leave()
        self.lanes.give_back(ticket.lanes, call.weight)
        if ticket.leave is not None:
            ticket.leave.unused()

    def admitted_at_once(self, turn: Turn[T]) -> Request | None:
        """As `admitted`, if there is nothing to wait for."""
        call, auth = turn.call, self.auth.ready(turn.stale)
        if auth is None or not self.in_flight.has_room:
            return None
        if call.weight and not self.lanes.pass_at_once(turn.lanes, call.weight):
            return None
        self.in_flight.count += 1
        turn.auth = auth
        return self.request(call, auth, turn.options)

    async def admitted(self, turn: Turn[T], breaker: Breaker | None) -> Pass | None:
        """Pass breaker, lanes and places; the call then holds a place in flight."""
        options, bulk = turn.options, turn.bulk
        priority = BULK if bulk is not None else HIGH if options.priority == "high" else NORMAL
        longest = float("inf") if options.max_wait is None else options.max_wait
        return await self._in_line(
            turn.call, turn.lanes, breaker, turn.caller, priority, longest, waits=bulk is not None
        )

    async def _in_line(
        self,
        call: Call[Any],
        lanes: tuple[str, ...],
        breaker: Breaker | None,
        caller: Caller,
        priority: int,
        longest: float,
        *,
        waits: bool,
    ) -> Pass | None:
        """Pass breaker, lanes and places, one after the other.

        The breaker's leave comes last: whoever has it goes out at once, so that the one creation
        that tries Twilio out never waits for the rate of its sender.
        """
        wait = caller.wait
        while True:
            if breaker is not None:
                await breaker.lets_pass(wait if waits else None)
            if call.weight:
                await self.lanes.pass_through(lanes, call.weight, priority, longest, wait)
            try:
                await self.in_flight.enter(priority, wait)
            except BaseException:
                if call.weight:
                    self.lanes.give_back(lanes, call.weight)
                raise
            leave = None if breaker is None else breaker.enter()
            if leave is not None or breaker is None:
                return leave
            self.in_flight.leave()
            if call.weight:
                self.lanes.give_back(lanes, call.weight)

    def breaker(self, call: Call[Any], bulk: Batch | None) -> Breaker:
        """The breaker of the call's origin and kind of caller."""
        key = (call.product, bulk is not None)
        if key not in self.breakers:
            self.breakers[key] = Breaker(self._probe, self.clock)
        return self.breakers[key]

    async def _probe(self) -> int:
        auth = await self.auth.header(wait=Caller(self.stop).wait)
        return (await self.transport.send(self.request(_PROBE, auth, Options()))).status


def lanes_of(call: Call[Any], bulk: Batch | None) -> tuple[str, ...]:
    """Names of the lanes that a call passes, beside the account's."""
    return (*call.lanes, bulk.lane) if bulk is not None and bulk.lane else call.lanes
