"""All lanes of a client, and the queue before them.

A call goes when every one of its lanes is free: the account's, its sender's, its service's, its
bulk send's. It takes all of them in that moment and none before it, so a call that waits for a slow
sender keeps nobody else waiting. Callers that must wait stand in line by lanes (see `lines.py`), by
priority (``high``, ``normal``, then bulk sends) and by arrival; one timer wakes the first. A caller
that is cancelled leaves the line, and nothing needs to be given back.

Compared with reserving slots ahead: priority is exact (a ``high`` call waits for one slot at most),
and a slot is never held by someone who will not use it.

What it costs to let a call go grows with the logarithm of the lanes that are waited for: ten thousand
senders cost little more a call than ten.
"""

from __future__ import annotations

import asyncio
import copy
from collections.abc import Mapping
from heapq import heappop, heappush
from itertools import count

from ..clock import Clock, Timer
from ..errors import WaitTooLong
from .limiter import Lane
from .lines import Gate, Line, Order, Waiter
from .stop import Wait, bare, granted

HIGH, NORMAL, BULK = 0, 1, 2
_FOREVER = float("inf")


class Lanes:
    """The lanes of one account."""

    def __init__(self, account: float, rates: Mapping[str, float], clock: Clock) -> None:
        self._clock = clock
        now = clock.monotonic()
        self._account = Gate(Lane(account, now), 0)
        self._gates = {
            name: Gate(Lane(rate, now), number)
            for number, (name, rate) in enumerate(rates.items(), 1)
        }
        self._numbers = count(len(rates) + 1)
        self._lines: dict[tuple[str, ...], Line] = {}
        self._schedule: list[tuple[float, int, Gate]] = []
        self._arrivals = 0
        self._timer: Timer | None = None
        self._timer_due = _FOREVER
        self.waiting: int = 0
        """Calls that wait for a lane."""

    def __repr__(self) -> str:
        account, lanes = self._account.lane, len(self._gates)
        return f"<Lanes account={account!r} lanes={lanes} waiting={self.waiting}>"

    def open(self, lane: Lane) -> str:
        """Add a lane, a bulk send's, under a name that no other has; `drop` takes it away."""
        number = next(self._numbers)
        name = f"bulk {number}"
        self._gates[name] = Gate(lane, number)
        return name

    def drop(self, name: str) -> None:
        """Take a lane away. Calls that wait for it have ended before."""
        self._gates.pop(name, None)

    def look_again(self, name: str) -> None:
        """A lane has another rate: whoever waits for it is reckoned by it from now on."""
        self._look_again(self._named((name,)), self._clock.monotonic())

    def outlook(self, names: tuple[str, ...]) -> tuple[float, float] | None:
        """Seconds until these lanes are free, and what a segment takes in the slowest; None if there are none."""
        lanes = [gate.lane for gate in self._named(names)]
        if not lanes:
            return None
        free = max(lane.free for lane in lanes)
        return max(0.0, free - self._clock.monotonic()), 1 / min(lane.rate for lane in lanes)

    def slow_down(self, names: tuple[str, ...]) -> None:
        """Twilio said "too fast": slow the call's own lanes, or the account's without one."""
        now = self._clock.monotonic()
        for gate in self._named(names) or (self._account,):
            gate.lane.slow_down(now)

    def give_back(self, names: tuple[str, ...], weight: int) -> None:
        """Return what a call took that was not written after all."""
        gates = (self._account, *self._named(names))
        for gate in gates:
            gate.lane.give_back(weight)
        if self._lines:
            self._look_again(gates, self._clock.monotonic())

    def anew(self) -> Lanes:
        """The same lanes, with nobody waiting: for another loop."""
        fresh = copy.copy(self)
        fresh._account = Gate(self._account.lane, 0)  # noqa: SLF001 - of its own class
        fresh._gates = {name: Gate(one.lane, one.number) for name, one in self._gates.items()}  # noqa: SLF001
        fresh._lines, fresh._schedule, fresh.waiting = {}, [], 0  # noqa: SLF001
        fresh._timer, fresh._timer_due = None, _FOREVER  # noqa: SLF001
        return fresh

    async def pass_through(
        self,
        names: tuple[str, ...],
        weight: int,
        priority: int,
        longest: float = _FOREVER,
        wait: Wait = bare,
    ) -> None:
        """Return when the call may go and its lanes are taken; `WaitTooLong` if not within *longest* seconds."""
        if not self.pass_at_once(names, weight):
            key = tuple(name for name in names if name in self._gates)
            await self._stand_in_line(key, weight, priority, longest, wait)

    def pass_at_once(self, names: tuple[str, ...], weight: int) -> bool:
        """Take the call's segments if it need not wait; says whether it did."""
        now = self._clock.monotonic()
        account = self._account
        if account.lane.free > now or (account.lines and account.first()):
            return False
        gates = self._named(names) if self._gates else ()
        for gate in gates:
            if gate.lane.free > now or (gate.lines and gate.first()):
                return False
        account.lane.take(weight, now)
        for gate in gates:
            gate.lane.take(weight, now)
        return True

    def _named(self, names: tuple[str, ...]) -> tuple[Gate, ...]:
        return tuple([self._gates[name] for name in names if name in self._gates])

    async def _stand_in_line(
        self, key: tuple[str, ...], weight: int, priority: int, longest: float, wait: Wait
    ) -> None:
        line = self._lines.get(key) or Line((self._account, *self._named(key)))
        now = self._clock.monotonic()
        if longest < _FOREVER and _expected(line, priority, now) > longest:
            raise WaitTooLong("the rate limits leave no room for this message in time")
        self._lines[key] = line
        future = asyncio.get_running_loop().create_future()
        self._arrivals += 1
        waiter = Waiter(future, (priority, self._arrivals), weight)
        heappush(line.waiters, waiter)
        self._count(line, priority, weight)
        try:
            if line.first() is waiter:
                self._look_again((line.move(waiter.order),), now)
            await wait(future)
        except BaseException:
            if granted(future):
                self.give_back(key, weight)
            raise
        finally:
            future.cancel()
            self._count(line, priority, -weight)
            if line.first() is None and self._lines.get(key) is line:
                del self._lines[key]

    def _count(self, line: Line, priority: int, weight: int) -> None:
        """Segments more or fewer that wait."""
        for gate in line.gates:
            gate.ahead[priority] += weight
        self.waiting += 1 if weight > 0 else -1

    def _look_again(self, gates: tuple[Gate, ...], now: float) -> None:
        """Gates may be free earlier than was known, or have lines that they had not before."""
        for gate in gates:
            self._list(gate)
        if self._schedule and self._schedule[0][0] <= now:
            self._release()
        else:
            self._set_timer(now)

    def _list(self, gate: Gate) -> None:
        """Look at the gate when its lane is free."""
        free = gate.lane.free
        if free < gate.due and gate.first() is not None:
            gate.due = free
            heappush(self._schedule, (free, gate.number, gate))

    def _release(self) -> None:
        """Let go every caller whose lanes are free, in order, then set the timer for the next."""
        now = self._clock.monotonic()
        free: list[tuple[Order, int, Gate]] = []
        schedule = self._schedule
        while schedule and schedule[0][0] <= now:
            due, _, gate = heappop(schedule)
            if due == gate.due:
                gate.due = _FOREVER
                self._offer(gate, now, free)
        while free:
            order, _, gate = heappop(free)
            first = gate.first()
            if first is not None and first[0] == order and gate.lane.free <= now:
                heappop(gate.lines)
                line = first[1]
                line.go(now)
                if (waiter := line.first()) is not None:
                    self._offer(line.move(waiter.order), now, free)
            self._offer(gate, now, free)
        self._set_timer(now)

    def _offer(self, gate: Gate, now: float, free: list[tuple[Order, int, Gate]]) -> None:
        """Put a gate that has lines among the free ones, or into the schedule."""
        if gate.lane.free > now:
            self._list(gate)
        elif (first := gate.first()) is not None:
            heappush(free, (first[0], gate.number, gate))

    def _set_timer(self, now: float) -> None:
        schedule = self._schedule
        while schedule and (schedule[0][0] != schedule[0][2].due or not schedule[0][2].first()):
            due, _, gate = heappop(schedule)
            if due == gate.due:
                gate.due = _FOREVER
        due = schedule[0][0] if schedule else _FOREVER
        if due >= self._timer_due:
            return
        if self._timer is not None:
            self._timer.cancel()
        self._timer_due = due
        self._timer = self._clock.call_later(due - now, self._ring)

    def _ring(self) -> None:
        self._timer, self._timer_due = None, _FOREVER
        self._release()


def _expected(line: Line, priority: int, now: float) -> float:
    """Seconds until a caller who comes now may go."""
    return max(gate.lane.wait(sum(gate.ahead[: priority + 1]), now) for gate in line.gates)
