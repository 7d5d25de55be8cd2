"""Counters of one client."""

from __future__ import annotations

import msgspec


class Counters(msgspec.Struct):
    """Counts since the client was made.

    Attributes:
        requests: HTTP requests, retries and those answered 429 included.
        throttled: answers that said "too fast".
        retries: attempts after a failure, waits for 429s not counted.
        accepted: creations that Twilio accepted.
        refused: creations that Twilio refused.
        not_sent: creations that were certainly not sent.
        unknown: creations of which nobody knows.
        late: calls that ended after their caller had given up.
    """

    requests: int = 0
    throttled: int = 0
    retries: int = 0
    accepted: int = 0
    refused: int = 0
    not_sent: int = 0
    unknown: int = 0
    late: int = 0


class Stats(Counters):
    """The counters, and what is going on now.

    Attributes:
        in_flight: calls under way.
        in_flight_limit: how many may be.
        waiting: calls that wait for a lane or a place.
        pending_late: calls that still run though their caller has given up.
        retry_quota: tokens left for retries of reads and repeatable calls.
        breakers_open: circuit breakers that hold creations back.
    """

    in_flight: int = 0
    in_flight_limit: int = 0
    waiting: int = 0
    pending_late: int = 0
    retry_quota: int = 0
    breakers_open: int = 0
