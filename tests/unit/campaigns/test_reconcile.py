"""Settling unknown rows: every arrow of the diagram, when, and on what evidence."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from msgspec.structs import replace

from async_messaging.campaigns.memory import MemoryLedger
from async_messaging.campaigns.options import OnUnknown, RunOptions
from async_messaging.campaigns.reconcile import Reconciler
from async_messaging.campaigns.rows import Claim, NewRow, Note, Outcome, Plan, Row, outcome_of
from async_messaging.errors import LedgerError, MessagingError
from async_messaging.testing import FakeClock
from async_messaging.transport.scripted import Item
from tests.unit.campaigns.bench import Bench, texts
from tests.unit.campaigns.twilio import Form
from tests.unit.pipeline.calls import problem

SERVICE = Plan(name="spring", template="Hi {name}", sender="MG" + "1" * 32, columns=("to", "name"))
POLICIES: list[OnUnknown] = ["hold", "resend"]


class Case(Bench):
    """Unknown rows, and a reconciler for them."""

    led: MemoryLedger
    settler: Reconciler

    async def unknown(self, *, policy: OnUnknown = "hold", dead: bool = False) -> Case:
        """Each row has an attempt of which nobody knows; each is as Twilio's behaviour has it."""
        await self.imported()
        self.led = self.ledger()
        for row in await self.led.ready(0, 10_000):
            await self.tried(row, dead=dead)
        if dead:
            await self.clock.sleep(10)
            self.led = self.ledger()
        self.watch(policy)
        return self

    def watch(self, policy: OnUnknown = "hold") -> None:
        self.settler = self.reconciler(
            self.led, RunOptions(on_unknown=policy), lambda _before, event: self.take(event)
        )

    async def tried(self, row: Row, *, dead: bool = False) -> Claim:
        claim = await self.led.intend(row)
        assert claim is not None
        draft = self.content.draft(row)
        form: Form = {"To": draft.to, "Body": str(draft.body)}
        if draft.messaging_service_sid == SERVICE.sender:
            form |= {"MessagingServiceSid": str(SERVICE.sender), "From": "+15558675399"}
        else:
            form |= {"From": str(draft.from_)}
        if self.twilio.behave(row.row, form).endswith("after"):
            self.twilio.accept(form)
        if not dead:
            self.led.record(outcome_of(claim, "UNKNOWN", self.clock.time(), error="lost"))
            await self.led.drain()
        return claim

    async def to_the_end(self) -> float:
        """Step as a run does; give the seconds that it took."""
        began = self.clock.time()
        wait = await self.settler.step()
        steps = 0
        while wait is not None:
            assert wait > 0
            steps += 1
            assert steps < 50
            await self.clock.sleep(wait)
            wait = await self.settler.step()
        return self.clock.time() - began

    @property
    def scans(self) -> list[Form]:
        """Readings of the list, but for the look at whether numbers are hidden."""
        return [read for read in self.twilio.reads if read.get("PageSize") != "50"]


def after(_number: int, _form: Form) -> str:
    return "lost after"


def before(_number: int, _form: Form) -> str:
    return "lost"


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
