from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from async_messaging.campaigns.privacy import (
    ForgetResult,
    forget,
    number_hash,
    purge,
)
from async_messaging.campaigns.pseudonyms import is_pseudonym
from async_messaging.campaigns.rows import NewRow, Note, outcome_of
from async_messaging.campaigns.sqlite import SQLiteLedger
from async_messaging.errors import InvalidInput, LedgerError
from async_messaging.testing import FakeClock
from tests.unit.campaigns.ledgers import (
    PLAN,
    SQLiteKeeper,
    claimed,
    number_of,
    sealed,
    sid_of,
)
from tests.unit.campaigns.people import NOW, PERSON, attempt, bytes_of, hold, over, rows_at

DAY = dt.timedelta(days=1)


@pytest.fixture
def keeper(tmp_path: Path, clock: FakeClock) -> SQLiteKeeper:
    return SQLiteKeeper(tmp_path, clock)


async def test_a_purge_keeps_what_became_of_a_row_and_not_whose_it_was(
    keeper: SQLiteKeeper,
) -> None:
    await over(keeper)
    before = rows_at(keeper.path)
    assert purge(keeper.path, clock=keeper.clock).rows == 4
    for number, row in rows_at(keeper.path).items():
        was = before[number]
        kept = ("row", "token", "state", "epoch", "attempt", "intent_at", "ended_at", "sid")
        for name in (*kept, "status", "code", "segments"):
            assert getattr(row, name) == getattr(was, name)
        assert row.to == number_hash(keeper.path.parent, was.to)
        assert row.variables == {}
        assert row.error == ("deadline" if row.state == "SKIPPED" else "")
    assert purge(keeper.path, clock=keeper.clock).rows == 0


async def test_a_late_status_callback_counts_after_a_purge(keeper: SQLiteKeeper) -> None:
    await over(keeper)
    token = rows_at(keeper.path)[1].token
    purge(keeper.path, clock=keeper.clock)
    keeper.post([Note(kind="receipt", at=NOW, row=1, token=token, sid=sid_of(1), status="read")])
    purge(keeper.path, clock=keeper.clock)
    assert rows_at(keeper.path)[1].status == "read"


async def test_a_campaign_that_is_not_over_is_not_purged(keeper: SQLiteKeeper) -> None:
    ledger = await sealed(await keeper.create(), 3)
    await claimed(ledger)
    await attempt(ledger, "UNKNOWN")
    await ledger.close()
    with pytest.raises(LedgerError, match="the campaign is not over: 3 rows are to go"):
        purge(keeper.path, held=True, clock=keeper.clock)
    ledger = await keeper.open()
    await hold(ledger)
    await ledger.close()
    with pytest.raises(LedgerError, match="the campaign is not over: 1 row is to go"):
        purge(keeper.path, held=True, clock=keeper.clock)
    assert {row.to for row in rows_at(keeper.path).values()} == {number_of(n) for n in (1, 2, 3)}


async def test_an_import_that_has_not_ended_is_not_purged(keeper: SQLiteKeeper) -> None:
    async with await keeper.create() as ledger:
        await ledger.add([NewRow(row=1, to="nobody", skip="bad number")])
    with pytest.raises(LedgerError, match="its import has not ended"):
        purge(keeper.path, clock=keeper.clock)


async def test_held_rows_are_purged_only_on_demand(keeper: SQLiteKeeper) -> None:
    await over(keeper, held=True)
    with pytest.raises(LedgerError, match="1 row is held and could not be sent again"):
        purge(keeper.path, clock=keeper.clock)
    assert purge(keeper.path, held=True, clock=keeper.clock).rows == 4
    assert rows_at(keeper.path)[3].state == "HELD"


async def test_a_young_campaign_is_not_purged(keeper: SQLiteKeeper, clock: FakeClock) -> None:
    await over(keeper)
    await clock.advance(DAY.total_seconds() - 1)
    with pytest.raises(LedgerError, match="too young to be purged: it was active 2023-11-14 22:13"):
        purge(keeper.path, older_than=DAY, clock=clock)
    forget(keeper.path.parent, "+442071838750", clock=clock)  # is no activity
    await clock.advance(1)
    assert purge(keeper.path, older_than=DAY, clock=clock).rows == 4


async def test_a_ledger_that_a_run_holds_is_not_purged(keeper: SQLiteKeeper) -> None:
    await over(keeper)
    async with await keeper.open():
        with pytest.raises(LedgerError, match="runs this campaign"):
            purge(keeper.path, clock=keeper.clock)
    with pytest.raises(LedgerError, match="no such ledger"):
        purge(keeper.path.with_name("other.campaign"), clock=keeper.clock)


async def test_a_purge_fences_off_whoever_wrote_before(keeper: SQLiteKeeper) -> None:
    await over(keeper)
    ledger = await keeper.open()
    keeper.path.with_name("spring.campaign.lock").unlink()  # as if locks did not work here
    purge(keeper.path, clock=keeper.clock)
    with pytest.raises(LedgerError, match="another run has taken the ledger over"):
        await ledger.skip_ready("late", NOW)
    with pytest.raises(LedgerError):
        await ledger.close()


