from __future__ import annotations

import re
from typing import get_args

from async_messaging.settling import states
from async_messaging.settling.states import FINAL, STATES, TRANSITIONS, State, may_go


def test_the_only_way_out_of_a_final_state_is_an_expired_message() -> None:
    assert {way for way in TRANSITIONS if way[0] in FINAL} == {("ACCEPTED", "READY")}
    assert not may_go("ACCEPTED", "READY")
    assert may_go("ACCEPTED", "READY", expired=True)
    assert not may_go("REJECTED", "READY", expired=True)


def test_ready_is_entered_again_by_t4_t8_t10_and_t11_only() -> None:
    assert {name for (_, after), name in TRANSITIONS.items() if after == "READY"} == {
        "T4",
        "T8",
        "T10",
        "T11",
    }


def test_only_an_intent_sends() -> None:
    assert [before for before, after in TRANSITIONS if after == "INTENT"] == ["READY"]


def test_the_drawing_shows_every_way_and_no_other() -> None:
    drawn: set[tuple[str, str]] = set()
    for line in (states.__doc__ or "").splitlines():
        if found := re.match(r"([A-Z]+) +--.*-+> (.+)", line):
            drawn |= {(found[1], after) for after in re.findall(r"[A-Z]{4,}", found[2])}
    assert drawn == set(TRANSITIONS)
    assert {state for way in drawn for state in way} == set(STATES) == set(get_args(State))
