"""What every ledger promises, asked of both."""

from __future__ import annotations

import asyncio

import pytest

from async_messaging.campaigns.ledger import Ledger
from async_messaging.campaigns.rows import Claim, NewRow, Note, outcome_of
from async_messaging.errors import LedgerError
from tests.unit.campaigns.ledgers import (
    PLAN,
    Keeper,
    accepted,
    all_rows,
    claimed,
    events_of,
    first,
    new_rows,
    number_of,
    sealed,
    sid_of,
    wrong_in,
)

NOW = 1_700_000_000.0


async def reopened(keeper: Keeper, ledger: Ledger, *, flush: bool) -> Ledger:
    await ledger.close(flush=flush)
    return await keeper.open()


async def test_an_import_is_sealed_once(keeper: Keeper) -> None:
    ledger = await keeper.create()
    with pytest.raises(LedgerError, match="import has not ended"):
        await ledger.ready(0)
    assert await ledger.add(new_rows(2)) == 2
    bad = [NewRow(row=2, to="other"), NewRow(row=3, to="nonsense", skip="bad number")]
    assert await ledger.add(bad) == 3
    assert await ledger.seal("hash") == 3
    with pytest.raises(LedgerError, match="sealed"):
        await ledger.add(new_rows(9))
    with pytest.raises(LedgerError, match="sealed already"):
        await ledger.seal("other")
    facts = await ledger.facts()
    assert (facts.rows, facts.source_hash, facts.plan) == (3, "hash", PLAN)
    rows = await all_rows(ledger)
    assert rows[2].to == number_of(2)
    assert (rows[3].state, rows[3].error) == ("SKIPPED", "bad number")
    assert rows[1].variables == {"name": "Zoë 1"}
    await ledger.close()


async def test_an_import_that_was_killed_goes_on(keeper: Keeper) -> None:
    ledger = await keeper.create()
    await ledger.add(new_rows(2))
    ledger = await reopened(keeper, ledger, flush=False)
    assert await ledger.add([]) == 2
    assert await ledger.add(new_rows(4)) == 4
    assert await ledger.seal("hash") == 4
    await ledger.close()


async def test_tokens_are_random_and_stay(keeper: Keeper) -> None:
    ledger = await sealed(await keeper.create(), 3)
    before = {row.row: row.token for row in await ledger.ready(0)}
    assert len(set(before.values())) == 3
    assert min(map(len, before.values())) >= 16
    ledger = await reopened(keeper, ledger, flush=True)
    assert {row.row: row.token for row in await ledger.ready(0)} == before
    await ledger.close()


async def test_a_row_is_claimed_once(keeper: Keeper) -> None:
    ledger = await sealed(await keeper.create(), 3)
    row = await first(ledger)
    claims = await asyncio.gather(*[ledger.intend(row) for _ in range(5)])
    assert sum(claim is not None for claim in claims) == 1
    assert await ledger.intend(row) is None
    assert [left.row for left in await ledger.ready(0)] == [2, 3]
    assert [left.row for left in await ledger.ready(2)] == [3]
    await ledger.close()


async def test_an_intent_is_durable_when_it_is_granted(keeper: Keeper) -> None:
    ledger = await sealed(await keeper.create(), 2)
    claim = await claimed(ledger)
    ledger = await reopened(keeper, ledger, flush=False)
    row = (await all_rows(ledger))[claim.row]
    assert (row.state, row.epoch, row.attempt) == ("UNKNOWN", claim.epoch, 1)
    assert row.intent_at == NOW
    await ledger.close()


@pytest.mark.parametrize(
    ("state", "facts"),
    [
        ("ACCEPTED", {"sid": sid_of(1), "status": "queued", "segments": 2}),
        ("REJECTED", {"code": 21610, "error": "unsubscribed"}),
        ("UNKNOWN", {"error": "no answer"}),
    ],
)
async def test_an_outcome_is_kept(keeper: Keeper, state: str, facts: dict[str, object]) -> None:
    ledger = await sealed(await keeper.create(), 1)
    claim = await claimed(ledger)
    ledger.record(outcome_of(claim, state, NOW + 1.5, **facts))  # type: ignore[arg-type] # data
    await ledger.drain()
    ledger = await reopened(keeper, ledger, flush=False)
    row = (await all_rows(ledger))[1]
    assert (row.state, row.ended_at, row.attempt) == (state, NOW + 1.5, 1)
    assert {name: getattr(row, name) for name in facts} == facts
    assert await wrong_in(ledger) == []
    await ledger.close()


