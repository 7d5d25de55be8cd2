"""Rows are changed in groups and read in groups: nothing of that shows."""

from __future__ import annotations

import asyncio

from async_messaging.campaigns.rows import NewRow, outcome_of
from tests.unit.campaigns.ledgers import (
    Keeper,
    accepted,
    all_rows,
    claimed,
    events_of,
    sealed,
    sid_of,
    wrong_in,
)

NOW = 1_700_000_000.0


async def test_one_misfit_in_a_group_changes_nothing_for_the_others(keeper: Keeper) -> None:
    ledger = await sealed(await keeper.create(), 200)
    rows = await ledger.ready(0, 200)
    await ledger.skip(rows[99:100], "seen", NOW)
    claims = await asyncio.gather(*[ledger.intend(row) for row in rows])
    assert [row.row for row, claim in zip(rows, claims, strict=True) if claim is None] == [100]
    for claim in claims:
        if claim is not None:
            ledger.record(accepted(claim, 1 if claim.row == 150 else claim.row))
    await ledger.drain()
    counts = await ledger.counts()
    assert (counts.accepted, counts.held, counts.skipped) == (198, 1, 1)
    assert [(event.kind, event.row) for event in await events_of(ledger)] == [("sid_twice", 150)]
    assert await wrong_in(ledger) == []
    await ledger.close()


async def test_any_text_comes_back_as_it_was(keeper: Keeper) -> None:
    text = '\x00 "quoted" \\ \n \x7f Zoë \U0001f600 null'
    ledger = await keeper.create()
    await ledger.add([NewRow(row=1, to=text, variables={text: text}), NewRow(row=2, to="null")])
    await ledger.seal("hash")
    claim = await claimed(ledger)
    ledger.record(outcome_of(claim, "UNKNOWN", NOW, error=text, status="null"))
    await ledger.drain()
    rows = await all_rows(ledger)
    assert (rows[1].to, rows[1].variables, rows[1].error) == (text, {text: text}, text)
    assert (rows[1].status, rows[2].to) == ("null", "null")
    await ledger.close()


async def test_it_is_told_which_sids_rows_have(keeper: Keeper) -> None:
    ledger = await sealed(await keeper.create(), 2)
    for number, row in enumerate(await ledger.ready(0), 1):
        ledger.record(accepted(await claimed(ledger, row), number))
    await ledger.drain()
    asked = [sid_of(number) for number in range(200)]
    with ledger.reader() as reader:
        assert reader.claimed([*asked, "SMnone", ""]) == {sid_of(1), sid_of(2)}
    await ledger.close()
