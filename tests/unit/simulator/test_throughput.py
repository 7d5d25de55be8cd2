from __future__ import annotations

import pytest

from async_messaging.simulator.throughput import SenderQueues


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