async def test_an_outcome_that_was_not_flushed_makes_its_row_unknown(keeper: Keeper) -> None:
    ledger = await sealed(await keeper.create(), 1)
    ledger.record(accepted(await claimed(ledger), 1))
    ledger = await reopened(keeper, ledger, flush=False)
    assert (await ledger.counts()).unknown == 1
    await ledger.close()


async def test_closing_flushes(keeper: Keeper) -> None:
    ledger = await sealed(await keeper.create(), 1)
    ledger.record(accepted(await claimed(ledger), 1))
    ledger = await reopened(keeper, ledger, flush=True)
    assert (await ledger.counts()).accepted == 1
    await ledger.close()
    await ledger.close()


async def test_outcomes_ride_along_with_intents(keeper: Keeper) -> None:
    ledger = await sealed(await keeper.create(), 2)
    ledger.record(accepted(await claimed(ledger), 1))
    await claimed(ledger)
    ledger = await reopened(keeper, ledger, flush=False)
    counts = await ledger.counts()
    assert (counts.accepted, counts.unknown, counts.total) == (1, 1, 2)
    await ledger.close()


async def test_a_row_put_back_waits_for_its_time(keeper: Keeper) -> None:
    ledger = await sealed(await keeper.create(), 2)
    claim = await claimed(ledger)
    ledger.record(outcome_of(claim, "READY", NOW, not_before=NOW + 30))
    assert await ledger.next_due() == NOW + 30
    assert [row.row for row in await ledger.ready(0)] == [2]
    assert await ledger.due(NOW + 29) == []
    (row,) = await ledger.due(NOW + 30)
    again = await claimed(ledger, row)
    assert (again.row, again.attempt) == (1, 2)
    assert await ledger.next_due() is None
    assert await wrong_in(ledger) == []
    await ledger.close()


async def test_final_states_are_final(keeper: Keeper) -> None:
    ledger = await sealed(await keeper.create(), 1)
    claim = await claimed(ledger)
    ledger.record(outcome_of(claim, "REJECTED", NOW, code=21610))
    ledger.record(accepted(claim, 1))
    await ledger.drain()
    assert (await all_rows(ledger))[1].state == "REJECTED"
    (event,) = await events_of(ledger)
    assert (event.kind, event.row, event.state, event.sid) == (
        "late_outcome",
        1,
        "ACCEPTED",
        sid_of(1),
    )
    assert await ledger.skip_ready("cancelled", NOW) == 0
    await ledger.close()


async def test_the_same_outcome_twice_is_no_contradiction(keeper: Keeper) -> None:
    ledger = await sealed(await keeper.create(), 1)
    claim = await claimed(ledger)
    for _ in range(2):
        ledger.record(accepted(claim, 1))
    ledger.record(outcome_of(claim, "UNKNOWN", NOW))
    await ledger.drain()
    assert (await ledger.counts()).accepted == 1
    assert await events_of(ledger) == []
    await ledger.close()


async def test_a_late_answer_is_evidence(keeper: Keeper) -> None:
    ledger = await sealed(await keeper.create(), 1)
    claim = await claimed(ledger)
    ledger.record(outcome_of(claim, "UNKNOWN", NOW))
    ledger.record(accepted(claim, 7))
    await ledger.drain()
    assert (await all_rows(ledger))[1].sid == sid_of(7)
    assert await events_of(ledger) == []
    await ledger.close()


async def test_no_two_rows_have_one_sid(keeper: Keeper) -> None:
    ledger = await sealed(await keeper.create(), 2)
    ledger.record(accepted(await claimed(ledger), 1))
    ledger.record(accepted(await claimed(ledger), 1))
    await ledger.drain()
    rows = await all_rows(ledger)
    assert (rows[1].state, rows[2].state) == ("ACCEPTED", "HELD")
    assert [event.kind for event in await events_of(ledger)] == ["sid_twice"]
    assert await ledger.settle([outcome_of(rows[2], "ACCEPTED", NOW, sid=sid_of(1))]) == 0
    assert (await ledger.counts()).held == 1
    assert await wrong_in(ledger) == []
    await ledger.close()


async def test_an_outcome_of_an_older_attempt_is_refused(keeper: Keeper) -> None:
    ledger = await sealed(await keeper.create(), 1)
    old = await claimed(ledger)
    ledger.record(outcome_of(old, "READY", NOW))
    await claimed(ledger, (await ledger.due(NOW))[0])
    ledger.record(accepted(old, 1))
    await ledger.drain()
    assert (await ledger.counts()).intent == 1
    assert [event.attempt for event in await events_of(ledger)] == [1]
    await ledger.close()


