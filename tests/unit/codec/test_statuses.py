"""Which of two reports holds: the same whatever their order and number."""

from __future__ import annotations

import random
from functools import reduce
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from async_messaging.codec.statuses import FINAL_STATUSES, STATUS_RANK, merge_status, outranks

LIVES = (
    "queued sending sent delivered",
    "queued sending sent delivered read",
    "queued sending sent undelivered",
    "accepted queued sending sent",
    "scheduled accepted queued sending failed",
    "scheduled canceled",
    "receiving received",
)
ANY = st.sampled_from(sorted(STATUS_RANK)) | st.text(max_size=4)


def merged(statuses: list[str] | tuple[str, ...]) -> str | None:
    start: str | None = None
    return reduce(merge_status, statuses, start)


@pytest.mark.parametrize("life", LIVES)
def test_a_life_ends_as_it_ended_in_every_order(life: str) -> None:
    steps = life.split()
    assert {merged(order) for order in permutations(steps)} == {steps[-1]}


@given(ANY, ANY, ANY)
def test_order_and_repetition_do_not_matter(one: str, two: str, three: str) -> None:
    assert merge_status(one, two) == merge_status(two, one)
    assert merge_status(one, one) == one
    assert merge_status(merge_status(one, two), three) == merge_status(
        one, merge_status(two, three)
    )
    assert outranks(two, one) == (merge_status(one, two) != one)


@given(st.sampled_from(sorted(FINAL_STATUSES)), ANY)
def test_nothing_but_another_final_status_moves_a_final_one(final: str, other: str) -> None:
    if other.lower() not in FINAL_STATUSES:
        assert merge_status(final, other) == final
        assert merge_status(other, final) == final


def test_a_status_that_is_new_to_us_comes_before_the_final_ones() -> None:
    assert merge_status("sent", "relayed") == "relayed"
    assert merge_status("relayed", "delivered") == "delivered"
    assert outranks("anything", None)


def test_100000_shuffled_and_fivefold_reports_end_right() -> None:
    draw = random.Random(5)
    lives = [draw.choice(LIVES[:5]).split() for _ in range(5_600)]
    reports = [(row, step) for row, life in enumerate(lives) for step in life] * 5
    assert len(reports) >= 100_000
    draw.shuffle(reports)
    held: dict[int, str] = {}
    for row, step in reports:
        held[row] = merge_status(held.get(row), step)
    assert [held[row] for row in range(len(lives))] == [life[-1] for life in lives]
