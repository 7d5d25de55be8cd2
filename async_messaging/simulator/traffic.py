"""What came in: the judge's counts and, for who looks on, requests that were to make a message and what was changed.

What is shown is bounded: the last 2,000 requests and changes, and two minutes of counts. Credentials are not kept.
"""

from __future__ import annotations

import time
from collections import Counter, deque
from collections.abc import Iterator
from itertools import takewhile
from random import getrandbits

import msgspec

_KEPT = 2000
_SECONDS = 120
_LONGEST = 16_384


class Request(msgspec.Struct, gc=False, kw_only=True):
    """A POST Messages and what was answered, in the simulator's time; `wire` is what became of the answer, `sid` the message's."""

    number: int = 0
    account: str
    at: float
    target: str
    content_type: str
    body: bytes
    to: str
    status: int
    code: int
    wire: str
    answer: bytes
    sid: str


class Second(msgspec.Struct, gc=False):
    """Counts of one second of the machine's own clock."""

    at: int
    accepted: int = 0
    refused: int = 0


class Traffic:
    """The log of one world from one reset to the next; `era` tells it from every other."""

    def __init__(self) -> None:
        self.era: str = f"{getrandbits(48):012x}"
        self.requests: deque[Request] = deque(maxlen=_KEPT)
        self.seen: int = 0
        self.seconds: deque[Second] = deque(maxlen=_SECONDS)
        self.changed: deque[str] = deque(maxlen=_KEPT)
        self.changes: int = 0

    def keep(self, request: Request) -> None:
        """Notes a request that was decided."""
        self.seen += 1
        request.number, request.body = self.seen, request.body[:_LONGEST]
        self.requests.append(request)
        now = int(time.time())
        if not self.seconds or self.seconds[-1].at != now:
            self.seconds.append(Second(now))
        if request.sid:
            self.seconds[-1].accepted += 1
        else:
            self.seconds[-1].refused += 1

    def touch(self, sid: str) -> None:
        """Notes that somebody has changed a message."""
        self.changed.append(sid)
        self.changes += 1

    def changed_since(self, count: int) -> list[str]:
        """The sids of what was changed after the first `count` changes, as far as they are kept."""
        return list(self.changed)[max(0, len(self.changed) - (self.changes - count)) :]

    def requests_since(self, number: int, account: str) -> list[Request]:
        """The account's requests above `number` that are kept, oldest first."""
        newer = takewhile(lambda request: request.number > number, reversed(self.requests))
        return [request for request in newer if request.account == account][::-1]

    def refused(self, account: str) -> Iterator[Request]:
        """The account's requests that made no message, newest first."""
        return (
            request
            for request in reversed(self.requests)
            if not request.sid and request.account == account
        )


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