async def test_who_is_forgotten_is_in_no_row_of_any_ledger(
    tmp_path: Path, clock: FakeClock
) -> None:
    for name, channel in (("a", ""), ("b", "whatsapp:"), ("c", "")):
        async with await SQLiteLedger.create(tmp_path / f"{name}.campaign", PLAN) as ledger:
            people = ("+15558670001", PERSON) if name != "c" else ("+15558670001",)
            await ledger.add(
                [
                    NewRow(row=row, to=f"{channel}{to}", variables={"name": f"is {to}"})
                    for row, to in enumerate(people, start=1)
                ]
            )
            await ledger.seal("hash")
    results = forget(tmp_path, "+1 (555) 867-0003", clock=clock)
    assert results == [
        ForgetResult(ledger="a.campaign", rows=1, skipped=1),
        ForgetResult(ledger="b.campaign", rows=1, skipped=1),
        ForgetResult(ledger="c.campaign"),
    ]
    assert b"5558670003" not in bytes_of(tmp_path)
    for name in "ab":
        rows = rows_at(tmp_path / f"{name}.campaign")
        assert (rows[2].state, rows[2].error) == ("SKIPPED", "forgotten")
        assert (rows[2].to, rows[2].variables) == (number_hash(tmp_path, PERSON), {})
        assert rows[1].to.endswith("+15558670001")
        assert rows[1].state == "READY"
        assert rows[1].variables
    assert [result.rows for result in forget(tmp_path, PERSON, clock=clock)] == [1, 1, 0]


async def test_each_state_of_a_forgotten_row_is_handled(keeper: SQLiteKeeper) -> None:
    ledger = await keeper.create()
    await ledger.add(
        [NewRow(row=row, to=PERSON, variables={"x": "y"}) for row in range(1, 7)], repeats=True
    )
    await ledger.seal("hash")
    await attempt(ledger, "ACCEPTED")
    await attempt(ledger, "REJECTED")
    await attempt(ledger, "UNKNOWN")
    await claimed(ledger)
    put_back = await claimed(ledger)
    ledger.record(outcome_of(put_back, "READY", NOW, not_before=NOW + 9))
    await ledger.close()
    result = forget(keeper.path.parent, PERSON, clock=keeper.clock)[0]
    assert (result.rows, result.skipped, result.held) == (6, 2, 2)
    rows = rows_at(keeper.path)
    assert [(row.state, row.error) for row in rows.values() if row.row != 2] == [
        ("ACCEPTED", ""),
        ("HELD", "forgotten"),
        ("HELD", "forgotten"),
        ("SKIPPED", "forgotten"),
        ("SKIPPED", "forgotten"),
    ]
    assert (rows[2].error, rows[2].code) == ("The number ... is not valid", 21211)
    assert {is_pseudonym(row.to) for row in rows.values()} == {True}
    async with await keeper.open() as again:
        assert await again.ready(0) == []
        assert await again.next_due() is None


@pytest.mark.parametrize("said", ["(555) 867 0003", "0015558670003", "1-555-867-0003", "867-0003"])
async def test_a_bad_row_that_may_be_theirs_goes_too(keeper: SQLiteKeeper, said: str) -> None:
    async with await keeper.create() as ledger:
        others = ["+3298670003", "(555) 867 0004", "0003", ""]
        await ledger.add(
            [NewRow(row=row, to=to, skip="bad") for row, to in enumerate([said, *others], start=1)]
        )
        await ledger.seal("hash")
    assert forget(keeper.path.parent, PERSON, clock=keeper.clock)[0].rows == 1
    rows = rows_at(keeper.path)
    assert [is_pseudonym(rows[row].to) for row in sorted(rows)] == [True] + [False] * 4
    assert said.encode() not in bytes_of(keeper.path.parent)


async def test_a_purged_person_is_found_by_the_hash(keeper: SQLiteKeeper) -> None:
    await over(keeper)
    purge(keeper.path, clock=keeper.clock)
    folder = keeper.path.parent
    assert forget(folder, PERSON, clock=keeper.clock)[0].rows == 1
    assert rows_at(keeper.path)[3].to == number_hash(folder, f"whatsapp:{PERSON}")
    (folder / "elsewhere").mkdir()
    assert number_hash(folder / "elsewhere", PERSON) != number_hash(folder, PERSON)


async def test_a_run_is_told_to_send_nothing_more(keeper: SQLiteKeeper) -> None:
    ledger = await keeper.create()
    people = ["+15558670001", PERSON, f"whatsapp:{PERSON}", PERSON]
    await ledger.add([NewRow(row=row, to=to) for row, to in enumerate(people, start=1)])
    await ledger.seal("hash")
    result = forget(keeper.path.parent, PERSON, clock=keeper.clock)[0]
    assert result == ForgetResult(ledger="spring.campaign", rows=3, running=True)
    assert {note.to for note in await ledger.take_in()} == {PERSON, f"whatsapp:{PERSON}"}
    assert [row.row for row in await ledger.ready(0)] == [1]
    assert forget(keeper.path.parent, "+442071838750")[0].running
    assert await ledger.take_in() == []
    await ledger.close()
    assert forget(keeper.path.parent, PERSON, clock=keeper.clock)[0].rows == 3
    assert PERSON.encode() not in bytes_of(keeper.path.parent)


async def test_while_rows_are_imported_forgetting_says_what_it_can_not_do(
    keeper: SQLiteKeeper,
) -> None:
    ledger = await keeper.create()
    assert forget(keeper.path.parent, PERSON)[0].running
    assert [note.to for note in await ledger.take_in()] == [PERSON]
    await ledger.close()
    assert "the number may come in again" in forget(keeper.path.parent, PERSON)[0].error


async def test_a_ledger_that_fails_does_not_keep_the_others(
    keeper: SQLiteKeeper, tmp_path: Path
) -> None:
    (tmp_path / "a.campaign").write_bytes(b"no ledger, but long enough to be read" * 40)
    await (await sealed(await keeper.create(), 3)).close()
    broken, good = forget(tmp_path, PERSON, clock=keeper.clock)
    assert "not a database" in broken.error
    assert (good.rows, good.error) == (1, "")


def test_forgetting_needs_an_address(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput):
        forget(tmp_path, "somebody")
    assert not list(tmp_path.iterdir())
