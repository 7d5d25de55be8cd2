from __future__ import annotations

import pytest

from async_messaging.campaigns.rows import Counts, Outcome
from async_messaging.errors import InvalidInput
from async_messaging.settling.states import State


@pytest.mark.parametrize(
    ("before", "after", "sid"),
    [
        ("ACCEPTED", "READY", ""),
        ("REJECTED", "UNKNOWN", ""),
        ("READY", "INTENT", ""),
        ("INTENT", "ACCEPTED", ""),
        ("INTENT", "REJECTED", "SM1"),
        ("INTENT", "SKIPPED", ""),
    ],
)
def test_an_outcome_takes_permitted_ways_only(before: State, after: State, sid: str) -> None:
    with pytest.raises(InvalidInput):
        Outcome(row=1, epoch=1, attempt=1, before=before, state=after, at=0.0, sid=sid)


def test_counts_add_up() -> None:
    assert Counts(ready=1, held=2, skipped=3).total == 6
