"""How much goes through: senders' queues, messages a second, replies that answer each other.

Each configured sender lets so many segments a second go and queues the rest, 10 hours deep.

Twilio's unit is the segment. A sender without a rate has no queue. `"*"` gives the rate of every sender not named.
Scheduled messages join it when their time comes (see `departures`).
"""

from __future__ import annotations

from collections.abc import Mapping

TEN_HOURS = 36_000.0
MOST = 30
WITHIN = 30.0

_REMEMBERED = 10_000


class SenderQueues:
    """When each sender's queue will be empty, in the clock's seconds."""

    def __init__(self, rates: Mapping[str, float], depth: float = TEN_HOURS) -> None:
        if any(rate <= 0 for rate in rates.values()):
            raise ValueError("throughput: a rate must be above 0 segments a second")
        self._rates = dict(rates)
        self._depth = depth
        self._free_at: dict[str, float] = {}

    def resume(self, sender: str, segments: int, begins: float) -> None:
        """Takes a message into account that an earlier simulator has queued; it leaves the queue from `begins` on."""
        rate = self._rates.get(sender) or self._rates.get("*")
        if rate is not None:
            self._free_at[sender] = max(self._free_at.get(sender, 0.0), begins + segments / rate)

    def reserve(self, sender: str, segments: int, now: float) -> float | None:
        """Queues a message: seconds it has to wait, or None when the queue is full and takes nothing."""
        rate = self._rates.get(sender) or self._rates.get("*")
        if rate is None:
            return 0.0
        wait = max(0.0, self._free_at.get(sender, now) - now)
        taken = segments / rate
        if wait + taken > self._depth:
            return None
        self._free_at[sender] = now + wait + taken
        return wait


class MessageRate:
    """A token bucket over POST Messages: `rate` requests a second, a tenth of a second's worth at once."""

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


class Loops:
    """Twilio's guard against replies that answer each other: of too many between two numbers, further ones fail with 14107.

    Counted are replies by TwiML from one number to another, each within 30 seconds of the one before. What comes after
    the 30th fails, free of charge, for 30 seconds; then counting begins again.
    Source: Twilio's error dictionary, 14107 (older versions of the page say 15 or 20 instead of 30).
    """

    def __init__(self) -> None:
        self._pairs: dict[tuple[str, str], tuple[int, float]] = {}

    def __len__(self) -> int:
        """How many pairs of numbers it remembers."""
        return len(self._pairs)

    def stops(self, sender: str, to: str, now: float) -> bool:
        """Counts a reply; whether it is one too many."""
        # Put in again, so that the oldest stand first.
        count, last = self._pairs.pop((sender, to), (0, now))
        if now - last >= WITHIN:
            count = 0
        count += 1
        # A reply that was stopped is no reply: the time of the last one that went stays.
        self._pairs[sender, to] = (count, last if count > MOST + 1 else now)
        if len(self._pairs) > _REMEMBERED:
            del self._pairs[next(iter(self._pairs))]
        return count > MOST
