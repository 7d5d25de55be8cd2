"""The deadlines of calls, by a `Clock`, and with one timer for all.

Nearly every call ends long before its deadline, so a timer for each is set in vain. Calls of the
same length end in the order in which they began: the first of them is all that a timer must watch.

A call has two: the moment by which its request must be written, and the one by which all must have
ended. An answer that came in the same moment wins: what was received is read in a few turns of the
loop, which the second deadline lets pass.
"""

from __future__ import annotations

import asyncio

from ..clock import Clock, Timer
from .stop import Caller

_FOREVER = float("inf")
_TURNS = 4
"""Turns of the loop from a socket's bytes to the answer, at most: aiohttp's parser, its reader, our task."""


class Deadlines:
    """The deadlines of all calls under way."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.lines: dict[float, dict[Caller, None]] = {}
        self._timer: Timer | None = None
        self._due = _FOREVER

    def watch(self, caller: Caller, seconds: float) -> None:
        """Let the caller's time be over so many seconds after it began."""
        if caller.seconds != seconds:
            caller.seconds = seconds
        line = self.lines.get(seconds)
        if line is None:
            self.lines[seconds] = {caller: None}
        else:
            line[caller] = None
        due = caller.started + seconds
        if due < self._due:
            self._set_timer(due)

    def leave(self, caller: Caller) -> None:
        """The caller waits no longer. The timer stays: the next call most likely needs none earlier."""
        line = self.lines.get(caller.seconds)
        if line is not None:
            line.pop(caller, None)
            if not line:
                del self.lines[caller.seconds]

    def forget(self) -> None:
        """Drop all, as when their loop is gone."""
        if self._timer is not None:
            self._timer.cancel()
        self.lines.clear()
        self._timer, self._due = None, _FOREVER

    def _set_timer(self, due: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._due = due
        self._timer = self._clock.call_later(due - self._clock.monotonic(), self._ring)

    def _ring(self) -> None:
        self._timer, self._due = None, _FOREVER
        now = self._clock.monotonic()
        answered: list[Caller] = []
        for seconds, line in list(self.lines.items()):
            while line and (first := next(iter(line))).started + seconds <= now:
                del line[first]
                if not first.on_the_wire:
                    first.expire()
                elif seconds < first.ends_in and now < first.started + first.ends_in:
                    self.watch(first, first.ends_in)
                else:
                    answered.append(first)
            if not line:
                del self.lines[seconds]
        if answered:
            self._let_pass(answered, _TURNS)
        if self.lines:
            self._set_timer(min(next(iter(line)).started + s for s, line in self.lines.items()))

    def _let_pass(self, callers: list[Caller], turns: int) -> None:
        if turns:
            asyncio.get_running_loop().call_soon(self._let_pass, callers, turns - 1)
            return
        for caller in callers:
            caller.expire()
