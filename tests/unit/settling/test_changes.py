"""What a reading of the list makes of open attempts: looks and negatives, and what two of them do."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Sequence
from typing import Any

import pytest
from msgspec.structs import replace

from async_messaging.settling.attempts import Change, OpenAttempt, Reading, Standing
from async_messaging.settling.changes import Policy, changes_by, due_at, unread
from async_messaging.settling.listing import UNDATED
from tests.unit.settling.scenes import (
    ANN,
    BEN,
    DAY,
    DUE,
    OTHER,
    SETTLE,
    attempt,
    live,
    message,
    reading,
)

INTERVAL = 60.0
HOLD = Policy(settle=SETTLE, scan_interval=INTERVAL)
RESEND = replace(HOLD, on_unknown="resend")
ABSENT = "not in Twilio's list: perhaps never accepted"
UNDECIDED = "the list decides nothing: other messages could be it"


def changes(
    attempts: Sequence[OpenAttempt],
    read: Reading,
    policy: Policy = HOLD,
    *,
    keys: Collection[Hashable] | None = None,
    allowance: float = 2.0,
    **standing: Any,
) -> list[Change]:
    """What a reading of the numbers of attempts makes of those with the keys; of all, else."""
    stands = Standing(attempts=attempts, **{"claimed": set[str]().intersection, **standing})
    own = [one.key for one in attempts] if keys is None else keys
    to = {one.to for one in attempts}
    return changes_by(read, stands, to, own, policy, allowance)


def look(sent: OpenAttempt, read: Reading, policy: Policy = HOLD, **standing: Any) -> Change:
    (only,) = changes([sent], read, policy, **standing)
    return only


def test_a_message_of_its_text_settles_an_attempt() -> None:
    sent, found = attempt(), message()
    assert changes([sent], reading(found)) == [
        Change(attempt=sent, state="ACCEPTED", message=found, why="found by its same text")
    ]


def test_every_attempt_that_was_asked_for_has_its_change() -> None:
    sent = [attempt("a"), attempt("b", to=BEN), attempt("c", to=BEN, text=OTHER)]
    found = changes(sent, reading(message(to=BEN)))
    assert [(one.attempt.key, one.state) for one in found] == [
        ("a", None),
        ("b", "ACCEPTED"),
        ("c", None),
    ]


def test_nothing_becomes_of_those_of_others_and_of_those_not_asked_for() -> None:
    others = [attempt("a", own=False), attempt("b", to=BEN)]
    assert changes(others, reading(), keys=["a"]) == []


def test_numbers_that_were_not_read_are_left_alone() -> None:
    stands = Standing(attempts=[attempt("a"), attempt("b", to=BEN)], claimed=frozenset)
    found = changes_by(reading(), stands, {BEN}, ["a", "b"], HOLD, 2.0)
    assert [one.attempt.key for one in found] == ["b"]


def test_a_claimed_message_and_one_outside_the_window_are_no_evidence() -> None:
    found = message()
    assert look(attempt(), reading(found), claimed={found.sid}.intersection).why == ABSENT
    early = reading(message(created=-10))
    assert look(attempt(), early).why == ABSENT
    (wide,) = changes([attempt()], early, allowance=9.0)
    assert wide.state == "ACCEPTED"


def test_a_negative_and_a_look_that_decided_nothing_are_counted_apart() -> None:
    sent = attempt(negatives=0, looks=0)
    assert look(sent, reading()) == Change(
        attempt=sent, why=ABSENT, negatives=1, looks=0, looked_at=DAY + DUE
    )
    assert look(sent, reading(message(OTHER))) == Change(
        attempt=sent, why=UNDECIDED, negatives=0, looks=1, looked_at=DAY + DUE
    )


def test_the_second_negative_ends_an_attempt_as_the_policy_says() -> None:
    sent = attempt(negatives=1)
    held = Change(attempt=sent, state="HELD", why=ABSENT, negatives=2, looks=0, looked_at=DAY + DUE)
    assert look(sent, reading()) == held
    ready = replace(held, state="READY", why="not in Twilio's list")
    assert look(sent, reading(), RESEND) == ready
    by_wall = attempt(negatives=1, bounds="wall")
    assert look(by_wall, reading(), RESEND) == replace(held, attempt=by_wall)


def test_the_second_look_that_decides_nothing_holds_an_attempt_for_a_person() -> None:
    sent = attempt(looks=1, negatives=1)
    assert look(sent, reading(message(OTHER)), RESEND) == Change(
        attempt=sent, state="HELD", why=UNDECIDED, negatives=1, looks=2, looked_at=DAY + DUE
    )


def test_what_is_held_waits_for_evidence_alone() -> None:
    held = attempt(held=True)
    assert changes([held], reading()) == []
    (found,) = changes([held], reading(message()))
    assert found.state == "ACCEPTED"


def test_a_look_before_it_is_due_is_none() -> None:
    assert changes([attempt()], reading(at=10 + SETTLE - 1)) == []
    assert look(attempt(), reading(at=10 + SETTLE)).negatives == 1


@pytest.mark.parametrize(("after", "counts"), [(INTERVAL - 1, False), (INTERVAL, True)])
def test_two_looks_are_an_interval_apart(after: float, counts: bool) -> None:
    sent = attempt(negatives=1, looked_at=DAY + DUE)
    assert due_at(sent, HOLD) == DAY + DUE + INTERVAL
    found = changes([sent], reading(at=DUE + after))
    assert [one.looked_at for one in found] == [DAY + DUE + after] * counts


def test_a_look_is_due_once_the_message_must_be_listed() -> None:
    assert due_at(attempt(ended=10), HOLD) == DAY + 10 + SETTLE
    early = attempt(ended=10, looked_at=DAY + 20)
    assert due_at(early, HOLD) == DAY + 10 + SETTLE


def test_an_answer_without_a_date_is_a_look_that_decides_nothing() -> None:
    undated = replace(reading(), date=UNDATED)
    new, seen = attempt(), attempt(looks=1, looked_at=DAY + 5)
    why = "the list's answers carry no date"
    assert look(new, undated) == Change(attempt=new, why=why, looks=1)
    assert look(seen, undated) == Change(
        attempt=seen, state="HELD", why=why, looks=2, looked_at=DAY + 5
    )
    assert changes([live()], undated) == []
    (found,) = changes([new], replace(reading(message()), date=UNDATED))
    assert found.state == "ACCEPTED"


@pytest.mark.parametrize(("at", "counts"), [(10 + SETTLE, True), (10 + SETTLE - 1, False)])
def test_nothing_is_decided_beside_a_store_that_can_not_be_read(at: float, counts: bool) -> None:
    sent = attempt()
    why = "another ledger here could not be read"
    change = Change(attempt=sent, why=why, looks=1, looked_at=DAY + at)
    expected = [change] if counts else []
    assert changes([sent], reading(message(), at=at), readable=False) == expected


def test_a_list_that_may_not_be_read_is_a_look_too() -> None:
    sent = attempt(negatives=1)
    assert unread(sent, "not allowed", DAY + 9) == Change(
        attempt=sent, why="not allowed", negatives=1, looks=1, looked_at=DAY + 9
    )
    again = attempt(looks=1)
    assert unread(again, "not allowed", DAY + 9) == Change(
        attempt=again, state="HELD", why="not allowed", looks=2, looked_at=DAY + 9
    )


def test_witnesses_are_asked_for_all_that_is_listed() -> None:
    asked: list[Collection[str]] = []

    def witnesses(sids: Collection[str]) -> dict[str, Any]:
        asked.append(list(sids))
        return {}

    ann, ben = message(to=ANN), message(to=BEN)
    changes([attempt()], reading(ann, ben), witnesses=witnesses)
    assert asked == [[ann.sid, ben.sid]]
