"""The figures of a bulk send as its display and its report need them."""

from __future__ import annotations

import inspect
from collections import Counter, deque
from typing import Literal
from urllib.parse import urlsplit

import msgspec

from ..bulk.report import BulkResult, Summary
from ..codec.codes import facts_of
from ..errors import InvalidInput, MessagingError, NotSent, OutcomeUnknown
from ..settings import Settings
from .screen import masked_sid

Ending = Literal["complete", "interrupted", "gave up", "account", "storage", "input"]
"""Why a bulk send ended."""

OUTCOMES = ("accepted", "refused", "unknown", "not_sent", "invalid")
_MOST_REASONS = 40
_WINDOW = 3.0


class Where(msgspec.Struct, frozen=True):
    """Where messages go: Twilio itself, another server, or nowhere; the account's sid is masked."""

    kind: Literal["LIVE", "SIMULATOR", "DRY RUN"]
    origin: str
    account: str

    @classmethod
    def of(cls, settings: Settings) -> Where:
        """What the settings point at."""
        origin = settings.origin("api")
        host = (urlsplit(origin).hostname or "").rstrip(".")
        live = host == "twilio.com" or host.endswith(".twilio.com")
        account = masked_sid(settings.credentials.account_sid)
        return cls("LIVE" if live else "SIMULATOR", origin, account)

    def __str__(self) -> str:
        return f"{self.kind}  {self.origin}, account {self.account}"


class Reason(msgspec.Struct, frozen=True):
    """Why rows were not accepted: one line of the report."""

    outcome: str
    code: int | None
    meaning: str


class Meter:
    """A rate over the last seconds, from a count that is read now and then."""

    def __init__(self) -> None:
        self._seen: deque[tuple[float, float]] = deque()

    def read(self, now: float, count: float) -> float:
        """Take in the count at this moment; how fast it grows, a second."""
        self._seen.append((now, count))
        while len(self._seen) > 2 and self._seen[1][0] <= now - _WINDOW:
            self._seen.popleft()
        since, before = self._seen[0]
        return (count - before) / (now - since) if now > since else 0.0


class Shot(msgspec.Struct, frozen=True, kw_only=True):
    """What takes long, at one moment.

    Attributes:
        figures: rows by what is known of them, three in a line; None while nobody knows.
        done: rows that need nothing more; of all rows, None while nobody knows how many.
        rate_now: segments a second over the last seconds; *rate* is the limit.
        throttled: answers that said "too fast", None where nobody counts them.
        left: seconds to go, None while nobody can tell.
        delivery: of a campaign: what Twilio said of accepted messages, in a line.
        note: a sentence about what is going on, or nothing.
    """

    figures: dict[str, int | None]
    done: int
    total: int | None
    in_flight: int = 0
    rate_now: float = 0.0
    rate: float | None = None
    throttled: int | None = None
    elapsed: float = 0.0
    left: float | None = None
    delivery: str | None = None
    note: str = ""


class Tally:
    """Counts of a running bulk send; *started* is of a monotonic clock, *rate* in segments a second."""

    def __init__(self, summary: Summary, rate: float, started: float) -> None:
        self.summary = summary
        self.rate = rate
        self.started = started
        self.total: int | None = None
        self.skipped = 0
        self.reasons: Counter[Reason] = Counter()
        self.ending: Ending = "complete"
        self.why = ""
        self._meter = Meter()

    def note(self, result: BulkResult) -> None:
        """Count why a row was not accepted."""
        if result.error is None:
            return
        reason = Reason(result.outcome, result.code, meaning_of(result.error))
        if reason not in self.reasons and len(self.reasons) >= _MOST_REASONS:
            reason = Reason(result.outcome, result.code, "other reasons")
        self.reasons[reason] += 1

    @property
    def to_go(self) -> int | None:
        """Rows without an outcome, None while nobody knows."""
        return None if self.total is None else max(0, self.total - self.skipped - self.summary.rows)

    def shot(self, now: float, in_flight: int, note: str = "") -> Shot:
        """The figures at the moment *now* of the same clock as `started`."""
        summary, elapsed = self.summary, now - self.started
        weight = summary.segments / summary.accepted if summary.accepted else 1.0
        figures = {name.replace("_", " "): getattr(summary, name) for name in OUTCOMES}
        return Shot(
            figures={**figures, "to go": self.to_go},
            done=summary.rows + self.skipped,
            total=self.total,
            in_flight=in_flight,
            rate_now=self._meter.read(now, summary.requests) * weight,
            rate=self.rate,
            throttled=summary.throttled,
            elapsed=elapsed,
            left=self._left(elapsed) if self.ending == "complete" else None,
            note=note,
        )

    def _left(self, elapsed: float) -> float | None:
        if not self.to_go or elapsed < 1.0 or not self.summary.rows:
            return None
        return self.to_go * elapsed / self.summary.rows


def meaning_of(error: MessagingError) -> str:
    """A few words on what went wrong: by Twilio's code, by the column, else by the kind of error."""
    if error.code is not None and (known := facts_of(error.code)):
        return known.meaning
    if isinstance(error, InvalidInput):
        return f"{error.field}: {error.reason}" if error.field else error.reason
    if error.code is not None:
        return "see Twilio's page"
    if type(error) in {NotSent, OutcomeUnknown}:
        return str(error)
    said = inspect.getdoc(type(error)) or type(error).__name__
    line = said.partition("\n")[0].rstrip(".")
    return line[:1].lower() + line[1:]
