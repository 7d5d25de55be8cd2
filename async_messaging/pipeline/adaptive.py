"""How many calls may be in flight: Twilio's limit is on concurrent requests, and unpublished.

So it is found: the limit starts at 32 and grows by one a round trip while it is in use. A 429 cuts
it to 0.7 of the calls that were in flight (of Twilio's own count, where the answer names it), at
most once a round trip: a whole volley of 429s from the same moment is one sign, not many. The
floor is 1, the ceiling the connection bound.
"""

from __future__ import annotations

import asyncio
import copy
from heapq import heappop, heappush

from .stop import Wait, bare, granted

_START = 32
_CUT = 0.7


class InFlight:
    """A limit on calls in flight that adapts to 429s."""

    def __init__(self, ceiling: int, fixed: int | None = None) -> None:
        self._ceiling = ceiling
        self._fixed = fixed is not None
        self._limit = float(fixed if fixed is not None else min(_START, ceiling))
        self._waiters: list[tuple[int, int, asyncio.Future[None]]] = []
        self._arrivals = 0
        self._last_cut = float("-inf")
        self.count: int = 0

    def __repr__(self) -> str:
        return f"<InFlight {self.count} of {self.limit}>"

    @property
    def limit(self) -> int:
        """Calls that may be in flight now."""
        return int(self._limit)

    @property
    def waiting(self) -> int:
        """Calls that wait for a place."""
        return sum(not future.done() for _, _, future in self._waiters)

    @property
    def has_room(self) -> bool:
        """Whether a call may go at once."""
        return not self._waiters and self.count < int(self._limit)

    async def enter(self, priority: int, wait: Wait = bare) -> None:
        """Return when there is a place; `leave` gives it back."""
        if self.has_room:
            self.count += 1
            return
        future = asyncio.get_running_loop().create_future()
        self._arrivals += 1
        heappush(self._waiters, (priority, self._arrivals, future))
        self._wake()
        try:
            await wait(future)
        except BaseException:
            if granted(future):
                self.leave()
            future.cancel()
            self._wake()
            raise

    def leave(self) -> None:
        """A call has ended. One of a loop that was left meanwhile is not counted any more."""
        if self.count:
            self.count -= 1
        if self._waiters:
            self._wake()

    def _wake(self) -> None:
        while self._waiters and (self.count < self.limit or self._waiters[0][2].done()):
            _, _, future = heappop(self._waiters)
            if not future.done():
                self.count += 1
                future.set_result(None)

    def answered(self) -> None:
        """A call was answered: grow by one a round trip while the limit is in use."""
        limit = self._limit
        if limit < self._ceiling and self.count >= int(limit) and not self._fixed:
            self._limit = min(self._ceiling, limit + 1.0 / limit)
            self._wake()

    def throttled(self, sent_at: float, now: float, reported: int | None) -> None:
        """A call was answered 429."""
        if self._fixed or sent_at < self._last_cut:
            return
        seen = self.count if reported is None else min(self.count, reported)
        self._limit = max(1.0, min(self._limit, _CUT * seen))
        self._last_cut = now

    def anew(self) -> InFlight:
        """The same limit, with no calls and nobody waiting: for another loop."""
        fresh = copy.copy(self)
        fresh._waiters, fresh.count = [], 0  # noqa: SLF001 - of its own class
        return fresh
