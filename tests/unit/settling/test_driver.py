"""When the list is read, and what becomes of attempts."""

from __future__ import annotations

import pytest

from async_messaging.errors import ConnectionLost, Forbidden, SettingsError
from async_messaging.settling.attempts import Canary, Sent
from async_messaging.settling.changes import Policy
from async_messaging.settling.likeness import PrintOf
from tests.unit.settling.lists import Scene
from tests.unit.settling.scenes import (
    BEN,
    DAY,
    OTHER,
    SENDER,
    attempt,
    live,
    message,
    sid_of,
)


async def test_a_listed_message_is_given_once_it_is_due() -> None:
    scene = Scene(attempt())
    scene.twilio.messages = [found := message()]
    moments = await scene.until_settled()
    assert scene.kept.sids == {"a": found.sid}
    assert moments[-1] == pytest.approx(130, abs=1.5)


async def test_at_once_a_message_is_found_before_it_is_due() -> None:
    scene = Scene(attempt())
    scene.twilio.messages = [message()]
    step = await scene.settler.step(at_once=True)
    assert [change.state for change in step.changes] == ["ACCEPTED"]
    assert step.wait is None


async def test_two_negatives_an_interval_apart_make_it_ready() -> None:
    scene = Scene(attempt())
    first, second = (await scene.until_settled())[-2:]
    assert scene.kept.states == {"a": "READY"}
    assert first == pytest.approx(130, abs=1.5)
    assert second - first == pytest.approx(60, abs=1.5)


@pytest.mark.parametrize(
    ("policy", "state"), [(Policy("hold"), "HELD"), (Policy("resend"), "READY")]
)
async def test_what_absence_makes_is_the_policys(policy: Policy, state: str) -> None:
    scene = Scene(attempt(), policy=policy)
    await scene.until_settled()
    assert scene.kept.states == {"a": state}


async def test_repeat_asks_nobody() -> None:
    scene = Scene(attempt(), attempt("h", held=True), live(), policy=Policy("repeat"))
    step = await scene.settler.step()
    assert scene.kept.states == {"a": "READY"}
    assert scene.twilio.pages == []
    assert step.wait is None


async def test_times_of_a_wall_clock_never_send_again() -> None:
    scene = Scene(attempt(bounds="wall"))
    await scene.until_settled()
    assert scene.kept.states == {"a": "HELD"}


async def test_two_looks_that_decide_nothing_hold_it() -> None:
    scene = Scene(attempt())
    scene.twilio.messages = [message(OTHER)]
    first, second = (await scene.until_settled())[-2:]
    assert scene.kept.states == {"a": "HELD"}
    assert "other messages" in scene.kept.why["a"]
    assert second - first == pytest.approx(60, abs=1.5)


async def test_looks_before_it_is_due_count_nothing() -> None:
    scene = Scene(attempt())
    for _ in range(5):
        await scene.settler.step(at_once=True)
    assert scene.kept.states == {}
    assert scene.kept.attempts["a"].negatives == 0


async def test_who_looks_often_counts_no_more() -> None:
    scene = Scene(attempt())
    await scene.clock.advance(200)
    for _ in range(5):
        await scene.settler.step(at_once=True)
        await scene.clock.advance(10)
    assert scene.kept.attempts["a"].negatives == 1


async def test_a_held_attempt_is_found_late_and_never_given_up() -> None:
    scene = Scene(attempt(held=True))
    await scene.clock.advance(400)
    for _ in range(3):
        await scene.settler.step(held=True)
    assert scene.kept.states == {}
    scene.twilio.messages = [found := message()]
    await scene.settler.step(held=True)
    assert scene.kept.sids == {"a": found.sid}


async def test_a_live_rival_is_waited_for_without_haste() -> None:
    scene = Scene(attempt(), live())
    scene.twilio.messages = [message()]
    await scene.clock.advance(200)
    step = await scene.settler.step()
    assert step.changes == ()
    assert step.wait == pytest.approx(5)


async def test_another_realms_list_says_nothing() -> None:
    scene = Scene(attempt())
    scene.kept.realm = "AC2 us1"
    with pytest.raises(SettingsError, match=r"AC2 us1.*AC1 us1"):
        await scene.settler.step(at_once=True)
    assert scene.twilio.pages == []


async def test_a_hint_is_one_fetch() -> None:
    found = message(OTHER)
    scene = Scene(attempt(hint=found.sid))
    scene.twilio.messages = [found]
    await scene.settler.step(at_once=True)
    assert scene.kept.sids == {"a": found.sid}
    assert (scene.twilio.fetched, scene.twilio.pages) == ([found.sid], [])


async def test_a_hint_that_can_not_be_fetched_is_found_in_the_list() -> None:
    found = message(OTHER)
    scene = Scene(attempt(hint=found.sid))
    scene.twilio.messages = [found]
    lost = ConnectionLost("lost")
    scene.twilio.fails = lambda call: lost if call.operation == "FetchMessage" else None
    await scene.settler.step(at_once=True)
    assert scene.kept.sids == {"a": found.sid}


