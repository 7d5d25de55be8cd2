from __future__ import annotations

from async_messaging.settling.returned import Returned
from tests.unit.settling.scenes import sid_of

BLOCK = 4_096


def forever(_now: float) -> float:
    return float("-inf")


def filled(count: int, most: int = 1_000_000) -> Returned:
    kept = Returned(most, forever)
    for number in range(count):
        kept.add(sid_of(number), float(number))
    return kept


def test_what_was_returned_is_known() -> None:
    kept = filled(3 * BLOCK)
    asked = [sid_of(0), sid_of(BLOCK), sid_of(3 * BLOCK - 1), sid_of(10**9), "", "SM", "odd"]
    assert kept.among(asked) == {sid_of(0), sid_of(BLOCK), sid_of(3 * BLOCK - 1)}
    assert len(kept) == 3 * BLOCK


def test_sids_of_any_form_are_kept() -> None:
    kept = Returned(10 * BLOCK, forever)
    odd = ["MM" + "0a" * 16, "SM1", "", "SM" + "A" * 32, "XX" + "0" * 32, "SM" + "é" * 32]
    for sid in odd:
        kept.add(sid, 1.0)
    assert kept.among(odd) == set(odd)
    assert all(map(kept.has, odd))
    assert not kept.has("SM" + "0a" * 16)
    for number in range(2 * BLOCK):
        kept.add(sid_of(number), 2.0)
    assert kept.among([*odd, sid_of(5)]) == {*odd, sid_of(5)}
    assert [canary.sid for canary in kept.between(0.0, 1.0, 99)] == [odd[0]]


def test_what_is_known_is_not_added() -> None:
    kept = filled(BLOCK - 1)
    for number in (0, BLOCK - 2):
        assert not kept.add(sid_of(number), 9.9)
    assert kept.add(sid_of(BLOCK - 1), 9.9)
    assert not kept.add(sid_of(0), 9.9)
    assert len(kept) == BLOCK
    assert [canary.sid for canary in kept.between(9.0, 9.9, 9)] == [sid_of(BLOCK - 1), sid_of(9)]


def test_the_oldest_go_and_that_is_known() -> None:
    kept = filled(10 * BLOCK, most=4 * BLOCK)
    assert 4 * BLOCK <= len(kept) <= 5 * BLOCK
    assert kept.forgotten >= BLOCK
    assert not kept.among([sid_of(0)])
    first = int(kept.forgotten) + 1
    assert kept.among([sid_of(first)]) == {sid_of(first)}


def test_what_nothing_needs_goes() -> None:
    kept = Returned(1_000_000, lambda now: now - BLOCK)
    for number in range(10 * BLOCK):
        kept.add(sid_of(number), float(number))
    assert len(kept) <= 3 * BLOCK
    assert kept.forgotten < 9 * BLOCK


def test_the_latest_are_known_at_once() -> None:
    kept = filled(20_000)
    assert kept.has(sid_of(19_999))
    assert kept.has(sid_of(20_000 - 8_192))
    assert not kept.has(sid_of(20_000 - 3 * BLOCK - 1))


def test_those_between_two_times_come_latest_first() -> None:
    kept = filled(BLOCK + 10)
    found = kept.between(100.0, BLOCK + 5.0, 3)
    assert [canary.sid for canary in found] == [sid_of(BLOCK + n) for n in (5, 4, 3)]
    assert [canary.created for canary in found] == [BLOCK + 5.0, BLOCK + 4.0, BLOCK + 3.0]
    assert kept.between(5.0, 6.0, 20)[-1].sid == sid_of(5)
    assert kept.between(-9.0, -1.0, 20) == []
