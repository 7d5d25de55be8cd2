"""Percentiles in constant memory."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from async_messaging.bulk.report import BulkResult, Latencies, Summary
from async_messaging.errors import InvalidInput


@given(st.lists(st.floats(1e-4, 100), min_size=1, max_size=200), st.floats(1, 100))
def test_percentiles_are_within_two_percent(times: list[float], percent: float) -> None:
    latencies = Latencies()
    for time in times:
        latencies.add(time)
    rank = max(1, -(-len(times) * percent // 100))
    exact = sorted(times)[int(rank) - 1]
    assert latencies.percentile(percent) == pytest.approx(exact, rel=0.021)


def test_no_times_no_percentile() -> None:
    assert Latencies().percentile(99) == 0.0


def test_times_of_zero_are_counted() -> None:
    latencies = Latencies()
    latencies.add(0.0)
    assert 0 < latencies.percentile(50) < 1e-4


def test_a_summary_counts_by_outcome_and_code() -> None:
    summary = Summary()
    summary.add(BulkResult(index=0, row=1, outcome="invalid", error=InvalidInput("x", field="to")))
    assert (summary.rows, summary.invalid) == (1, 1)
    assert summary.codes["invalid", None] == 1