@pytest.mark.parametrize("hint", ["no sid", "SM" + "f" * 32])
async def test_a_hint_that_leads_nowhere_is_never_absent(hint: str) -> None:
    scene = Scene(attempt(hint=hint))
    await scene.until_settled()
    assert scene.kept.states == {"a": "HELD"}


async def test_a_list_that_can_not_be_read_now_is_asked_for_again() -> None:
    scene = Scene(attempt())
    await scene.clock.advance(200)
    await scene.settler.step()
    scene.twilio.fails = lambda _call: ConnectionLost("lost")
    await scene.clock.advance(61)
    step = await scene.settler.step()
    assert step.changes == ()
    assert step.wait == pytest.approx(5)
    with pytest.raises(ConnectionLost):
        await scene.settler.step(at_once=True)
    scene.twilio.fails = lambda _call: None
    await scene.clock.advance(5)
    await scene.settler.step()
    assert scene.kept.states == {"a": "READY"}


async def test_a_list_that_may_not_be_read_is_a_look() -> None:
    scene = Scene(attempt())
    await scene.settler.step(at_once=True)
    scene.twilio.fails = lambda _call: Forbidden("no", status=403)
    await scene.until_settled()
    assert scene.kept.states == {"a": "HELD"}
    assert "can't be read" in scene.kept.why["a"]


async def test_answers_without_a_date_hold_it() -> None:
    scene = Scene(attempt())
    scene.twilio.dated = False
    await scene.until_settled()
    assert scene.kept.states == {"a": "HELD"}
    assert "no date" in scene.kept.why["a"]


async def test_a_store_that_can_not_be_read_decides_nothing() -> None:
    scene = Scene(attempt())
    scene.kept.readable = False
    scene.twilio.messages = [message()]
    await scene.until_settled()
    assert (scene.kept.states, scene.kept.sids) == ({"a": "HELD"}, {})


async def test_a_witness_is_asked_for() -> None:
    shown, foreign = message(f"{OTHER} STOP", created=2, to=BEN), message("This is a dentist's.")
    scene = Scene(attempt())
    scene.twilio.messages = [shown, foreign]
    scene.kept.claimed = {shown.sid}
    scene.kept.witnesses = {shown.sid: Sent(sender=SENDER, print=PrintOf().text(OTHER))}
    await scene.until_settled()
    assert scene.kept.states == {"a": "READY"}


async def test_what_was_not_written_is_no_change() -> None:
    scene = Scene(attempt())
    scene.twilio.messages = [message()]
    scene.kept.stale = True
    assert (await scene.settler.step(at_once=True)).changes == ()


async def test_a_missing_canary_spoils_the_scan() -> None:
    bird = message("Hello there, this is a bird", created=150, to=BEN)
    scene = Scene(attempt())
    scene.kept.birds = [Canary(bird.sid, DAY + 150)]
    scene.twilio.messages = [bird]
    scene.twilio.hidden = {bird.sid}
    await scene.clock.advance(300)
    await scene.until_settled()
    assert scene.kept.states == {"a": "HELD"}
    assert "lacks messages" in scene.kept.why["a"]
    assert bird.sid in scene.twilio.fetched


async def test_a_deleted_canary_is_none() -> None:
    scene = Scene(attempt())
    scene.kept.birds = [Canary(sid_of(10**6), DAY + 150)]
    await scene.clock.advance(300)
    await scene.until_settled()
    assert scene.kept.states == {"a": "READY"}


async def test_canaries_are_own_messages_that_must_be_listed_by_now() -> None:
    scene = Scene(attempt())
    await scene.clock.advance(300)
    await scene.until_settled()
    since, until, limit = scene.kept.asked[-1]
    assert since == DAY
    assert until <= scene.twilio.now() - 120
    assert limit == 20


async def test_numbers_that_are_masked_prove_no_absence() -> None:
    scene = Scene(attempt())
    scene.twilio.messages = [message(to="+1999XXXX999")]
    await scene.until_settled()
    assert scene.kept.states == {"a": "HELD"}
    assert "hidden" in scene.kept.why["a"]


async def test_attempts_of_others_are_not_written() -> None:
    scene = Scene(attempt(), attempt("other", own=False, ended=5))
    scene.twilio.messages = [found := message()]
    await scene.until_settled()
    assert scene.kept.sids == {"a": found.sid}
    assert set(scene.kept.states) == {"a"}


async def test_a_canary_that_can_not_be_fetched_leaves_the_list_unread() -> None:
    scene = Scene(attempt())
    scene.kept.birds = [Canary(sid_of(5), DAY + 150)]
    await scene.clock.advance(300)
    await scene.settler.step()
    lost = ConnectionLost("lost")
    scene.twilio.fails = lambda call: lost if call.operation == "FetchMessage" else None
    await scene.clock.advance(61)
    assert (await scene.settler.step()).changes == ()
    assert scene.kept.attempts["a"].negatives == 1
