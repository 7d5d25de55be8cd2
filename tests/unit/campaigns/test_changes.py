"""What others say to a ledger, and what becomes of it, asked of both."""

from __future__ import annotations

from async_messaging.campaigns.ledger import Ledger
from async_messaging.campaigns.rows import Note, outcome_of
from tests.unit.campaigns.ledgers import (
    Keeper,
    accepted,
    all_rows,
    claimed,
    number_of,
    sealed,
    sid_of,
)

NOW = 1_700_000_000.0


async def reopened(keeper: Keeper, ledger: Ledger, *, flush: bool) -> Ledger:
    await ledger.close(flush=flush)
    return await keeper.open()


async def test_notes_are_taken_in_once(keeper: Keeper) -> None:
    ledger = await sealed(await keeper.create(), 2)
    assert await ledger.take_in() == []
    notes = [Note(kind="pause", at=NOW), Note(kind="rate", at=NOW, rate=50.0)]
    keeper.post([*notes, Note(kind="stop", at=NOW, to=number_of(2))])
    assert [note.kind for note in await ledger.take_in()] == ["pause", "rate", "stop"]
    assert await ledger.take_in() == []
    facts = await ledger.facts()
    assert (facts.wish, facts.rate) == ("pause", 50.0)
    assert (await all_rows(ledger))[2].error == "opted out"
    keeper.post([Note(kind="resume", at=NOW)])
    ledger = await reopened(keeper, ledger, flush=True)
    assert len(await ledger.take_in()) == 1
    assert (await ledger.facts()).wish == ""
    await ledger.close()


async def test_whoever_opts_out_while_a_message_is_under_way_gets_no_second_attempt(
    keeper: Keeper,
) -> None:
    ledger = await sealed(await keeper.create(), 2)
    rows = await ledger.ready(0)
    claims = [await claimed(ledger, row) for row in rows]
    keeper.post([Note(kind="stop", at=NOW, to=rows[0].to)])
    await ledger.take_in()
    for claim in claims:
        ledger.record(outcome_of(claim, "READY", NOW, not_before=NOW))
    assert [row.row for row in await ledger.due(NOW + 1)] == [2]
    after = (await all_rows(ledger))[1]
    assert (after.state, after.error) == ("SKIPPED", "opted out")
    assert await ledger.check() == []
    await ledger.close()


async def test_a_receipt_with_the_token_is_evidence(keeper: Keeper) -> None:
    ledger = await sealed(await keeper.create(), 3)
    rows = await ledger.ready(0)
    claims = [await claimed(ledger, row) for row in rows[:2]]
    ledger.record(outcome_of(claims[0], "UNKNOWN", NOW))
    await ledger.drain()

    def receipt(row: int, token: str, sid: int, status: str) -> Note:
        return Note(kind="receipt", at=NOW, row=row, token=token, sid=sid_of(sid), status=status)

    keeper.post(
        [
            receipt(1, "guessed", 8, "sent"),
            receipt(1, rows[0].token, 1, "delivered"),
            receipt(1, rows[0].token, 1, "sent"),  # late
            receipt(2, rows[1].token, 2, "sent"),  # before its answer
            receipt(3, rows[2].token, 3, "sent"),  # of a row that was never sent
        ]
    )
    await ledger.take_in()
    ledger.record(accepted(claims[1], 2))
    found = await all_rows(ledger)
    assert [(row.state, row.status) for row in found.values()] == [
        ("ACCEPTED", "delivered"),
        ("ACCEPTED", "sent"),
        ("READY", ""),
    ]
    assert [(event.kind, event.row) for event in await ledger.events()] == [("late_outcome", 3)]
    await ledger.close()
