"""Settling unknown rows: every arrow of the diagram, when, and on what evidence."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from msgspec.structs import replace

from async_messaging.campaigns.options import OnUnknown
from async_messaging.campaigns.rows import NewRow, Note, Outcome, outcome_of
from async_messaging.errors import LedgerError, MessagingError
from async_messaging.testing import FakeClock
from tests.unit.campaigns.bench import texts
from tests.unit.campaigns.twilio import Form
from tests.unit.campaigns.unknowns import POLICIES, SERVICE, Case, after, before
from tests.unit.pipeline.calls import problem


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(autojump=True)


# The arrows.


@pytest.mark.parametrize("policy", POLICIES)
async def test_what_is_in_the_list_was_accepted(clock: FakeClock, policy: OnUnknown) -> None:
    case = await Case(clock, texts(3), after).unknown(policy=policy)
    await case.to_the_end()
    assert case.counts() == {"ACCEPTED": 3}
    assert case.row(2).sid == case.twilio.messages[1][1]["sid"]
    assert [event.sid for event in case.events if event.row == 2] == [case.row(2).sid]


@pytest.mark.parametrize(("policy", "state"), [("hold", "HELD"), ("resend", "READY")])
@pytest.mark.parametrize("dead", [False, True])
async def test_two_scans_without_it_and_not_before_they_count(
    clock: FakeClock, policy: OnUnknown, state: str, dead: bool
) -> None:
    case = await Case(clock, texts(1), before).unknown(policy=policy, dead=dead)
    times: list[float] = []
    began = clock.time()

    def read(_number: int, query: Form) -> None:
        if query.get("PageSize") != "50":
            times.append(clock.time() - began)

    case.twilio.read = read
    await case.to_the_end()
    assert case.row(1).state == state
    first = 120 + (45 if dead else 0)
    assert times == [first, first + 60]


async def test_the_scans_of_two_runs_add_up_and_keep_their_distance(clock: FakeClock) -> None:
    case = await Case(clock, texts(1), before).unknown(policy="resend")
    assert await case.settler.step() == 120
    await clock.sleep(120)
    assert await case.settler.step() == 60
    case.led = case.ledger()
    case.watch("resend")
    assert case.row(1).negatives == 1
    assert await case.settler.step() == 60
    await clock.sleep(60)
    assert await case.settler.step() is None
    assert case.row(1).state == "READY"


async def test_a_message_that_is_listed_at_last_is_found(clock: FakeClock) -> None:
    case = Case(clock, texts(2), after)
    case.twilio.lag = 150.0
    await case.unknown(policy="resend")
    await case.to_the_end()
    assert case.counts() == {"ACCEPTED": 2}


@pytest.mark.parametrize("policy", POLICIES)
async def test_another_text_is_no_negative(clock: FakeClock, policy: OnUnknown) -> None:
    case = Case(clock, texts(1), after)
    case.twilio.shows = lambda message: message | {"body": f"Trial: {message['body']}"}
    await case.unknown(policy=policy)
    assert await case.to_the_end() == 180
    assert case.row(1).state == "HELD"
    assert "decides nothing" in case.row(1).error
    assert case.row(1).negatives == 0


async def test_repeat_sends_again_at_once(clock: FakeClock) -> None:
    case = await Case(clock, texts(3), after).unknown(policy="repeat")
    assert await case.settler.step() is None
    assert case.counts() == {"READY": 3}
    assert case.twilio.reads == []


async def test_a_held_row_gets_late_evidence(clock: FakeClock) -> None:
    case = Case(clock, texts(1), after)
    case.twilio.lag = 10_000.0
    await case.unknown()
    await case.to_the_end()
    assert case.row(1).state == "HELD"
    assert await case.settler.step() is None
    case.twilio.lag = 0.0
    assert await case.settler.step(held=True) is None
    assert case.row(1).state == "ACCEPTED"


async def test_a_held_row_that_is_not_found_stays_held(clock: FakeClock) -> None:
    case = await Case(clock, texts(1), before).unknown()
    await case.to_the_end()
    was = case.row(1)
    assert await case.settler.step(held=True) is None
    assert case.row(1) == was


async def test_a_list_that_fails_while_held_rows_are_looked_for_is_told(clock: FakeClock) -> None:
    case = await Case(clock, texts(1), before).unknown()
    await case.to_the_end()
    case.twilio.read = lambda *_: problem(503)
    with pytest.raises(MessagingError):
        await case.settler.step(held=True)


# What a candidate is.


@pytest.mark.parametrize("policy", POLICIES)
async def test_a_sid_that_another_row_has_is_no_evidence(
    clock: FakeClock, policy: OnUnknown
) -> None:
    rows = [NewRow(row=n, to="+14155550001", variables={"name": "Ann"}) for n in (1, 2)]
    case = await Case(clock, rows, lambda n, _: "after" if n == 1 else "lost").unknown(
        policy=policy
    )
    sid = str(case.twilio.messages[0][1]["sid"])
    case.file.spool.append(
        Note(kind="receipt", at=clock.time(), row=1, token=case.row(1).token, sid=sid)
    )
    await case.led.take_in()
    await case.to_the_end()
    assert case.row(1).sid == sid
    assert case.row(2).state == ("READY" if policy == "resend" else "HELD")


async def test_a_sid_of_another_campaign_is_no_evidence(clock: FakeClock) -> None:
    case = await Case(clock, texts(1), after).unknown(policy="resend")
    case.elsewhere = {str(case.twilio.messages[0][1]["sid"])}
    await case.to_the_end()
    assert case.row(1).state == "READY"


@pytest.mark.parametrize(
    "other",
    [{"direction": "inbound"}, {"direction": "outbound-reply"}, {"from": "+15550001111"}],
)
async def test_what_could_not_be_the_row_is_no_candidate(
    clock: FakeClock, other: dict[str, object]
) -> None:
    case = Case(clock, texts(1), after)
    case.twilio.shows = lambda message: message | other
    await case.unknown(policy="resend")
    await case.to_the_end()
    assert case.row(1).state == "READY"


async def test_what_a_service_sent_matches_without_its_text(clock: FakeClock) -> None:
    case = Case(clock, texts(1), after, SERVICE)
    case.twilio.shows = lambda message: message | {"body": "Hello!"}
    await case.unknown()
    await case.to_the_end()
    assert case.counts() == {"ACCEPTED": 1}


async def test_one_message_and_two_rows_decide_nothing_where_texts_do_not_count(
    clock: FakeClock,
) -> None:
    rows = [NewRow(row=n, to="+14155550001", variables={"name": f"n{n}"}) for n in (1, 2)]
    case = Case(clock, rows, lambda n, _: "after" if n == 1 else "lost", SERVICE)
    await case.unknown(policy="resend")
    await case.to_the_end()
    assert case.counts() == {"HELD": 2}


async def test_a_message_that_a_held_row_could_be_decides_nothing(clock: FakeClock) -> None:
    rows = [NewRow(row=n, to="+14155550001", variables={"name": f"n{n}"}) for n in (1, 2)]
    case = Case(clock, rows, lambda n, _: "after" if n == 1 else "lost", SERVICE)
    await case.imported()
    case.led = case.ledger()
    case.watch("resend")
    first, second = await case.led.ready(0)
    await case.tried(first)
    claim = await case.tried(second, dead=True)
    await clock.sleep(30)
    case.led.record(outcome_of(claim, "UNKNOWN", clock.time()))
    began = clock.time()
    case.twilio.read = lambda *_: problem(403, 20003) if clock.time() < began + 170 else None
    await case.to_the_end()
    assert case.row(1).state == case.row(2).state == "HELD"


async def test_a_message_of_a_call_under_way_is_no_evidence_for_another_row(
    clock: FakeClock,
) -> None:
    rows = [NewRow(row=n, to="+14155550001", variables={"name": f"n{n}"}) for n in (1, 2)]
    case = Case(clock, rows, before, SERVICE)
    await case.imported()
    case.led = case.ledger()
    case.watch("resend")
    first, second = await case.led.ready(0)
    await case.tried(first)
    await clock.sleep(119)
    case.twilio.behave = after
    claim = await case.tried(second, dead=True)  # accepted, and its answer is on its way
    await clock.sleep(1)
    await case.settler.step()
    assert case.counts() == {"UNKNOWN": 1, "INTENT": 1}
    sid = str(case.twilio.messages[0][1]["sid"])
    case.led.record(outcome_of(claim, "ACCEPTED", clock.time(), sid=sid, status="queued"))
    await case.to_the_end()
    assert (case.row(1).state, case.row(2).sid) == ("READY", sid)


# Others.


async def test_a_ledger_that_fails_is_told(clock: FakeClock) -> None:
    case = await Case(clock, texts(1), after).unknown()

    async def settle(outcomes: Sequence[Outcome]) -> int:
        raise LedgerError("the disk is full")

    case.led.settle = settle  # type: ignore[method-assign]  # a full disk
    await clock.sleep(120)
    with pytest.raises(LedgerError, match="the disk is full"):
        await case.settler.step()


async def test_a_row_whose_message_can_not_be_made_any_more_keeps_no_other(
    clock: FakeClock,
) -> None:
    case = await Case(clock, texts(3), after).unknown(policy="resend")
    case.file.rows[2] = replace(case.row(2), to="", variables={})  # a person was forgotten
    await case.to_the_end()
    assert [case.row(n).state for n in (1, 2, 3)] == ["ACCEPTED", "HELD", "ACCEPTED"]


def identical(count: int) -> list[NewRow]:
    """Three rows a number, two of them with one text."""
    return [
        NewRow(row=n, to=f"+1415{n // 3:07}", variables={"name": "Ann" if n % 3 else "Bob"})
        for n in range(1, count + 1)
    ]


async def resolved(clock: FakeClock, count: int) -> None:
    """P9: rows of which nobody knows, half of them accepted, are resolved; none wrongly."""
    fates: dict[int, bool] = {}

    def fate(number: int, _form: Form) -> str:
        fates[number] = (number * 2_654_435_761) % 97 < 48
        return "lost after" if fates[number] else "lost"

    case: Any = Case(clock, identical(count), fate)
    case.twilio.lag = 60.0
    case.twilio.page = 200
    await case.unknown(policy="resend")
    await case.to_the_end()
    done = case.counts()
    assert done["ACCEPTED"] + done["READY"] >= 0.999 * count
    assert done["ACCEPTED"] == sum(fates.values())
    of_sid = {message["sid"]: message for _, message in case.twilio.messages}
    for row in case.file.rows.values():
        if row.state == "ACCEPTED":
            message = of_sid.pop(row.sid)
            assert (message["to"], message["body"]) == (row.to, case.content.draft(row).body)
    assert not of_sid
    assert await case.led.check() == []


async def test_p9_nearly_all_unknown_rows_are_resolved_and_none_wrongly(clock: FakeClock) -> None:
    await resolved(clock, 500)


@pytest.mark.soak
async def test_p9_10_000_unknown_rows(clock: FakeClock) -> None:
    await resolved(clock, 10_000)
