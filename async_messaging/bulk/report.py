"""Results of a bulk send, one by one and summed up in constant memory."""

from __future__ import annotations

from collections import Counter
from math import exp, log
from typing import Literal

import msgspec

from ..errors import InvalidInput, MessagingError
from ..models import Message, MessageDraft, Shown

_BASE = log(1.02)
_LEAST = 1e-5

BulkOutcome = Literal["accepted", "refused", "not_sent", "unknown", "invalid"]


class BulkResult(Shown, frozen=True, kw_only=True):
    """How one message of a bulk send ended.

    Attributes:
        index: its place in the source, from 0.
        row: its row in a file, from 1; ``index + 1`` where the source has no rows.
        outcome: ``accepted``, ``refused``, ``not_sent``, ``unknown`` or ``invalid``.
        draft: what was to be sent; None for an invalid row.
        to: the recipient as the source had it.
        message: what Twilio accepted.
        error: why it was not accepted.
        attempts: requests made, those answered 429 not counted.
        elapsed: seconds from taking the draft to the outcome, waiting for the rate included.
        at: when it ended, seconds since 1970.
    """

    index: int
    row: int
    outcome: BulkOutcome
    to: str = ""
    draft: MessageDraft | None = None
    message: Message | None = None
    error: MessagingError | None = None
    attempts: int = 0
    elapsed: float = 0.0
    at: float = 0.0

    @property
    def code(self) -> int | None:
        """Twilio's error code, if it gave one."""
        return None if self.error is None else self.error.code

    @property
    def field(self) -> str | None:
        """The column that is wrong, for an invalid row."""
        return self.error.field if isinstance(self.error, InvalidInput) else None


class Latencies:
    """Times in buckets 2 % wide: percentiles in constant memory."""

    def __init__(self) -> None:
        self._buckets: Counter[int] = Counter()
        self.count: int = 0

    def add(self, seconds: float) -> None:
        """Count one time."""
        self._buckets[int(log(seconds / _LEAST) / _BASE) if seconds > _LEAST else 0] += 1
        self.count += 1

    def percentile(self, percent: float) -> float:
        """The time that *percent* of all stayed within, in seconds; 0 without any."""
        wanted, seen = self.count * percent / 100, 0
        for bucket in sorted(self._buckets):
            seen += self._buckets[bucket]
            if seen >= wanted:
                return _LEAST * exp((bucket + 0.5) * _BASE)
        return 0.0


class Summary(msgspec.Struct, kw_only=True):
    """A bulk send in figures; it is kept up to date while the send runs.

    Attributes:
        rows: drafts and invalid rows that have an outcome.
        codes: how often each outcome came with each code of Twilio's (None: without one).
        segments: segments of the accepted messages.
        requests: HTTP requests, those answered 429 included.
        throttled: answers that said "too fast".
        retries: attempts after failures.
        elapsed: seconds since the start.
        rate: the limit in segments a second, None without one.
        attained: segments a second that were let go, between the first and the last.
        latencies: times from request to answer of accepted messages, waits for the rate left out.
    """

    rows: int = 0
    accepted: int = 0
    refused: int = 0
    not_sent: int = 0
    unknown: int = 0
    invalid: int = 0
    codes: Counter[tuple[str, int | None]] = msgspec.field(
        default_factory=Counter[tuple[str, int | None]]
    )
    segments: int = 0
    requests: int = 0
    throttled: int = 0
    retries: int = 0
    elapsed: float = 0.0
    rate: float | None = None
    attained: float = 0.0
    latencies: Latencies = msgspec.field(default_factory=Latencies)

    def add(self, result: BulkResult) -> None:
        """Count one result."""
        outcome, error = result.outcome, result.error
        self.rows += 1
        self.codes[outcome, None if error is None else error.code] += 1
        if outcome != "accepted":
            setattr(self, outcome, getattr(self, outcome) + 1)
            return
        self.accepted += 1
        if result.draft is not None:
            self.segments += result.draft.weight
