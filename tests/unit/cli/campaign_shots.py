"""Campaigns at a moment, for the tests of their displays."""

from __future__ import annotations

from typing import Any

from async_messaging.cli.campaign_figures import Standing
from async_messaging.cli.tally import Shot, Where

WHERE = Where("LIVE", "https://api.twilio.com", "AC12...cdef")


def shot_of(standing: Standing, delivery: str = "", **others: Any) -> Shot:
    return Shot(
        figures=standing.figures,
        done=standing.done,
        total=standing.total,
        in_flight=standing.in_flight,
        delivery=delivery,
        **others,
    )


NOTHING = shot_of(Standing(), throttled=0)
SOME = shot_of(
    Standing(accepted=480, refused=10, skipped=2, being_checked=3, held=5, to_go=1500),
    rate_now=249.83,
    rate=250.0,
    throttled=4,
    elapsed=2.0,
    left=6.0,
    delivery="not followed: no --status-callback",
)
MILLIONS = shot_of(
    Standing(
        accepted=99_999_999,
        refused=9_999_999,
        skipped=9_999_999,
        being_checked=999_999,
        held=999_999,
        in_flight=256,
        to_go=99_999_999,
    ),
    rate_now=1999.94,
    rate=2000.0,
    throttled=99_999,
    elapsed=9_000.0,
    left=36_000.0,
    delivery="delivered 99,999,999, undelivered 9,999,999, on its way 9,999,999",
    note="pausing: calls in flight finish (Ctrl-C again: don't wait for them)",
)
