"""One lane: a token bucket without a bucket, kept as one number (GCRA).

A lane of rate *r* lets one segment go every ``1/r`` seconds. All it remembers is `free`, the time
from which the next segment may go. A call of weight *w* that goes moves it on by ``w/r``. Nothing
is saved up while nobody sends, so there is no burst after a pause; but timers fire late, and a
lane that forgot the delay would never attain its rate. So it may catch up to `SLACK` seconds:
in the fullest second of all, ``rate * (1 + SLACK) + 1`` segments go.

Twilio's own limits are kinder (a sender's queue takes ten hours of its rate), so a lane is stricter
than reality. It is weaker where the same sender is used by another process.

A lane slows down when Twilio says "too fast" (63017, 63018): to 0.7 of its rate, at most once a
second; then it speeds up by 5 % of its rate a second until it is back. A rate more than twice of
what was really let go is cut to that first: 0.7 of a rate that nobody attains slows nothing.
"""

from __future__ import annotations

SLACK = 0.004
"""Seconds that a late timer may catch up."""

_CUT = 0.7
_GROWTH = 1.05
_FLOOR = 0.01


class Lane:
    """A rate limit in segments per second."""

    __slots__ = (
        "_changed",
        "_counted",
        "_counting_since",
        "_cut_at",
        "_first",
        "_last",
        "_newest",
        "free",
        "full",
        "rate",
        "taken",
    )

    def __init__(self, rate: float, now: float) -> None:
        self.full: float = rate
        self.rate: float = rate
        self.free: float = now - SLACK
        self._changed = self._cut_at = now - 1.0
        self._counting_since = now
        self._counted = 0.0
        self._last = 0.0
        self._first: float | None = None
        self._newest = (now, 0)
        self.taken: int = 0

    @property
    def attained(self) -> float:
        """Segments a second between the first and the last that were let go."""
        newest, weight = self._newest
        span = 0.0 if self._first is None else newest - self._first
        return max(0.0, self.taken - weight) / span if span > 0 else 0.0

    def __repr__(self) -> str:
        slowed = f" of {self.full:g}" if self.rate < self.full else ""
        return f"<Lane {self.rate:g}{slowed} segments/s>"

    def take(self, weight: int, now: float) -> None:
        """Let *weight* segments go now. The caller has seen that `free` is not after *now*."""
        if self.rate < self.full:
            self._recover(now)
        if now - self._counting_since >= 1.0:
            self._next_second(now)
        if self._first is None:
            self._first = now
        self._counted += weight
        self._newest = (now, weight)
        self.taken += weight
        self.free = max(self.free, now - SLACK) + weight / self.rate

    def give_back(self, weight: int) -> None:
        """Segments that were taken and did not go."""
        self.free -= weight / self.rate
        self._counted -= weight
        self.taken -= weight

    def wait(self, ahead: float, now: float) -> float:
        """Seconds until a call behind *ahead* queued segments may go."""
        return max(0.0, self.free - now) + ahead / self.rate

    def slow_down(self, now: float) -> None:
        """Twilio said "too fast": cut the rate, at most once a second."""
        if now - self._cut_at < 1.0:
            return
        if now - self._counting_since >= 1.0:
            self._next_second(now)
        so_far = self._counted / max(now - self._counting_since, 1e-3)
        seen = max(self._last, so_far) or self.rate
        self.rate = max(_FLOOR, _CUT * min(self.rate, 2 * seen))
        self._changed = self._cut_at = now

    def set_rate(self, rate: float, now: float) -> None:
        """A new full rate, from now on: what went before is waited for at the new one too."""
        if self.free > now:
            self.free = now + (self.free - now) * self.rate / rate
        self.full = self.rate = rate

    def _recover(self, now: float) -> None:
        steps = int(now - self._changed)
        if steps:
            self.rate = min(self.full, self.rate * _GROWTH**steps)
            self._changed += steps

    def _next_second(self, now: float) -> None:
        """Segments are counted anew, those of the second before remembered."""
        passed = now - self._counting_since
        self._last = self._counted / passed if passed < 2.0 else 0.0
        self._counting_since, self._counted = now, 0.0
