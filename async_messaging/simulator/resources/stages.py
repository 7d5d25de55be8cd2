"""What goes from status to status by itself: reviews of brands, campaigns, numbers and senders.

Nothing runs in the background. The status is computed from when something was handed in and how late it is now, so it
survives a restart; the simulator's `speed` divides the delays.

Where an input has a text, that text can wish for an outcome: `simulate FAILED`, or `simulate TWILIO_REJECTED 30484`
with the code of the reason. Each module says which wishes it knows; another is passed over.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import msgspec

from async_messaging.simulator.exchange import Exchange
from async_messaging.simulator.records import Record

_WISH = re.compile(r"\bsimulate ([A-Z_]+)(?: ([0-9]{5}))?", re.ASCII)


class Stage(msgspec.Struct, frozen=True):
    """A status, and the seconds after which it is reached."""

    status: str
    after: float = 0.0


class Reached(msgspec.Struct, frozen=True):
    """The status at one time, and since when."""

    status: str
    since: float


class Wish(msgspec.Struct, frozen=True):
    """What a text asks for: an outcome, and the code of its reason or 0."""

    status: str = ""
    code: int = 0


def reached(exchange: Exchange, begun: float, stages: Sequence[Stage]) -> Reached:
    """Which stage something is at now that was handed in at `begun`; the first has no delay."""
    speed = exchange.world.conditions.speed
    past = [stage for stage in stages if begun + stage.after / speed <= exchange.now]
    last = past[-1] if past else stages[0]
    return Reached(last.status, begun + last.after / speed)


def wish(text: str) -> Wish:
    """The outcome that a text wishes for."""
    match = _WISH.search(text)
    return Wish(match[1], int(match[2] or 0)) if match else Wish()


def handed_in(record: Record) -> float:
    """When a record was last handed in for review."""
    begun = record.time("submitted")
    return record.created if begun is None else begun
