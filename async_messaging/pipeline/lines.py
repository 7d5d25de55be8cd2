"""Who waits before the lanes: callers in lines, lines before gates.

A line is the callers that need the same lanes, in the order in which they go. A gate is one lane and
the lines before it. A line waits before one gate only, the one that is free last: until then it can't
go anyway. So whoever lets callers go looks at the gates that are free by now, and at the first line
of each; how many others wait elsewhere costs nothing.

Heaps are mended when they are read: an entry that is outdated, because its caller has left or its
line moved on, is dropped or replaced as it comes to the top.
"""

from __future__ import annotations

import asyncio
from heapq import heappop, heappush, heapreplace
from typing import TypeAlias

from .limiter import Lane

Order: TypeAlias = tuple[int, int]
"""Priority and arrival: what is smaller goes first. No two callers have the same."""

_FOREVER = float("inf")


class Waiter:
    """A caller that waits."""

    __slots__ = ("future", "order", "weight")

    def __init__(self, future: asyncio.Future[None], order: Order, weight: int) -> None:
        self.future: asyncio.Future[None] = future
        self.order: Order = order
        self.weight: int = weight

    def __lt__(self, other: Waiter) -> bool:
        return self.order < other.order


class Line:
    """Callers that need the same lanes, as a heap; entries of a gate from before its last move are outdated."""

    __slots__ = ("gates", "moves", "waiters")

    def __init__(self, gates: tuple[Gate, ...]) -> None:
        self.gates: tuple[Gate, ...] = gates
        self.waiters: list[Waiter] = []
        self.moves: int = 0

    def first(self) -> Waiter | None:
        """Who goes next; None where nobody waits."""
        waiters = self.waiters
        while waiters and waiters[0].future.done():
            heappop(waiters)
        return waiters[0] if waiters else None

    def move(self, order: Order) -> Gate:
        """Wait before the gate that is free last; *order* is the first caller's."""
        gate = max(self.gates, key=_free)
        self.moves += 1
        heappush(gate.lines, (order, self.moves, self))
        return gate

    def go(self, now: float) -> bool:
        """Let the first caller go, if all gates are free."""
        waiter = self.first()
        if waiter is None or any(gate.lane.free > now for gate in self.gates):
            return False
        for gate in self.gates:
            gate.lane.take(waiter.weight, now)
        waiter.future.set_result(None)
        return True


class Gate:
    """A lane, and a heap of the lines that wait before it, by their first callers.

    Attributes:
        ahead: segments of all who will pass it, by priority.
        due: when it is looked at next; infinity where nobody waits.
    """

    __slots__ = ("ahead", "due", "lane", "lines", "number")

    def __init__(self, lane: Lane, number: int) -> None:
        self.lane: Lane = lane
        self.number: int = number
        self.lines: list[tuple[Order, int, Line]] = []
        self.ahead: list[int] = [0, 0, 0]
        self.due: float = _FOREVER

    def first(self) -> tuple[Order, Line] | None:
        """The line whose first caller goes first, and its order; None where nobody waits."""
        while self.lines:
            order, moves, line = self.lines[0]
            waiter = line.first()
            if waiter is None or moves != line.moves:
                heappop(self.lines)
            elif waiter.order != order:
                heapreplace(self.lines, (waiter.order, moves, line))
            else:
                return order, line
        return None


def _free(gate: Gate) -> float:
    return gate.lane.free
