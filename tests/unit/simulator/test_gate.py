from __future__ import annotations

import pytest

from async_messaging.simulator.throughput import MessageRate


def test_admits_the_rate_after_a_tenth_of_a_seconds_worth() -> None:
    rate = MessageRate(50)
    assert sum(rate.admits(10.0) for _ in range(20)) == 5
    steps = [10 + step / 100 for step in range(1, 101)]
    assert sum(rate.admits(now) for now in steps) == 50


def test_a_slow_rate_admits_one_at_once() -> None:
    rate = MessageRate(2)
    assert [rate.admits(now) for now in (0.0, 0.4, 0.5, 0.9, 1.0)] == [
        True,
        False,
        True,
        False,
        True,
    ]


def test_a_rate_is_above_zero() -> None:
    with pytest.raises(ValueError, match="rate"):
        MessageRate(0)
