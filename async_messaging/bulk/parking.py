"""Drafts that wait for their sender's rate, without holding a worker.

A worker that stands in line for a slow sender sends nobody else's messages meanwhile, and a few such
senders would hold them all. So a draft is given to a worker shortly before its turn and not earlier;
until then it is parked, in a queue for each set of lanes, and the workers go on with others.

The turns are reckoned as the lanes do it: one after another, each as far from the one before as its
segments take, and none before the lanes are free. A turn is a guess of when to stand in line, never
leave to go: that is the lanes' alone.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from heapq import heappop, heappush
from typing import TypeAlias

import msgspec

from ..clock import Clock, Timer
from ..errors import InvalidInput
from ..models import MessageDraft

MOST = 1024
"""Drafts that are parked at most; then no more are taken until one goes."""

_AHEAD = 0.02
"""Seconds before its turn at which a draft is given to a worker."""

Lanes: TypeAlias = tuple[str, ...]

Outlook: TypeAlias = Callable[[Lanes], tuple[float, float] | None]
"""Seconds until these lanes are free, and what a segment takes in them; None without such lanes."""


class Taken(msgspec.Struct, frozen=True, gc=False):
    """One draft that the source has given, at its index from 0, its row from 1.

    Attributes:
        to: the recipient as the source had it; empty where only the draft tells.
        item: what is to be sent, or why it can't be.
    """

    index: int
    row: int
    to: str
    item: MessageDraft | InvalidInput


class Parking:
    """The parked drafts of one bulk send."""

    def __init__(self, outlook: Outlook, clock: Clock, rings: Callable[[], None]) -> None:
        self._outlook = outlook
        self._clock = clock
        self._rings = rings
        self.count: int = 0
        self._queues: dict[Lanes, deque[Taken]] = {}
        self._next: dict[Lanes, float] = {}
        self._dues: list[tuple[float, Lanes]] = []
        self._timer: Timer | None = None
        self._timer_due = 0.0

    def goes(self, taken: Taken) -> bool:
        """Whether a worker may have it now; else it is parked."""
        draft = taken.item
        if not isinstance(draft, MessageDraft):
            return True
        lanes = draft.lanes
        if (outlook := self._outlook(lanes)) is None:
            return True
        queue = self._queues.get(lanes)
        if queue is None:
            now = self._clock.monotonic()
            turn = max(self._next.get(lanes, 0.0), now + outlook[0])
            if turn - _AHEAD <= now:
                self._promise(lanes, turn + draft.weight * outlook[1], now)
                return True
            queue = self._queues[lanes] = deque()
            heappush(self._dues, (turn - _AHEAD, lanes))
        queue.append(taken)
        self.count += 1
        self._set_timer()
        return False

    def due(self) -> Taken | None:
        """The next draft whose turn has nearly come."""
        now = self._clock.monotonic()
        while self._dues and self._dues[0][0] <= now:
            _, lanes = heappop(self._dues)
            wait, pace = self._outlook(lanes) or (0.0, 0.0)
            turn = max(self._next.get(lanes, 0.0), now + wait)
            if turn - _AHEAD > now:  # others used the lanes meanwhile
                heappush(self._dues, (turn - _AHEAD, lanes))
                continue
            queue = self._queues[lanes]
            taken = queue.popleft()
            self.count -= 1
            assert isinstance(taken.item, MessageDraft)
            self._promise(lanes, turn + taken.item.weight * pace, now)
            if queue:
                heappush(self._dues, (self._next[lanes] - _AHEAD, lanes))
            else:
                del self._queues[lanes]
            self._set_timer()
            return taken
        self._set_timer()
        return None

    def clear(self) -> Iterator[Taken]:
        """All of them, in the source's order; nothing is parked afterwards."""
        parked = [taken for queue in self._queues.values() for taken in queue]
        self._queues.clear()
        self._dues.clear()
        self.count = 0
        self._set_timer()
        return iter(sorted(parked, key=lambda taken: taken.index))

    def _promise(self, lanes: Lanes, following: float, now: float) -> None:
        """The turn after the one that was just given."""
        self._next[lanes] = following
        if len(self._next) > 2 * MOST + len(self._queues):
            self._next = {key: turn for key, turn in self._next.items() if turn > now}

    def _set_timer(self) -> None:
        due = self._dues[0][0] if self._dues else None
        if self._timer is not None and due != self._timer_due:
            self._timer.cancel()
            self._timer = None
        if self._timer is None and due is not None:
            self._timer_due = due
            self._timer = self._clock.call_later(due - self._clock.monotonic(), self._ring)

    def _ring(self) -> None:
        self._timer = None
        self._rings()
