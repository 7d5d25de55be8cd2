"""All lanes of a client, and the queue before them.

A call goes when every one of its lanes is free: the account's, its sender's, its service's, its
bulk send's. It takes all of them in that moment and none before it, so a call that waits for a slow
sender keeps nobody else waiting. Callers that must wait stand in line by lanes, by priority
(``high``, ``normal``, then bulk sends) and by arrival; one timer wakes the first. A caller that is
cancelled leaves the line, and nothing needs to be given back.

Compared with reserving slots ahead: priority is exact (a ``high`` call waits for one slot at most),
and a slot is never held by someone who will not use it.
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
from .stop import Wait, bare, granted

__all__ = ["BULK", "HIGH", "NORMAL", "Lanes"]

HIGH, NORMAL, BULK = 0, 1, 2
_FOREVER = float("inf")


class _Waiter:
    __slots__ = ("future", "order", "weight")

    def __init__(self, future: asyncio.Future[None], order: tuple[int, int], weight: int) -> None:
        self.future = future
        self.order = order
        self.weight = weight

    def __lt__(self, other: _Waiter) -> bool:
        return self.order < other.order


class _Line:
    """Callers that wait for the same lanes."""

    __slots__ = ("ahead", "lanes", "waiters")

    def __init__(self, lanes: tuple[Lane, ...]) -> None:
        self.lanes = lanes
        self.waiters: list[_Waiter] = []
        self.ahead = [0, 0, 0]

    def due(self) -> float:
        return max((lane.free for lane in self.lanes), default=-_FOREVER)

    def first(self) -> _Waiter | None:
        while self.waiters and self.waiters[0].future.done():
            heappop(self.waiters)
        return self.waiters[0] if self.waiters else None


class Lanes:
    """The lanes of one account.

    Args:
        account: the account's rate, segments per second.
        rates: rates of senders and services by name.
        clock: where time comes from.
    """

    def __init__(self, account: float, rates: Mapping[str, float], clock: Clock) -> None:
        self._clock = clock
        now = clock.monotonic()
        self._account = Lane(account, now)
        self._lanes = {name: Lane(rate, now) for name, rate in rates.items()}
        self._lines: dict[tuple[str, ...], _Line] = {}
        self._arrivals = 0
        self._names = count(1)
        self._timer: Timer | None = None
        self._timer_due = _FOREVER

    def __repr__(self) -> str:
        return f"<Lanes account={self._account!r} lanes={len(self._lanes)} waiting={self.waiting}>"

    @property
    def waiting(self) -> int:
        """Calls that wait for a lane."""
        return sum(not w.future.done() for line in self._lines.values() for w in line.waiters)

    def open(self, lane: Lane) -> str:
        """Add a lane, a bulk send's, under a name that no other has; `drop` takes it away."""
        name = f"bulk {next(self._names)}"
        self._lanes[name] = lane
        return name

    def drop(self, name: str) -> None:
        """Take a lane away. Calls that wait for it have ended before."""
        self._lanes.pop(name, None)

    def outlook(self, names: tuple[str, ...]) -> tuple[float, float] | None:
        """Seconds until these lanes are free, and what a segment takes in the slowest of them.

        None if there are none of these names.
        """
        lanes = [self._lanes[name] for name in names if name in self._lanes]
        if not lanes:
            return None
        now = self._clock.monotonic()
        return max(0.0, max(lane.free for lane in lanes) - now), 1 / min(
            lane.rate for lane in lanes
        )

    def slow_down(self, names: tuple[str, ...]) -> None:
        """Twilio said "too fast": slow the call's own lanes, or the account's without one."""
        now = self._clock.monotonic()
        own = [self._lanes[name] for name in names if name in self._lanes]
        for lane in own or [self._account]:
            lane.slow_down(now)

    def give_back(self, names: tuple[str, ...], weight: int) -> None:
        """Return what a call took that was not written after all."""
        self._account.give_back(weight)
        for name in names:
            if name in self._lanes:
                self._lanes[name].give_back(weight)

    def anew(self) -> Lanes:
        """The same lanes, with nobody waiting: for another loop."""
        fresh = copy.copy(self)
        fresh._lines, fresh._timer, fresh._timer_due = {}, None, _FOREVER  # noqa: SLF001 - of its own class
        return fresh

    async def pass_through(
        self,
        names: tuple[str, ...],
        weight: int,
        priority: int,
        longest: float = _FOREVER,
        wait: Wait = bare,
    ) -> None:
        """Return when the call may go; its segments are then taken from all its lanes.

        Raises:
            WaitTooLong: the lanes will not be free within *longest* seconds.
        """
        if not self.pass_at_once(names, weight):
            key = tuple(name for name in names if name in self._lanes)
            await self._stand_in_line(key, weight, priority, longest, wait)

    def pass_at_once(self, names: tuple[str, ...], weight: int) -> bool:
        """Take the call's segments if it need not wait; says whether it did."""
        now = self._clock.monotonic()
        if self._lines or self._account.free > now:
            return False
        lanes = [self._lanes[name] for name in names if name in self._lanes] if self._lanes else ()
        for lane in lanes:
            if lane.free > now:
                return False
        self._account.take(weight, now)
        for lane in lanes:
            lane.take(weight, now)
        return True

    async def _stand_in_line(
        self, key: tuple[str, ...], weight: int, priority: int, longest: float, wait: Wait
    ) -> None:
        line = self._lines.get(key)
        if line is None:
            line = self._lines[key] = _Line(tuple(self._lanes[name] for name in key))
        if longest < _FOREVER and self._expected(line, priority) > longest:
            self._tidy(key, line)
            raise WaitTooLong("the rate limits leave no room for this message in time")
        future = asyncio.get_running_loop().create_future()
        self._arrivals += 1
        first = line.first() is None  # else the timer is set for those who wait already
        heappush(line.waiters, _Waiter(future, (priority, self._arrivals), weight))
        line.ahead[priority] += weight
        try:
            if first:
                self._release()
            await wait(future)
        except BaseException:
            if granted(future):
                self.give_back(key, weight)
            raise
        finally:
            line.ahead[priority] -= weight
            future.cancel()
            self._tidy(key, line)

    def _tidy(self, key: tuple[str, ...], line: _Line) -> None:
        if line.first() is None and self._lines.get(key) is line:
            del self._lines[key]

    def _expected(self, line: _Line, priority: int) -> float:
        now = self._clock.monotonic()
        everyone = sum(sum(other.ahead[: priority + 1]) for other in self._lines.values())
        waits = [self._account.wait(everyone, now)]
        for lane in line.lanes:
            same = (o for o in self._lines.values() if lane in o.lanes)
            waits.append(lane.wait(sum(sum(o.ahead[: priority + 1]) for o in same), now))
        return max(waits)

    def _release(self) -> None:
        """Let go every waiter whose lanes are free, then set the timer for the next."""
        now = self._clock.monotonic()
        while self._account.free <= now:
            ready = [
                (first, line)
                for line in self._lines.values()
                if line.due() <= now and (first := line.first()) is not None
            ]
            if not ready:
                break
            waiter, line = min(ready, key=lambda pair: pair[0])
            self._account.take(waiter.weight, now)
            for lane in line.lanes:
                lane.take(waiter.weight, now)
            waiter.future.set_result(None)
        self._set_timer(now)

    def _set_timer(self, now: float) -> None:
        dues = [line.due() for line in self._lines.values() if line.first() is not None]
        due = max(min(dues), self._account.free) if dues else _FOREVER
        if self._timer is not None and (due >= self._timer_due or due == _FOREVER):
            return
        if self._timer is not None:
            self._timer.cancel()
            self._timer, self._timer_due = None, _FOREVER
        if due < _FOREVER:
            self._timer_due = due
            self._timer = self._clock.call_later(due - now, self._ring)

    def _ring(self) -> None:
        self._timer, self._timer_due = None, _FOREVER
        self._release()
