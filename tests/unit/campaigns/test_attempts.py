"""What settling is told of a ledger's attempts: their times, their realm, who else is asked."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
from msgspec.structs import replace

from async_messaging import MessagingClient, ScriptedTransport
from async_messaging.campaigns.campaign import Campaign
from async_messaging.campaigns.changes import AttemptKey
from async_messaging.campaigns.ledger import Attempted, Bounds
from async_messaging.campaigns.reading import LedgerView
from async_messaging.campaigns.rows import Counts, NewRow, Note
from async_messaging.campaigns.rows import outcome_of as outcome
from async_messaging.campaigns.sqlite import SQLiteLedger
from async_messaging.errors import SettingsError
from async_messaging.models import Message
from async_messaging.settling.attempts import Change, OpenAttempt
from async_messaging.settling.likeness import PrintOf
from async_messaging.settling.states import State
from async_messaging.testing import FakeClock
from tests.unit.campaigns.bench import texts
from tests.unit.campaigns.ledgers import (
    Keeper,
    SQLiteKeeper,
    accepted,
    all_rows,
    claimed,
    events_of,
    sealed,
    sid_of,
    wrong_in,
)
from tests.unit.campaigns.stage import Stage
from tests.unit.campaigns.test_upgrading import old
from tests.unit.campaigns.unknowns import Case, after, before

NOW = 1_700_000_000.0


class Server:
    """Twilio's clock, as a test wants it; moments are the fake clock's."""

    def __init__(self, clock: FakeClock, ahead: float = 1_000.0) -> None:
        self._clock = clock
        self.ahead = ahead
        self.is_known = True

    def bounds(self, m: float) -> Bounds | None:
        if not self.is_known:
            return None
        at = NOW + m + self.ahead
        return at - 0.25, at + 0.25


@pytest.fixture
def keeper(tmp_path: Path, clock: FakeClock) -> SQLiteKeeper:
    return SQLiteKeeper(tmp_path, clock)


@pytest.fixture
def jumping() -> FakeClock:
    return FakeClock(autojump=True)


async def opened(keeper: SQLiteKeeper, server: Server) -> SQLiteLedger:
    return await SQLiteLedger.open(
        keeper.path, durability="process", clock=keeper.clock, server=server
    )


async def begun(keeper: SQLiteKeeper, server: Server, rows: int = 1) -> SQLiteLedger:
    await (await sealed(await keeper.create(), rows)).close()
    return await opened(keeper, server)


def unsettled(ledger: SQLiteLedger, *, held: bool = False) -> list[Attempted]:
    with ledger.reader() as reader:
        return reader.unsettled(held=held)


def change_of(seen: Attempted, sid: str = "", state: State | None = "ACCEPTED") -> Change:
    key = AttemptKey("c", seen.row.row, seen.attempt, seen.former)
    attempt = OpenAttempt(key=key, to=seen.row.to, held=seen.former)
    return Change(attempt=attempt, state=state, message=Message(sid=sid) if sid else None)


# Times.


async def test_an_attempt_has_bounds_by_twilios_clock(
    keeper: SQLiteKeeper, clock: FakeClock
) -> None:
    ledger = await begun(keeper, Server(clock))
    claim = await claimed(ledger)
    await clock.advance(10)
    ledger.record(outcome(claim, "UNKNOWN", clock.time(), hint=sid_of(1)))
    await ledger.drain()
    (found,) = unsettled(ledger)
    assert (found.earliest, found.latest) == (NOW + 999.75, NOW + 1_010.25)
    assert found.hint == sid_of(1)
    await ledger.close()


async def test_what_a_dead_run_left_ends_when_that_is_seen(
    keeper: SQLiteKeeper, clock: FakeClock
) -> None:
    server = Server(clock)
    ledger = await begun(keeper, server)
    await claimed(ledger)
    await ledger.close(flush=False)
    await clock.advance(100)
    ledger = await opened(keeper, server)
    assert unsettled(ledger)[0].latest is None
    await ledger.date(NOW + 1_100.25, 45.0)
    await clock.advance(100)
    await ledger.date(NOW + 1_200.25, 45.0)
    (found,) = unsettled(ledger)
    assert (found.earliest, found.latest) == (NOW + 999.75, NOW + 1_145.25)
    await ledger.close()


async def test_times_that_were_not_known_are_filled_in_by_the_same_run(
    keeper: SQLiteKeeper, clock: FakeClock
) -> None:
    server = Server(clock)
    server.is_known = False
    ledger = await begun(keeper, server)
    await clock.advance(5)
    ledger.record(outcome(await claimed(ledger), "UNKNOWN", clock.time()))
    await ledger.drain()
    (found,) = unsettled(ledger)
    assert (found.earliest, found.latest) == (None, None)
    server.is_known = True
    await ledger.date(NOW + 1_005.25, 45.0)
    (found,) = unsettled(ledger)
    assert (found.earliest, found.latest) == (NOW + 999.75, NOW + 1_050.25)
    await ledger.close()


async def test_of_a_run_that_never_knew_the_latest_time_seen_before_is_the_bound(
    keeper: SQLiteKeeper, clock: FakeClock
) -> None:
    server = Server(clock)
    ledger = await begun(keeper, server, 2)
    ledger.record(accepted(await claimed(ledger), 1))
    await ledger.close()
    server.is_known = False
    await clock.advance(50)
    ledger = await opened(keeper, server)
    await claimed(ledger)
    await ledger.close(flush=False)
    ledger = await opened(keeper, server)
    (found,) = unsettled(ledger)
    assert found.earliest == NOW + 999.75
    await ledger.close()


# Former attempts.


async def test_the_attempt_of_a_row_that_a_person_sends_again_stays_open(keeper: Keeper) -> None:
    ledger = await sealed(await keeper.create(), 1)
    ledger.record(outcome(await claimed(ledger), "UNKNOWN", NOW))
    await ledger.drain()
    for state in ("HELD", "READY"):
        (row,) = (await all_rows(ledger)).values()
        await ledger.settle([outcome(row, state, NOW)])
    ledger.record(accepted(await claimed(ledger, (await ledger.due(NOW))[0]), 2))
    await ledger.drain()
    (row,) = (await all_rows(ledger)).values()
    with ledger.reader() as reader:
        (former,) = reader.open_to([row.to])
        assert (former.former, former.attempt) == (True, 1)
        assert reader.unsettled(held=False) == []
    assert await ledger.conclude([change_of(former, sid_of(2))], NOW) == [False]
    assert await ledger.conclude([change_of(former, sid_of(1))], NOW) == [True]
    with ledger.reader() as reader:
        assert reader.open_to([row.to]) == []
        assert reader.claimed([sid_of(1), sid_of(2), sid_of(3)]) == {sid_of(1), sid_of(2)}
    assert await wrong_in(ledger) == []
    await ledger.close()


@pytest.mark.parametrize(("negatives", "former"), [(0, [True]), (2, [])])
async def test_what_is_sent_again_though_nobody_knows_stays_open(
    keeper: Keeper, negatives: int, former: list[bool]
) -> None:
    ledger = await sealed(await keeper.create(), 1)
    ledger.record(outcome(await claimed(ledger), "UNKNOWN", NOW))
    await ledger.drain()
    with ledger.reader() as reader:
        (seen,) = reader.unsettled(held=False)
    again = replace(change_of(seen, state="READY"), negatives=negatives)
    assert await ledger.conclude([again], NOW) == [True]
    with ledger.reader() as reader:
        assert [one.former for one in reader.open_to([seen.row.to])] == former
    await ledger.close()


async def test_what_has_changed_since_it_was_seen_is_not_concluded(keeper: Keeper) -> None:
    ledger = await sealed(await keeper.create(), 1)
    claim = await claimed(ledger)
    ledger.record(outcome(claim, "UNKNOWN", NOW))
    await ledger.drain()
    with ledger.reader() as reader:
        (seen,) = reader.unsettled(held=False)
    ledger.record(replace(accepted(claim, 1), before="UNKNOWN"))
    await ledger.drain()
    changes = [change_of(seen, state="HELD"), change_of(seen, state=None)]
    assert await ledger.conclude(changes, NOW) == [False, False]
    assert (await all_rows(ledger))[1].state == "ACCEPTED"
    await ledger.close()


async def test_late_truth_swaps_the_messages_of_twins(jumping: FakeClock) -> None:
    rows = [NewRow(row=n, to="+14155550001", variables={"name": "Ann Miller"}) for n in (1, 2)]
    case = await Case(jumping, rows, after).unknown()
    await case.to_the_end()
    first, second = case.row(1), case.row(2)
    told = Note(kind="receipt", at=NOW, row=1, token=first.token, sid=second.sid, status="sent")
    case.post(told)
    await case.led.take_in()
    assert (case.row(1).sid, case.row(2).sid) == (second.sid, first.sid)
    assert case.row(1).status == "sent"
    assert await events_of(case.led) == []


@pytest.mark.parametrize("text", ["Ann Miller", "Bob"])
async def test_late_truth_that_contradicts_is_an_event(jumping: FakeClock, text: str) -> None:
    rows = [
        NewRow(row=1, to="+14155550001", variables={"name": "Ann Miller"}),
        NewRow(row=2, to="+14155550002", variables={"name": text}),
    ]
    case = await Case(jumping, rows, after).unknown()
    await case.to_the_end()
    sids = case.row(1).sid, case.row(2).sid
    case.post(Note(kind="receipt", at=NOW, row=1, token=case.row(1).token, sid=sids[1]))
    await case.led.take_in()
    assert (case.row(1).sid, case.row(2).sid) == sids
    assert [event.kind for event in await events_of(case.led)] == ["late_outcome"]


# Others.


def rival(to: str, **facts: object) -> OpenAttempt:
    given = {"earliest": NOW, "latest": NOW + 1, "own": False, **facts}
    return OpenAttempt(key=("other", 1, 1), to=to, print=PrintOf().text("Hi n1"), **given)  # type: ignore[arg-type] # data


@pytest.mark.parametrize("live", [False, True])
async def test_open_attempts_elsewhere_compete(jumping: FakeClock, live: bool) -> None:
    case = await Case(jumping, texts(1), after).unknown(policy="resend")
    latest = math.inf if live else NOW + 1
    case.elsewhere.attempts = [rival(case.row(1).to, live=live, latest=latest)]
    for _ in range(30):
        await jumping.sleep(await case.step() or 60.0)
    assert case.row(1).state == ("UNKNOWN" if live else "ACCEPTED")


async def test_a_store_that_can_not_be_read_lets_nothing_be_concluded(jumping: FakeClock) -> None:
    case = await Case(jumping, texts(2), lambda n, _: "lost after" if n == 1 else "lost").unknown(
        policy="resend"
    )
    case.elsewhere.readable = False
    await case.to_the_end()
    assert case.counts() == {"HELD": 2}
    assert "could not be read" in case.row(1).error


async def test_a_sender_of_ones_own_settles_what_no_text_does(jumping: FakeClock) -> None:
    for exclusive, state in (((), "HELD"), (("+15558675300",), "ACCEPTED")):
        case = Case(jumping, texts(1), after)
        case.twilio.shows = lambda message: message | {"body": ""}
        case.file.facts = replace(case.file.facts, exclusive=exclusive)
        await case.unknown()
        await case.to_the_end()
        assert case.row(1).state == state


async def test_hints_outlive_the_run(jumping: FakeClock) -> None:
    case = Case(jumping, texts(1), after)
    case.twilio.shows = lambda message: message | {"body": "rewritten"}
    await case.unknown(policy="resend")
    case.file.known(1, 1).hint = str(case.twilio.messages[0][1]["sid"])
    case.led = case.ledger()
    case.watch("resend")
    await case.to_the_end()
    assert case.row(1).state == "ACCEPTED"


async def test_attempts_before_twilios_clock_was_known_are_settled_by_hints_only(
    jumping: FakeClock,
) -> None:
    case = await Case(jumping, texts(1), after).unknown(policy="resend", dead=True, timed=False)
    await case.to_the_end()
    assert case.row(1).state == "HELD"
    case = await Case(jumping, texts(1), before).unknown(policy="resend", dead=True, timed=False)
    await case.to_the_end()
    assert case.row(1).state == "READY"  # no message is left that it could have made


# Realms.


def of_another_account(stage: Stage) -> MessagingClient:
    transport = ScriptedTransport(stage.twilio.answer)
    return MessagingClient(account_sid="AC" + "9" * 32, auth_token="f" * 32, transport=transport)


async def test_another_accounts_client_neither_runs_nor_settles_it(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    campaign = await stage.create()
    await stage.run(campaign, max_messages=2, concurrency=1)
    own, stage.client = (
        stage.client,
        of_another_account(stage),
    )
    said = "were sent in AC.* and this client is of AC9999"
    with pytest.raises(SettingsError, match=said):
        await stage.run(campaign)
    with pytest.raises(SettingsError, match=said):
        await campaign.reconcile(stage.client)
    assert campaign.counts() == Counts(ready=6, accepted=2)
    async with campaign.run(stage.client, adopt=True, durability="process", max_messages=1):
        pass
    stage.client = own
    with pytest.raises(SettingsError, match="this client is of AC"):
        await stage.run(campaign)


async def test_a_campaign_that_sent_nothing_yet_may_change_its_account(tmp_path: Path) -> None:
    stage = Stage(tmp_path, rows=2)
    campaign = await stage.create()
    await stage.run(campaign, lambda *_: "unauthorized", concurrency=1)
    stage.client = of_another_account(stage)
    assert (await stage.run(campaign)).counts == Counts(accepted=2)


async def test_a_ledger_of_version_0_1_is_run_after_a_look_and_absence_proves_nothing(
    tmp_path: Path,
) -> None:
    stage = Stage(tmp_path)
    old(stage.path)
    async with await SQLiteLedger.open(stage.path, adopt=True):
        pass  # it is in its place now, but whose messages it has is not known
    campaign = Campaign.open(stage.path)
    with pytest.raises(SettingsError, match="an account that it does not know"):
        await stage.run(campaign)
    with pytest.raises(SettingsError, match="an account that it does not know"):
        await campaign.reconcile(stage.client, settle=0.0, scan_interval=0.0)
    stage.client.sends.answered({"date": "Tue, 14 Nov 2023 23:30:00 GMT"}, 0.0, 0.0)
    with LedgerView(stage.path) as view:
        known = {one.row.row: one for one in view.unsettled(held=True)}
        facts = view.facts()
    assert facts.wall_epoch == 1
    assert {row: one.row.epoch for row, one in known.items()} == {4: 1, 5: 1, 6: 1, 7: 1}
