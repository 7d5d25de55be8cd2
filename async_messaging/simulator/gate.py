"""What Twilio refuses before it looks at a request: too many calls in flight, too many messages a second."""

from __future__ import annotations


class MessageRate:
    """A token bucket over POST Messages: `rate` requests a second, a tenth of a second's worth at once."""

    __slots__ = ("_burst", "_rate", "_then", "_tokens")

    def __init__(self, rate: float) -> None:
        if rate <= 0:
            raise ValueError("rate must be above 0 requests a second")
        self._rate = rate
        self._burst = max(1.0, rate / 10)
        self._tokens = self._burst
        self._then = 0.0

    def admits(self, now: float) -> bool:
        """Takes a token if there is one at `now` (seconds)."""
        grown = max(0.0, now - self._then) * self._rate
        self._tokens = min(self._burst, self._tokens + grown)
        self._then = now
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True
