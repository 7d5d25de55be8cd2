from __future__ import annotations

import pytest

from async_messaging.simulator.overrides import Overrides, read_overrides


def test_without_a_fragment_a_failed_connection_is_tried_once_more() -> None:
    rules = read_overrides("")
    assert rules == Overrides()
    assert (rules.connect, rules.read, rules.total) == (5.0, 15.0, 15.0)
    assert rules.pause("ct", 1) == 0.1
    assert rules.pause("ct", 2) is None
    assert [rules.pause(failure, 1) for failure in ("", "3xx", "4xx", "5xx", "rt")] == [None] * 5


def test_everything_can_be_set() -> None:
    rules = read_overrides("ct=100&rt=200&tt=3000&rc=5&rp=4xx,5xx&e=dublin")
    assert rules == Overrides(0.1, 0.2, 3.0, 5, frozenset({"4xx", "5xx"}))
    assert [rules.pause("5xx", attempts) for attempts in range(1, 7)] == [
        *(0.1, 0.2, 0.4, 0.8, 1.6),
        None,
    ]


def test_all_is_every_failure_but_no_success() -> None:
    rules = read_overrides("rp=all&rc=1")
    assert all(rules.pause(failure, 1) for failure in ("4xx", "5xx", "ct", "rt"))
    assert rules.pause("", 1) is None


@pytest.mark.parametrize(
    "fragment", ["rc=6", "rc=-1", "rc=x", "rc=1e1", "ct=99", "rt=15001", "tt=0", "rp=", "a", "rc=²"]
)
def test_what_is_out_of_range_is_as_if_it_was_not_there(fragment: str) -> None:
    rules = read_overrides(fragment)
    assert (rules.retries, rules.connect, rules.read, rules.total) == (1, 5.0, 15.0, 15.0)
