"""A campaign's figures as its displays need them, from a run or from the file."""

from __future__ import annotations

from collections import deque

import msgspec

from ..campaigns.delivery import Delivery
from ..campaigns.reading import LedgerView
from ..campaigns.rows import Counts, Facts, Reason
from ..campaigns.run import Figures
from ..codec.codes import facts_of
from .tally import Meter

_NOTE_STAYS = 10.0
_MANY = 1_000_000


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """Rows of a campaign by what is known of them; together they are all rows. `in_flight`: calls under way."""

    accepted: int = 0
    refused: int = 0
    skipped: int = 0
    being_checked: int = 0
    held: int = 0
    in_flight: int = 0
    to_go: int = 0

    @classmethod
    def of(cls, counts: Counts, *, running: bool) -> Standing:
        """What the counts mean; an attempt of a run that is gone has to be checked."""
        return cls(
            accepted=counts.accepted,
            refused=counts.rejected,
            skipped=counts.skipped,
            being_checked=counts.unknown + (0 if running else counts.intent),
            held=counts.held,
            in_flight=counts.intent if running else 0,
            to_go=counts.ready,
        )

    @classmethod
    def of_run(cls, figures: Figures) -> Standing:
        """What a run's own counts mean."""
        names = Counts.__struct_fields__
        counts = Counts(**{name: max(0, figures.counts[name.upper()]) for name in names})  # type: ignore[index]  # states in capitals
        return cls.of(counts, running=True)

    @property
    def total(self) -> int:
        """All rows."""
        return sum(getattr(self, name) for name in self.__struct_fields__)

    @property
    def open(self) -> int:
        """Rows that a run has something to do for."""
        return self.being_checked + self.in_flight + self.to_go

    @property
    def done(self) -> int:
        """Rows that a run has nothing to do for."""
        return self.total - self.open

    @property
    def figures(self) -> dict[str, int | None]:
        """As displays show them, by name."""
        names = ("accepted", "refused", "being_checked", "held", "skipped", "to_go")
        return {name.replace("_", " "): getattr(self, name) for name in names}


class Pace:
    """How fast a campaign goes, and how long that will take."""

    def __init__(self) -> None:
        self._meter = Meter()
        self._begun: tuple[float, int] | None = None

    def read(self, now: float, segments: int, to_go: int) -> tuple[float, float | None]:
        """Segments a second, and seconds to go: after so many segments, on a monotonic clock."""
        rate = max(0.0, self._meter.read(now, segments))
        if self._begun is None or to_go > self._begun[1]:
            self._begun = now, to_go
        since, before = self._begun
        gone = before - to_go
        if now - since < 1.0 or gone <= 0 or not to_go:
            return rate, None
        return rate, to_go * (now - since) / gone


def note_of(figures: Figures, said: deque[tuple[float, str]], now: float, settling: float) -> str:
    """What is worth knowing now, in a sentence; *said* has the run's last ones with their times, *settling* takes seconds at least."""
    if figures.failing:
        return "Twilio is failing: rows wait until it answers again"
    if said and now - said[-1][0] < _NOTE_STAYS:
        return said[-1][1]
    if figures.parked:
        whose = "a sender's queue is" if figures.parked == 1 else f"{figures.parked} queues are"
        return f"{whose} full at Twilio: those rows wait"
    if unknown := figures.counts["UNKNOWN"]:
        rows = "1 unknown row" if unknown == 1 else f"{unknown:,} unknown rows"
        return f"settling {rows} by Twilio's list; that takes {span_text(settling)} or more"
    return ""


def span_text(seconds: float) -> str:
    """A span of time in words: ``3 minutes``."""
    for unit, size in (("day", 86_400), ("hour", 3_600), ("minute", 60)):
        if seconds >= size:
            count = round(seconds / size)
            return f"{count} {unit}" if count == 1 else f"{count} {unit}s"
    return f"{seconds:.0f} s" if seconds >= 1 else "a moment"


def delivery_line(facts: Facts, found: Delivery) -> str:
    """What Twilio said of accepted messages since, in a line."""
    if facts.plan.status_callback is None and not found.known:
        return "not followed: no --status-callback"
    return delivery_text(found)


def fates(found: Delivery) -> list[tuple[str, int]]:
    """How many accepted messages fared how."""
    return [
        ("delivered", found.delivered),
        ("read", found.read),
        ("undelivered", found.failed),
        ("on its way", found.under_way),
        ("no report yet", found.no_report),
    ]


def delivery_text(found: Delivery) -> str:
    """What became of accepted messages, in a line."""
    shown = [(name, n) for name, n in fates(found) if n or name == "delivered"]
    return ", ".join(f"{name} {count:,}" for name, count in shown)


def grouped(reasons: list[Reason]) -> list[Reason]:
    """The reasons with what differs from row to row left out, the most frequent first."""
    rows: dict[tuple[str, int | None, str], int] = {}
    for reason in reasons:
        key = reason.state, reason.code, _meaning(reason)
        rows[key] = rows.get(key, 0) + reason.rows
    order = sorted(rows.items(), key=lambda item: (item[0][0], -item[1]))
    return [
        Reason(state=state, code=code, error=error, rows=count)
        for (state, code, error), count in order
    ]


def _meaning(reason: Reason) -> str:
    if reason.code is not None:
        known = facts_of(reason.code)
        return known.meaning if known else "see Twilio's page"
    if reason.state == "skipped" and reason.error.startswith("duplicate: "):
        return "duplicate: another row has this number"
    return reason.error


def all_reasons(view: LedgerView) -> list[Reason]:
    """Why rows are refused, held, skipped or unknown."""
    return grouped(view.reasons(_MANY))
