"""Unknown rows of a ledger: what settling is told of them, and what it makes of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from msgspec.structs import replace

from async_messaging.campaigns.changes import key_of
from async_messaging.campaigns.rows import NewRow, Note
from async_messaging.errors import LedgerError, MessagingError
from async_messaging.settling.attempts import Change
from async_messaging.settling.states import OnUnknown
from async_messaging.testing import FakeClock
from tests.unit.campaigns.bench import texts
from tests.unit.campaigns.ledgers import wrong_in
from tests.unit.campaigns.twilio import Form
from tests.unit.campaigns.unknowns import POLICIES, Case, after, before
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
    assert [key_of(change).row for change in case.changes] == [1, 2, 3]


@pytest.mark.parametrize(("policy", "state"), [("hold", "HELD"), ("resend", "READY")])
@pytest.mark.parametrize("dead", [False, True])
async def test_two_scans_without_it_and_not_before_they_count(
    clock: FakeClock, policy: OnUnknown, state: str, dead: bool
) -> None:
    case = await Case(clock, texts(1), before).unknown(policy=policy, dead=dead)
    times: list[float] = []
    began = clock.time()

    def read(_number: int, _query: Form) -> None:
        times.append(clock.time() - began)

    case.twilio.read = read
    await case.to_the_end()
    assert case.row(1).state == state
    first = 120 + (45 if dead else 0)
    assert first <= times[0] <= first + 3  # whole seconds of Twilio's clock, rounded up
    assert 60 <= times[-1] - times[0] <= 66  # asked again in 5 s if one came too early


async def test_the_scans_of_two_runs_add_up_and_keep_their_distance(clock: FakeClock) -> None:
    case = await Case(clock, texts(1), before).unknown(policy="resend")
    while (wait := await case.step()) and case.file.known(1, 1).negatives == 0:
        await clock.sleep(wait)
    scanned = clock.time()
    case.led = case.ledger()
    case.watch("resend")
    await case.to_the_end()
    assert case.row(1).state == "READY"
    assert 55 <= clock.time() - scanned <= 66


async def test_a_message_that_is_listed_at_last_is_found(clock: FakeClock) -> None:
    case = Case(clock, texts(2), after)
    case.twilio.lag = 150.0
    await case.unknown(policy="resend")
    await case.to_the_end()
    assert case.counts() == {"ACCEPTED": 2}


async def test_repeat_sends_again_at_once(clock: FakeClock) -> None:
    case = await Case(clock, texts(3), after).unknown(policy="repeat")
    assert await case.step() is None
    assert case.counts() == {"READY": 3}
    assert case.twilio.reads == []


async def test_a_held_row_gets_late_evidence(clock: FakeClock) -> None:
    case = Case(clock, texts(1), after)
    case.twilio.lag = 10_000.0
    await case.unknown()
    await case.to_the_end()
    assert case.row(1).state == "HELD"
    assert await case.step() is None
    case.twilio.lag = 0.0
    assert await case.step(held=True) is None
    assert case.row(1).state == "ACCEPTED"


async def test_a_held_row_that_is_not_found_stays_held(clock: FakeClock) -> None:
    case = await Case(clock, texts(1), before).unknown()
    await case.to_the_end()
    was = case.row(1)
    assert await case.step(held=True) is None
    assert case.row(1) == was


async def test_a_list_that_fails_while_held_rows_are_looked_for_is_told(clock: FakeClock) -> None:
    case = await Case(clock, texts(1), before).unknown()
    await case.to_the_end()
    case.twilio.read = lambda *_: problem(503)
    with pytest.raises(MessagingError):
        await case.step(held=True)


# What others have.


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
    case.elsewhere.sids = {str(case.twilio.messages[0][1]["sid"])}
    await case.to_the_end()
    assert case.row(1).state == "READY"


# Others.


async def test_a_ledger_that_fails_is_told(clock: FakeClock) -> None:
    case = await Case(clock, texts(1), after).unknown()

    async def conclude(changes: Sequence[Change], at: float) -> list[bool]:
        raise LedgerError("the disk is full")

    case.led.conclude = conclude  # type: ignore[method-assign]  # a full disk
    await clock.sleep(122)
    with pytest.raises(LedgerError, match="the disk is full"):
        await case.step()


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
    assert await wrong_in(case.led) == []


async def test_p9_nearly_all_unknown_rows_are_resolved_and_none_wrongly(clock: FakeClock) -> None:
    await resolved(clock, 500)


@pytest.mark.soak
async def test_p9_10_000_unknown_rows(clock: FakeClock) -> None:
    await resolved(clock, 10_000)
