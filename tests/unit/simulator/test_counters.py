from __future__ import annotations

import pytest

from async_messaging.simulator.traffic import Counters, Post


def test_the_rate_leaves_the_last_request_out() -> None:
    counters = Counters(requests=3, segments=12)
    counters.first, counters.last = Post(0.0, 10.0, 5), Post(0.0, 12.0, 2)
    assert counters.segments_per_second == pytest.approx(5.0)


def test_one_request_has_no_rate() -> None:
    counters = Counters()
    assert counters.segments_per_second == 0.0
    counters.post(3)
    assert counters.segments_per_second == 0.0
    assert (counters.requests, counters.segments) == (1, 3)
