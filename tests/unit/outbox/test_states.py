from __future__ import annotations

from typing import get_args

import pytest

from async_messaging.outbox.entries import Entry, Evidence, Outcome
from async_messaging.outbox.rules import finish
from async_messaging.outbox.states import OPEN, State, may_go
from tests.unit.outbox.yard import Yard

STATES: tuple[State, ...] = get_args(State)


@pytest.mark.parametrize("before", STATES)
@pytest.mark.parametrize("after", STATES)
async def test_no_store_goes_another_way(yard: Yard, before: State, after: State) -> None:
    sid = "SM1" if before == "ACCEPTED" else ""
    evidence = Evidence(to="+14155550100") if before in OPEN else Evidence()
    entry = Entry(key="a", digest=b"", state=before, expires_at=9.0, sid=sid, evidence=evidence)
    store = yard.store()
    await store.write(lambda rows: rows.put(entry))
    outcome = Outcome(
        key="a", attempt=0, owner="", state=after, at=1.0, sid="SM2" if after == "ACCEPTED" else ""
    )
    changed = await store.write(lambda rows: finish(rows, outcome))
    assert changed is (may_go(before, after) and after != "INTENT")  # only a claim leads there
    if not changed:
        assert await yard.entry() == entry


@pytest.mark.parametrize(("owner", "attempt"), [("other", 2), ("own", 1)])
async def test_an_outcome_is_its_own_attempts(yard: Yard, owner: str, attempt: int) -> None:
    evidence = Evidence(to="+14155550100")
    entry = Entry(
        key="a", digest=b"", state="INTENT", attempt=2, owner="own", expires_at=9, evidence=evidence
    )
    store = yard.store()
    await store.write(lambda rows: rows.put(entry))
    outcome = Outcome(key="a", attempt=attempt, owner=owner, state="READY", at=1.0)
    assert not await store.write(lambda rows: finish(rows, outcome))
    assert await yard.state() == "INTENT"
