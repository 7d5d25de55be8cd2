from __future__ import annotations

import re

from async_messaging.campaigns import ledger
from async_messaging.campaigns.states import FINAL, STATES, TRANSITIONS


def test_final_states_have_no_way_out() -> None:
    assert not {before for before, _ in TRANSITIONS} & FINAL


def test_ready_is_entered_again_by_t4_t8_and_t10_only() -> None:
    assert {name for (_, after), name in TRANSITIONS.items() if after == "READY"} == {
        "T4",
        "T8",
        "T10",
    }


def test_the_drawing_shows_every_way_and_no_other() -> None:
    drawn: set[tuple[str, str]] = set()
    for line in (ledger.__doc__ or "").splitlines():
        if found := re.match(r"([A-Z]+) +--.*-+> (.+)", line):
            drawn |= {(found[1], after) for after in re.findall(r"[A-Z]{4,}", found[2])}
    assert drawn == set(TRANSITIONS)
    assert {state for way in drawn for state in way} == set(STATES)
