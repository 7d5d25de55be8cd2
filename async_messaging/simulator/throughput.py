"""Per-sender throughput: each configured sender lets so many segments a second go and queues the rest, 10 hours deep.

Twilio's unit is the segment. A sender without a rate has no queue. `"*"` gives the rate of every sender not named.
Scheduled messages join it when their time comes (see `departures`).
"""

from __future__ import annotations

from collections.abc import Mapping

TEN_HOURS = 36_000.0


class SenderQueues:
    """When each sender's queue will be empty, in the clock's seconds."""

    __slots__ = ("_depth", "_free_at", "_rates")

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
