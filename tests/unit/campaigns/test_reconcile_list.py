"""Settling unknown rows: how Twilio's list is read, and where a single sid is looked up."""

from __future__ import annotations

import pytest

from async_messaging.campaigns.options import OnUnknown
from async_messaging.campaigns.rows import NewRow
from async_messaging.testing import FakeClock
from async_messaging.transport.scripted import Item
from tests.unit.campaigns.bench import texts
from tests.unit.campaigns.twilio import Form
from tests.unit.campaigns.unknowns import POLICIES, Case, after, before
from tests.unit.pipeline.calls import problem


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(autojump=True)


# Reading the list.


@pytest.mark.parametrize("answer", [problem(403, 20003), problem(401, 20003), problem(404, 20404)])
@pytest.mark.parametrize("policy", POLICIES)
async def test_a_list_that_may_not_be_read_holds(
    clock: FakeClock, answer: Item, policy: OnUnknown
) -> None:
    case = await Case(clock, texts(2), after).unknown(policy=policy)
    case.twilio.read = lambda *_: answer
    assert await case.to_the_end() >= 180
    assert case.counts() == {"HELD": 2}
    assert "can't be read" in case.row(1).error


@pytest.mark.parametrize("rows", [2, 30])
@pytest.mark.parametrize("fails", [1, 2, 3])
async def test_a_page_that_fails_makes_no_negative(clock: FakeClock, rows: int, fails: int) -> None:
    case = Case(clock, texts(rows), before, retries=0)
    await case.unknown(policy="resend")
    case.twilio.page = 20
    for n in range(60):
        case.twilio.accept({"To": f"+1416555{n:04}", "From": "+15558675300", "Body": "x"})
    failing = True

    def read(number: int, _query: Form) -> Item | None:
        return problem(503) if failing and number % 3 == fails % 3 else None

    case.twilio.read = read
    await clock.sleep(500)
    for _ in range(5):
        wait = await case.settler.step()
        assert wait is not None
        await clock.sleep(wait)
    assert case.counts() == {"UNKNOWN": rows}
    assert {row.negatives for row in case.file.rows.values()} == {0}
    failing = False
    await case.to_the_end()
    assert case.counts() == {"READY": rows}


@pytest.mark.parametrize("rows", [2, 30])
async def test_a_list_that_hides_numbers_proves_nothing(clock: FakeClock, rows: int) -> None:
    case = Case(clock, texts(rows), before)
    await case.unknown(policy="resend")
    case.twilio.accept({"To": "+14165550000", "From": "+15558675300", "Body": "x"})
    case.twilio.shows = lambda message: message | {"to": "+1416555XXXX"}
    await case.to_the_end()
    assert case.counts() == {"HELD": rows}


async def test_few_numbers_are_asked_for_and_many_are_read_for(clock: FakeClock) -> None:
    case = await Case(clock, texts(20), after).unknown()
    await clock.sleep(120)
    await case.settler.step()
    assert sorted(read["To"] for read in case.scans) == [f"+1415555{n:04}" for n in range(1, 21)]
    case = await Case(clock, texts(21), after).unknown()
    await clock.sleep(120)
    await case.settler.step()
    assert len(case.scans) == 1
    assert "To" not in case.scans[0]
    assert not any("DateSent" in name for read in case.scans for name in read)


async def test_reading_stops_at_the_beginning_of_the_window_and_not_before(
    clock: FakeClock,
) -> None:
    case = Case(clock, texts(25), after)
    for n in range(100):
        case.twilio.accept({"To": f"+1416555{n:04}", "From": "+15558675300", "Body": "x"})
    await clock.sleep(100)
    case.twilio.page = 10
    await case.unknown()
    await clock.sleep(120)
    await case.settler.step()
    assert len(case.scans) == 4  # 25 of ours, then 5 and 10 that are older
    assert case.counts() == {"ACCEPTED": 25}


async def test_messages_without_a_date_do_not_end_the_reading(clock: FakeClock) -> None:
    case = Case(clock, texts(25), after)
    await case.unknown()
    for n in range(30):
        case.twilio.accept({"To": f"+1416555{n:04}", "From": "+15558675300", "Body": "x"})
    case.twilio.page = 10
    case.twilio.shows = lambda message: message | {"date_created": None}
    await clock.sleep(120)
    await case.settler.step()
    assert case.counts() == {"ACCEPTED": 25}


@pytest.mark.parametrize("ahead", [-300.0, 300.0])
async def test_twilios_clock_may_differ(clock: FakeClock, ahead: float) -> None:
    case = Case(clock, texts(25), after)
    case.twilio.ahead = ahead
    await case.unknown(policy="resend")
    await case.to_the_end()
    assert case.counts() == {"ACCEPTED": 25}


async def test_an_answer_without_a_date_allows_for_some_seconds(clock: FakeClock) -> None:
    case = Case(clock, texts(1), after)
    case.twilio.dated, case.twilio.ahead = False, -6.0
    await case.unknown(policy="resend")
    await case.to_the_end()
    assert case.counts() == {"ACCEPTED": 1}


# Hints.


async def test_a_hint_is_followed_until_it_is_listed(clock: FakeClock) -> None:
    case = Case(clock, texts(1), after)
    case.twilio.lag = 130.0
    case.twilio.shows = lambda message: message | {"body": "rewritten"}
    await case.unknown(policy="resend")
    case.settler.hint(1, str(case.twilio.messages[0][1]["sid"]))
    await case.to_the_end()
    assert case.row(1).state == "ACCEPTED"


async def test_a_hint_of_another_message_is_no_evidence(clock: FakeClock) -> None:
    case = await Case(clock, texts(1), before).unknown(policy="resend")
    case.twilio.accept({"To": "+14165550000", "From": "+15558675300", "Body": "x"})
    case.settler.hint(1, str(case.twilio.messages[0][1]["sid"]))
    await case.to_the_end()
    assert case.row(1).state == "READY"


async def test_a_row_that_a_hint_settled_takes_no_other_message(clock: FakeClock) -> None:
    rows = [NewRow(row=n, to="+14155550001", variables={"name": "Ann"}) for n in (1, 2)]
    case = await Case(clock, rows, after).unknown(policy="resend")
    case.settler.hint(1, str(case.twilio.messages[0][1]["sid"]))
    await clock.sleep(120)
    assert await case.settler.step() is None
    sids = [message["sid"] for _, message in case.twilio.messages]
    assert [case.row(1).sid, case.row(2).sid] == sids
    assert sorted((event.row, event.state) for event in case.events) == [
        (1, "ACCEPTED"),
        (2, "ACCEPTED"),
    ]
