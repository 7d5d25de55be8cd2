"""One lane keeps its rate, in every window, and slows down when told."""

from __future__ import annotations

from bisect import bisect_left

import pytest
from hypothesis import given
from hypothesis import strategies as st

from async_messaging.pipeline.limiter import SLACK, Lane

RATES = st.floats(0.1, 5000)


def let_go(lane: Lane, times: list[float], weights: list[int]) -> list[tuple[float, int]]:
    """Take each weight at its time, or as soon after as the lane is free."""
    gone, now = [], 0.0
    for time, weight in zip(times, weights, strict=True):
        now = max(now, time, lane.free)
        lane.take(weight, now)
        gone.append((now, weight))
    return gone


@given(RATES, st.lists(st.floats(0, 3), min_size=1, max_size=300))
def test_no_second_holds_more_than_the_rate_and_one(rate: float, gaps: list[float]) -> None:
    lane = Lane(rate, 0.0)
    times = sorted(gaps)
    moments = [moment for moment, _ in let_go(lane, times, [1] * len(times))]
    for index, start in enumerate(moments):
        inside = bisect_left(moments, start + 1.0) - index
        assert inside <= rate * (1 + SLACK) + 1 + 1e-6


@given(RATES, st.lists(st.integers(1, 12), min_size=2, max_size=100))
def test_a_busy_lane_attains_its_rate_in_segments(rate: float, weights: list[int]) -> None:
    lane = Lane(rate, 0.0)
    gone = let_go(lane, [0.0] * len(weights), weights)
    expected = sum(weights[:-1]) / rate
    assert gone[-1][0] == pytest.approx(expected, abs=SLACK + 1e-6)
    assert lane.taken == sum(weights)


def test_late_timers_are_caught_up_but_no_more_than_the_slack() -> None:
    lane = Lane(1000.0, 0.0)
    lane.take(1, 0.0)
    lane.take(1, 0.003)
    assert lane.free <= 0.003
    lane.take(1, 10.0)
    assert lane.free >= 10.0 - SLACK


def test_an_idle_lane_saves_nothing_up() -> None:
    lane = Lane(1.0, 0.0)
    lane.take(1, 100.0)
    assert lane.free > 100.9


def test_given_back_segments_can_be_taken_again() -> None:
    lane = Lane(1.0, 0.0)
    lane.take(1, 10.0)
    lane.give_back(1)
    assert lane.free <= 10.0
    assert lane.taken == 0


def test_too_fast_cuts_at_most_once_a_second_and_recovers() -> None:
    lane = Lane(100.0, 0.0)
    for step in range(100):
        lane.take(1, step / 100)
    lane.slow_down(1.0)
    cut = lane.rate
    assert cut == pytest.approx(70, rel=0.02)
    lane.slow_down(1.5)
    assert lane.rate == cut
    lane.take(1, 3.0)
    assert lane.rate == pytest.approx(cut * 1.05**2)
    lane.take(1, 60.0)
    assert lane.rate == lane.full


def test_too_fast_cuts_what_was_attained_not_a_rate_far_above_it() -> None:
    lane = Lane(2000.0, 0.0)
    for step in range(50):
        lane.take(1, step / 50)
    lane.slow_down(1.0)
    assert lane.rate == pytest.approx(70, rel=0.05)


def test_attained_is_measured_between_the_first_and_the_last() -> None:
    lane = Lane(10.0, 0.0)
    assert lane.attained == 0.0
    for step in range(11):
        lane.take(2, 5 + step * 0.2)
    assert lane.attained == pytest.approx(10.0)


def test_a_new_rate_holds_from_now_on() -> None:
    lane = Lane(10.0, 0.0)
    lane.set_rate(100.0, 0.0)
    lane.take(1, 0.0)
    assert lane.free < 0.02


@pytest.mark.parametrize(("before", "after", "wait"), [(0.1, 1000.0, 0.001), (10.0, 0.1, 9.6)])
def test_what_went_before_is_waited_for_at_the_new_rate(
    before: float, after: float, wait: float
) -> None:
    lane = Lane(before, 0.0)
    lane.take(1, 5.0)
    lane.set_rate(after, 5.0)
    assert lane.wait(0, 5.0) == pytest.approx(wait, abs=0.01)
