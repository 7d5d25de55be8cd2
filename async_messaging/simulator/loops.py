"""Twilio's guard against replies that answer each other: of too many between two numbers, further ones fail with 14107.

Counted are replies by TwiML from one number to another, each within 30 seconds of the one before. What comes after the
30th fails, free of charge, for 30 seconds; then counting begins again.
Source: Twilio's error dictionary, 14107 (older versions of the page say 15 or 20 instead of 30).
"""

from __future__ import annotations

MOST = 30
WITHIN = 30.0

_REMEMBERED = 10_000


class Loops:
    """Who has replied to whom lately."""

    __slots__ = ("_pairs",)

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
