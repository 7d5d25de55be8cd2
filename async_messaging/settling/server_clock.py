"""Twilio's clock, as far as its answers tell.

An answer that was asked for at *m0* and came at *m1*, both by our monotonic clock, and that carries
``Date: D`` in whole seconds, says that Twilio's clock stands between ``D - m1`` and ``D + 1 - m0``
ahead of ours. What several answers say is intersected. Both clocks drift: bounds widen by 200 ppm of
their age. While the machine sleeps the monotonic clock stands still; then the bounds are thrown away,
as they are when an answer contradicts them. The time since the machine was started shows a sleep; a
virtual machine that was stopped from outside is shown by its wall clock alone, once that is set right.
Neither decides anything else. An answer that was under way meanwhile says nothing: it may be dated
before the sleep.

A message's `date_created` may come from another clock than `Date`. Each creation that is answered
shows by how much they differ at least; beyond two seconds that is added to what is allowed for.
"""

from __future__ import annotations

from ..clock import Clock
from ..codec.dates import parse_date

ALLOWANCE = 2.0
"""Seconds by which `date_created` and `Date` may differ without anybody having seen it."""

_DRIFT = 200e-6
_WHOLE_SECOND = 1.0
_OFTEN = 0.47
"""Seconds; no part of a whole one, so that what is read falls now early, now late into a second."""
_SLEPT = 1.0
"""Seconds that another clock may go on beyond the monotonic one before the bounds are dropped."""


class ServerClock:
    """Bounds of Twilio's clock. No method but the ones that read raises or waits.

    Attributes:
        allowance: by how many seconds `date_created` may differ from `Date`.
        knows_until: until when, by our monotonic clock, another answer's ``Date`` would say no more
            than the last: a thousand a second say no more than a few.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.allowance: float = ALLOWANCE
        self.knows_until: float = float("-inf")
        self._bounds: tuple[float, float] | None = None
        self._at = 0.0
        self._since = float("-inf")
        now = clock.monotonic()
        self._booted: float = clock.boottime() - now
        self._wall: float = clock.time() - now
        self._text: str | None = None
        self._date = 0.0

    def __repr__(self) -> str:
        found = self.bounds(self._clock.monotonic())
        return f"<ServerClock {'unknown' if found is None else f'+-{(found[1] - found[0]) / 2:.3f} s'}>"

    def saw(self, date: str, m0: float, m1: float) -> None:
        """Learn from an answer's ``Date``, from its request's begin and its coming; what can't be read teaches nothing."""
        if date != self._text:
            try:
                self._date = parse_date(date).timestamp()
            except (ValueError, OverflowError):
                return
            self._text = date
        self._look_for_a_sleep()
        if m0 < self._since:
            return
        found = self._date - m1, self._date + _WHOLE_SECOND - m0
        if self._bounds is not None:
            low, high = self._aged(m1)
            found = max(low, found[0]), min(high, found[1])
            if found[0] > found[1]:  # one of them is wrong
                self._bounds, self._since, self.knows_until = None, m1, m1
                return
        self._bounds, self._at, self.knows_until = found, m1, m1 + _OFTEN

    def bounds(self, m: float) -> tuple[float, float] | None:
        """Twilio's time at a moment of our monotonic clock: at least, at most; None if not known.

        The moment may lie before the first answer, or be still to come, but not before a sleep.
        """
        self._look_for_a_sleep()
        if self._bounds is None or m < self._since:
            return None
        low, high = self._aged(m)
        return m + low, m + high

    def _look_for_a_sleep(self) -> None:
        now = self._clock.monotonic()
        booted, wall = self._clock.boottime() - now, self._clock.time() - now
        # Both are asked: a wall clock that is set back by as much as the machine slept shows nothing.
        if abs(booted - self._booted) > _SLEPT or abs(wall - self._wall) > _SLEPT:
            self._bounds, self._since, self.knows_until = None, now, now
            self._booted, self._wall = booted, wall

    def now_low(self) -> float | None:
        """Twilio's time now, at least."""
        found = self.bounds(self._clock.monotonic())
        return None if found is None else found[0]

    def now_high(self) -> float | None:
        """Twilio's time now, at most."""
        found = self.bounds(self._clock.monotonic())
        return None if found is None else found[1]

    def created(self, date: float, m0: float, m1: float) -> None:
        """Learn from a message's `date_created`, from the begin and end of its creation, how far the list's clock is from ``Date``."""
        first, last = self.bounds(m0), self.bounds(m1)
        if first is not None and last is not None:
            off = max(first[0] - _WHOLE_SECOND - date, date - last[1])
            if off > ALLOWANCE:
                self.allowance = max(self.allowance, ALLOWANCE + off)

    def _aged(self, m: float) -> tuple[float, float]:
        """The bounds, as wide as they have become."""
        low, high = self._bounds or (0.0, 0.0)
        aged = _DRIFT * abs(m - self._at)
        return low - aged, high + aged
