"""What others say to a ledger, and what becomes of it, asked of both."""

from __future__ import annotations

from itertools import permutations

import pytest

from async_messaging.campaigns.ledger import Ledger
from async_messaging.campaigns.rows import Note, outcome_of
from async_messaging.settling.states import State
from tests.unit.campaigns.ledgers import (
    Keeper,
    accepted,
    all_rows,
    claimed,
    events_of,
    number_of,
    sealed,
    sid_of,
    wrong_in,
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
    assert await wrong_in(ledger) == []
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
    assert [(event.kind, event.row) for event in await events_of(ledger)] == [("late_outcome", 3)]
    await ledger.close()


async def test_a_row_that_was_put_back_is_not_sent_again_when_its_receipt_comes(
    keeper: Keeper,
) -> None:
    ledger = await sealed(await keeper.create(), 1)
    (row,) = await ledger.ready(0)
    claim = await claimed(ledger, row)
    ledger.record(outcome_of(claim, "READY", NOW))
    await ledger.drain()
    keeper.post(
        [Note(kind="receipt", at=NOW, row=1, token=row.token, sid=sid_of(1), status="sent")]
    )
    await ledger.take_in()
    (found,) = (await all_rows(ledger)).values()
    assert (found.state, found.error) == (
        "SKIPPED",
        "accepted: its receipt came after it was put back",
    )
    assert [(event.kind, event.sid) for event in await events_of(ledger)] == [
        ("late_outcome", sid_of(1))
    ]
    assert await wrong_in(ledger) == []
    await ledger.close()


async def known(keeper: Keeper, *reports: tuple[str, int | None]) -> tuple[str, int | None]:
    """Status and code of a message after these reports."""
    ledger = await sealed(await keeper.create(), 1)
    row = (await ledger.ready(0))[0]
    ledger.record(accepted(await claimed(ledger, row), 1))
    await ledger.drain()
    for status, code in reports:
        keeper.post(
            [
                Note(
                    kind="receipt",
                    at=NOW,
                    row=1,
                    token=row.token,
                    sid=sid_of(1),
                    status=status,
                    code=code,
                )
            ]
        )
    await ledger.take_in()
    found = (await all_rows(ledger))[1]
    await ledger.close()
    return found.status, found.code


REPORTS: list[tuple[str, int | None]] = [("sending", None), ("sent", None), ("undelivered", 30003)]


@pytest.mark.parametrize("order", list(permutations(REPORTS)))
async def test_reports_give_the_same_in_any_order(
    keeper: Keeper, order: tuple[tuple[str, int | None], ...]
) -> None:
    assert await known(keeper, *order, *order) == ("undelivered", 30003)


async def test_a_code_that_was_missing_is_added(keeper: Keeper) -> None:
    reports = [("undelivered", None), ("undelivered", 30003), ("undelivered", None)]
    assert await known(keeper, *reports) == ("undelivered", 30003)


async def test_an_answer_that_comes_after_its_receipt_changes_nothing(keeper: Keeper) -> None:
    ledger = await sealed(await keeper.create(), 1)
    row = (await ledger.ready(0))[0]
    claim = await claimed(ledger, row)
    receipt = Note(kind="receipt", at=NOW, row=1, token=row.token, sid=sid_of(1), status="sent")
    keeper.post([receipt])
    await ledger.take_in()
    ledger.record(accepted(claim, 1))
    await ledger.drain()
    ledger.record(outcome_of(claim, "UNKNOWN", NOW, error="no answer"))
    found = (await all_rows(ledger))[1]
    assert (found.state, found.sid, found.status) == ("ACCEPTED", sid_of(1), "sent")
    assert await events_of(ledger) == []
    assert await wrong_in(ledger) == []
    await ledger.close()


async def test_what_contradicts_is_kept_once_however_often_it_comes(keeper: Keeper) -> None:
    ledger = await sealed(await keeper.create(), 1)
    row = (await ledger.ready(0))[0]
    for _ in range(3):
        keeper.post(
            [Note(kind="receipt", at=NOW, row=1, token=row.token, sid=sid_of(1), status="sent")]
        )
        await ledger.take_in()
    assert len(await events_of(ledger)) == 1
    await ledger.close()


async def test_the_list_tells_by_sid_and_only_of_messages_that_rows_have(keeper: Keeper) -> None:
    ledger = await sealed(await keeper.create(), 2)
    for number in (1, 2):
        ledger.record(accepted(await claimed(ledger), number))
    await ledger.drain()
    keeper.post(
        [
            Note(kind="listed", at=NOW, sid=sid_of(1), status="delivered", segments=3),
            Note(kind="listed", at=NOW, sid=sid_of(1), status="sent"),
            Note(kind="listed", at=NOW, sid=sid_of(9), status="failed", code=30003),
        ]
    )
    await ledger.take_in()
    found = await all_rows(ledger)
    assert [(row.status, row.segments) for row in found.values()] == [
        ("delivered", 3),
        ("queued", 1),
    ]
    assert await events_of(ledger) == []
    await ledger.close()


@pytest.mark.parametrize("became", [[], ["UNKNOWN"], ["UNKNOWN", "HELD"]])
async def test_a_late_answer_with_the_message_of_another_row_is_for_a_person(
    keeper: Keeper, became: list[State]
) -> None:
    """The row is not accepted, whatever it became before: nobody knows what became of it."""
    ledger = await sealed(await keeper.create(), 2)
    mine, other = [await claimed(ledger, row) for row in await ledger.ready(0)]
    ledger.record(accepted(other, 1))
    await ledger.drain()
    for state in became:
        row = (await all_rows(ledger))[1]
        ledger.record(outcome_of(row, state, NOW, error="no answer"))
        await ledger.drain()
    ledger.record(accepted(mine, 1))
    found = await all_rows(ledger)
    assert (found[2].state, found[2].sid) == ("ACCEPTED", sid_of(1))
    assert (found[1].state, found[1].sid) == ("HELD", "")
    (event,) = await events_of(ledger)
    assert (event.kind, event.row, event.sid) == ("sid_twice", 1, sid_of(1))
    assert await wrong_in(ledger) == []
    await ledger.close()