async def test_a_row_that_was_tried_since_it_was_seen_is_not_claimed(keeper: Keeper) -> None:
    ledger = await sealed(await keeper.create(), 1)
    ledger.record(outcome_of(await claimed(ledger), "READY", NOW))
    (seen,) = await ledger.due(NOW)
    ledger.record(outcome_of(await claimed(ledger, seen), "READY", NOW))
    assert await ledger.intend(seen) is None
    await claimed(ledger, (await ledger.due(NOW))[0])
    await ledger.close()


async def test_an_outcome_of_another_run_is_refused(keeper: Keeper) -> None:
    ledger = await sealed(await keeper.create(), 1)
    claim = await claimed(ledger)
    other = Claim(row=1, to=claim.to, token="", epoch=claim.epoch + 1, attempt=1, at=NOW)
    ledger.record(accepted(other, 1))
    await ledger.drain()
    assert (await ledger.counts()).intent == 1
    assert [event.kind for event in await events_of(ledger)] == ["late_outcome"]
    await ledger.close()


async def test_an_outcome_of_no_row_is_an_event(keeper: Keeper) -> None:
    ledger = await sealed(await keeper.create(), 1)
    ledger.record(accepted(Claim(row=9, to="", token="", epoch=1, attempt=1, at=NOW), 1))
    await ledger.drain()
    assert [event.kind for event in await events_of(ledger)] == ["no_such_row"]
    await ledger.close()


async def test_a_dead_run_may_not_write(keeper: Keeper) -> None:
    dead = await sealed(await keeper.create(), 2)
    claim = await claimed(dead)
    row = (await dead.ready(0))[0]
    live = await keeper.usurp()
    dead.record(accepted(claim, 1))
    with pytest.raises(LedgerError, match="another run"):
        await dead.intend(row)
    assert dead.failure is not None
    with pytest.raises(LedgerError, match="another run"):
        await dead.close()
    counts = await live.counts()
    assert (counts.unknown, counts.ready) == (1, 1)
    await live.close()


@pytest.mark.parametrize(
    ("way", "expected"),
    [
        (["READY"], "READY"),
        (["HELD"], "HELD"),
        (["HELD", "READY"], "READY"),
        (["HELD", "SKIPPED"], "SKIPPED"),
        (["ACCEPTED"], "ACCEPTED"),
        (["HELD", "ACCEPTED"], "ACCEPTED"),
    ],
)
async def test_unknown_rows_are_settled(keeper: Keeper, way: list[str], expected: str) -> None:
    ledger = await sealed(await keeper.create(), 1)
    ledger.record(outcome_of(await claimed(ledger), "UNKNOWN", NOW))
    for state in way:
        row = (await all_rows(ledger))[1]
        sid = sid_of(3) if state == "ACCEPTED" else ""
        outcome = outcome_of(row, state, NOW, sid=sid, error="why")  # type: ignore[arg-type] # data
        assert await ledger.settle([outcome]) == 1
        assert await ledger.settle([outcome]) == 0
    assert (await all_rows(ledger))[1].state == expected
    if expected == "READY":
        await claimed(ledger, (await ledger.due(NOW))[0])
    assert await wrong_in(ledger) == []
    await ledger.close()


async def test_rows_are_skipped_as_they_were_seen(keeper: Keeper) -> None:
    ledger = await sealed(await keeper.create(), 3)
    rows = await ledger.ready(0)
    await claimed(ledger, rows[0])
    assert await ledger.skip(rows[:2], "suppressed", NOW) == 1
    assert await ledger.intend(rows[1]) is None
    assert await ledger.skip_ready("cancelled", NOW) == 1
    found = await all_rows(ledger)
    assert [row.error for row in found.values()] == ["", "suppressed", "cancelled"]
    await ledger.close()


async def test_no_repr_shows_a_number_a_text_or_a_token(keeper: Keeper) -> None:
    ledger = await sealed(await keeper.create(), 1)
    row = await first(ledger)
    claim = await claimed(ledger, row)
    outcome = accepted(claim, 1)
    note = Note(kind="stop", at=NOW, to=row.to, token=row.token)
    shown = repr([ledger, row, claim, outcome, note, await ledger.facts(), new_rows(1)])
    for secret in (row.to, row.to[1:], row.token, "Zoë", "Hi {name}"):
        assert secret not in shown
    assert "state='ACCEPTED'" in shown
    await ledger.close()
    with pytest.raises(LedgerError, match="closed"):
        await ledger.counts()
