"""Which row goes next: rows in the file's order, those that were put back before them.

A sender whose queue is full (21611) is parked for minutes, and its rows are set aside meanwhile:
they stay READY in the ledger and in memory here. The time doubles with each further refusal, up to
ten minutes, and is forgotten with the sender's next accepted message.
"""

from __future__ import annotations

from collections import deque

from ..clock import Clock
from .ledger import GROUP, Ledger
from .rows import Row

_PARKED = 120.0
_PARKED_LONGEST = 600.0
_ASIDE = 20_000


class _Place:
    """A parked sender."""

    def __init__(self) -> None:
        self.span = 0.0
        self.until = 0.0
        self.aside: deque[Row] = deque()


class Feed:
    """Gives the rows of a ledger that may be sent now."""

    def __init__(self, ledger: Ledger, clock: Clock) -> None:
        self._ledger = ledger
        self._clock = clock
        self._rows: deque[Row] = deque()
        self._after = 0
        self._read_all = False
        self._places: dict[str, _Place] = {}
        self._back: set[int] = set()

    @property
    def at_hand(self) -> bool:
        """Whether a row is there without asking the ledger."""
        return bool(self._rows)

    @property
    def aside(self) -> int:
        """Rows set aside because their sender is parked."""
        return sum(len(place.aside) for place in self._places.values())

    def take(self) -> Row:
        """The next row; one is `at_hand`."""
        return self._rows.popleft()

    def done(self, row: Row) -> None:
        """A row that was taken has an outcome, or is left as it was; not if it was set aside."""
        self._back.discard(row.row)

    async def fill(self) -> bool:
        """Ask the ledger for rows; whether there are any that may go now."""
        now = self._clock.time()
        self._bring_back(now)
        if not self._rows:
            # Rows that were given out, or are set aside, are due in the ledger until they go.
            found = await self._ledger.due(now, GROUP + len(self._back))
            new = [row for row in found if row.row not in self._back]
            self._rows.extend(new)
            self._back.update(row.row for row in new)
        if not self._rows and not self._read_all and self.aside < _ASIDE:
            found = await self._ledger.ready(self._after, GROUP)
            self._rows.extend(found)
            self._read_all = not found
            self._after = found[-1].row if found else self._after
        return bool(self._rows)

    def park(self, sender: str) -> float:
        """This sender's queue is full; give the time until which it sends nothing."""
        place = self._places.setdefault(sender, _Place())
        now = self._clock.time()
        if place.until <= now:  # else: one of those that were under way together
            place.span = min(_PARKED_LONGEST, place.span * 2 or _PARKED)
            place.until = now + place.span
        return place.until

    def unpark(self, sender: str) -> None:
        """This sender's message was accepted."""
        place = self._places.get(sender) if self._places else None
        if place is not None and not place.aside and place.until <= self._clock.time():
            del self._places[sender]

    def set_aside(self, sender: str, row: Row) -> bool:
        """Keep the row until its sender may send again; whether that is needed."""
        place = self._places.get(sender)
        if place is None or place.until <= self._clock.time():
            return False
        place.aside.append(row)
        return True

    def parked(self) -> list[str]:
        """The senders that are parked."""
        now = self._clock.time()
        return [sender for sender, place in self._places.items() if place.until > now]

    def next_at(self) -> float | None:
        """When a parked sender that has rows may send again."""
        return min((p.until for p in self._places.values() if p.aside), default=None)

    def _bring_back(self, now: float) -> None:
        for place in self._places.values():
            if place.aside and place.until <= now:
                self._rows.extend(place.aside)
                place.aside.clear()
