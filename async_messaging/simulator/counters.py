"""The judge's counts: what was asked, what was accepted, what was answered."""

from __future__ import annotations

import time
from collections import Counter

import msgspec


class Post(msgspec.Struct, frozen=True):
    """When a POST Messages came, and its weight in segments."""

    wall: float
    monotonic: float
    segments: int


class Counters(msgspec.Struct):
    """Counts of POST Messages, from the start or the last reset."""

    requests: int = 0
    accepted: int = 0
    segments: int = 0
    reads: int = 0
    peak_in_flight: int = 0
    answers: Counter[tuple[int, int]] = msgspec.field(default_factory=Counter[tuple[int, int]])
    first: Post | None = None
    last: Post | None = None

    def post(self, segments: int) -> None:
        """Counts a POST Messages that has come in, whatever will be answered."""
        self.requests += 1
        self.segments += segments
        self.last = Post(time.time(), time.monotonic(), segments)
        if self.first is None:
            self.first = self.last

    @property
    def segments_per_second(self) -> float:
        """The attained rate: segments of all requests but the last, over the time from first to last."""
        if self.first is None or self.last is None or self.last is self.first:
            return 0.0
        elapsed = self.last.monotonic - self.first.monotonic
        return (self.segments - self.last.segments) / elapsed if elapsed > 0 else 0.0
