from __future__ import annotations

import pytest

from async_messaging.simulator.throughput import Loops, MessageRate, SenderQueues


def test_segments_wait_for_those_before_them() -> None:
    queues = SenderQueues({"+1": 2.0})
    assert [queues.reserve("+1", 3, 100.0) for _ in range(3)] == [0.0, 1.5, 3.0]
    assert queues.reserve("+1", 1, 104.0) == 0.5
    assert queues.reserve("+1", 1, 200.0) == 0.0


def test_a_sender_without_a_rate_has_no_queue() -> None:
    queues = SenderQueues({"+1": 1.0})
    assert [queues.reserve("+2", 9, 0.0) for _ in range(3)] == [0.0, 0.0, 0.0]


def test_a_star_is_everybody_else_each_for_itself() -> None:
    queues = SenderQueues({"*": 1.0})
    assert queues.reserve("+1", 5, 0.0) == queues.reserve("+2", 5, 0.0) == 0.0
    assert queues.reserve("+1", 5, 0.0) == 5.0


def test_the_queue_is_ten_hours_deep() -> None:
    queues = SenderQueues({"+1": 1.0})
    assert queues.reserve("+1", 36_000, 0.0) == 0.0
    assert queues.reserve("+1", 1, 0.0) is None
    assert queues.reserve("+1", 1, 1.0) == 35_999.0


def test_rates_are_above_zero() -> None:
    with pytest.raises(ValueError, match="throughput"):
        SenderQueues({"+1": 0.0})


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


def test_the_31st_reply_in_a_row_is_stopped_and_so_are_those_of_30_seconds() -> None:
    loops = Loops()
    assert not any(loops.stops("+1", "+2", float(i)) for i in range(30))
    assert loops.stops("+1", "+2", 30.0)
    assert not loops.stops("+1", "+3", 30.0)
    assert loops.stops("+1", "+2", 59.0)
    assert not loops.stops("+1", "+2", 60.0)


def test_a_pause_of_30_seconds_begins_anew() -> None:
    loops = Loops()
    assert not any(loops.stops("+1", "+2", i * 30.0) for i in range(100))
    assert not any(loops.stops("+1", "+2", 3000.0 + i * 29.9) for i in range(30))
    assert loops.stops("+1", "+2", 3890.0)


def test_what_is_remembered_is_bounded() -> None:
    loops = Loops()
    for i in range(10_010):
        loops.stops("+1", f"+{i}", 0.0)
    assert len(loops) == 10_000
