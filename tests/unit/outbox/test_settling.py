"""How unknown keys are settled, asked of both stores."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from async_messaging import Message, Outbox, Settled
from async_messaging.errors import OutcomeUnknown
from async_messaging.settling.states import OnUnknown
from tests.unit.campaigns.twilio import Behaviour
from tests.unit.outbox.yard import SCAN, SENDER, SETTLE, TO, Yard
from tests.unit.pipeline.calls import problem


def first_is(what: str) -> Behaviour:
    return lambda number, _: what if number == 1 else "accept"


async def settled(yard: Yard, outbox: Outbox, seconds: float = SETTLE + 3 * SCAN) -> None:
    """Let the background task do its work for some time."""
    task = asyncio.ensure_future(outbox.run())
    await yard.pass_time(seconds)
    task.cancel()


async def test_a_listed_message_is_evidence(yard: Yard) -> None:
    async with yard.opened(first_is("lost after")) as outbox:
        await yard.send(outbox)
        assert await yard.drive(outbox.settle()) == Settled(accepted=1)
        found = await yard.send(outbox)
    assert found.again
    assert found.sid == yard.twilio.messages[0][1]["sid"]
    assert len(yard.twilio.posts) == 1


async def test_resend_frees_a_key_after_two_scans_and_not_before(yard: Yard) -> None:
    async with yard.opened(first_is("lost"), on_unknown="resend") as outbox:
        await yard.send(outbox)
        assert type(await yard.send(outbox)) is OutcomeUnknown
        ended = (await yard.entry()).ended_at or 0.0
        freed_after = 0.0
        task = asyncio.ensure_future(outbox.run())
        while await yard.state() != "READY":
            assert len(yard.twilio.posts) == 1
            assert freed_after < SETTLE + 3 * SCAN
            await yard.pass_time(0.5)
            freed_after = yard.clock.time() - ended
        task.cancel()
        assert SETTLE + SCAN <= freed_after < SETTLE + 2 * SCAN
        assert not (await yard.send(outbox)).again
    assert len(yard.twilio.posts) == 2


@pytest.mark.parametrize("on_unknown", ["hold", "resend"])
async def test_a_key_whose_send_was_under_way_while_the_machine_slept_is_settled(
    yard: Yard, monkeypatch: pytest.MonkeyPatch, on_unknown: OnUnknown
) -> None:
    """Nobody learns when the send ended; it was over when Twilio's time was known again."""
    behave, boottime = first_is("lost"), yard.clock.boottime  # Twilio never had it

    def asleep_meanwhile(*given: Any) -> Any:
        monkeypatch.setattr(yard.clock, "boottime", lambda: boottime() + 600)
        return behave(*given)

    async with yard.opened(asleep_meanwhile, on_unknown=on_unknown) as outbox:
        await yard.send(outbox)
        assert type(await yard.send(outbox)) is OutcomeUnknown
        task = asyncio.ensure_future(outbox.run())
        await yard.pass_time(SETTLE + 4 * SCAN + 60)
        task.cancel()
        assert await yard.state() != "UNKNOWN"


async def test_no_scan_before_its_time_counts(yard: Yard) -> None:
    async with yard.opened(first_is("lost"), on_unknown="resend") as outbox:
        await yard.send(outbox)
        for _ in range(5):
            await yard.drive(outbox.settle())
        assert (await yard.entry()).negatives == 0
        await yard.pass_time(SETTLE + 2)  # Twilio's dates are whole seconds
        for _ in range(5):
            await yard.drive(outbox.settle(), step=0.01)
        assert (await yard.entry()).negatives == 1
        await yard.pass_time(SCAN + 1)
        assert (await yard.drive(outbox.settle())).ready == 1


async def test_scans_of_two_processes_count_as_one_at_one_moment(yard: Yard) -> None:
    async with (
        yard.opened(first_is("lost"), on_unknown="resend") as one,
        yard.opened(first_is("lost"), on_unknown="resend") as other,
    ):
        await yard.send(one)
        await yard.pass_time(SETTLE + 2)
        await yard.drive(_both(one.settle(), other.settle()))
        assert (await yard.entry()).negatives == 1
        assert await yard.state() == "UNKNOWN"


async def test_a_dead_owners_attempt_may_have_lived_on(yard: Yard) -> None:
    yard.twilio.latency = 1e6
    dead, store = yard.outbox(attempt=30.0)
    calling = asyncio.ensure_future(dead.send(key="a", to=TO, from_=SENDER, body="Code 1"))
    await yard.quiet()
    store.abandon()
    calling.cancel()
    async with yard.opened(on_unknown="resend") as outbox:
        await yard.drive(outbox.settle())
        assert await yard.state() == "UNKNOWN"
        noticed = (await yard.entry()).ended_at or 0.0
        task = asyncio.ensure_future(outbox.run())
        while (await yard.entry()).negatives == 0:
            await yard.pass_time(0.5)
            assert await yard.state() == "UNKNOWN"
        task.cancel()
        assert SCAN > yard.clock.time() - noticed - 30.0 - SETTLE >= 0
    await yard.drive(dead.aclose(grace=0))


async def test_hold_leaves_it_to_a_person(yard: Yard) -> None:
    async with yard.opened(first_is("lost")) as outbox:
        await yard.send(outbox)
        await settled(yard, outbox)
        held = await outbox.held()
        assert [one.key for one in held] == ["a"]
        assert "not in Twilio's list" in held[0].reason
        assert type(await yard.send(outbox)) is OutcomeUnknown
        assert (await outbox.status()).held == 1
    assert len(yard.twilio.posts) == 1


async def test_a_person_may_have_it_sent_again(yard: Yard) -> None:
    async with yard.opened(first_is("lost")) as outbox:
        await yard.send(outbox)
        await settled(yard, outbox)
        await outbox.decide("a", "resend")
        assert not (await yard.send(outbox)).again
    assert len(yard.twilio.posts) == 2


async def test_a_person_may_take_it_for_sent(yard: Yard) -> None:
    async with yard.opened(first_is("lost")) as outbox:
        await yard.send(outbox)
        await settled(yard, outbox)
        await outbox.decide("a", "assume_sent")
        found = await yard.send(outbox)
        assert (found.sid, found.status, found.again) == ("", "assumed_sent", True)
        assert (await outbox.status()).assumed_sent == 1
    assert len(yard.twilio.posts) == 1


@pytest.mark.parametrize("behave", ["accept", "lost"])
async def test_nobody_decides_what_is_not_held(yard: Yard, behave: str) -> None:
    async with yard.opened(first_is(behave)) as outbox:
        await yard.send(outbox)
        for key in ("a", "none"):
            with pytest.raises(ValueError, match="is not held"):
                await outbox.decide(key, "resend")
        with pytest.raises(ValueError, match="must be resend or assume_sent"):
            await outbox.decide("a", "forget")  # type: ignore[arg-type]


async def test_late_evidence_frees_a_held_key(yard: Yard) -> None:
    yard.twilio.lag = 100.0
    async with yard.opened(first_is("lost after")) as outbox:
        await yard.send(outbox)
        await settled(yard, outbox)
        assert await yard.state() == "HELD"
        await yard.pass_time(100)
        assert (await yard.drive(outbox.settle())).accepted == 1
        assert (await yard.send(outbox)).again


async def test_a_differing_text_is_no_negative(yard: Yard) -> None:
    yard.twilio.shows = lambda message: {**message, "body": "Sent from a trial account - x"}
    async with yard.opened(first_is("lost after"), on_unknown="resend") as outbox:
        await yard.send(outbox)
        await settled(yard, outbox)
        assert [one.reason for one in await outbox.held()] == [
            "the list decides nothing: other messages could be it"
        ]
    assert len(yard.twilio.posts) == 1


async def test_through_a_service_of_ones_own_existence_is_evidence(yard: Yard) -> None:
    service = "MG" + "0" * 32
    yard.twilio.shows = lambda message: {**message, "body": "changed"}
    async with yard.opened(first_is("lost after"), exclusive={service}) as outbox:
        await yard.send(outbox, from_=service)
        assert (await yard.drive(outbox.settle())).accepted == 1


async def test_another_programs_message_through_the_same_service_is_no_evidence(yard: Yard) -> None:
    service = "MG" + "0" * 32
    async with yard.opened(first_is("lost"), on_unknown="resend") as outbox:
        await yard.send(outbox, from_=service)
        yard.twilio.accept({"To": TO, "MessagingServiceSid": service, "Body": "From elsewhere."})
        await settled(yard, outbox)
        assert await yard.state() == "HELD"


async def test_a_client_of_another_account_settles_nothing(yard: Yard) -> None:
    async with yard.opened(first_is("lost after"), on_unknown="resend") as outbox:
        await yard.send(outbox)
        other = yard.other_account()
        assert (await yard.drive(other.settle())).unknown == 1
        await settled(yard, other)
        assert await yard.state() == "UNKNOWN"
        await settled(yard, outbox)
        assert await yard.state() == "ACCEPTED"


async def test_what_was_sent_again_by_a_persons_word_leaves_its_message_behind(yard: Yard) -> None:
    yard.twilio.lag = 2 * SETTLE
    async with yard.opened(lambda n, _: "lost after" if n < 3 else "lost") as outbox:
        await yard.send(outbox)
        await settled(yard, outbox)
        await outbox.decide("a", "resend")
        yard.twilio.lag = 0.0
        await yard.send(outbox)
        await settled(yard, outbox)
        assert await yard.state() == "ACCEPTED"
        assert (await yard.entry()).sid == yard.twilio.messages[1][1]["sid"]
    assert len(yard.twilio.posts) == 2


async def test_another_keys_message_is_no_evidence(yard: Yard) -> None:
    async with yard.opened(first_is("lost"), on_unknown="resend") as outbox:
        await yard.send(outbox, "a")
        await yard.send(outbox, "b")  # the same text to the same number
        await settled(yard, outbox)
        assert await yard.state("a") == "READY"


async def test_the_message_of_a_forgotten_key_is_no_evidence(yard: Yard) -> None:
    async with yard.opened(first_is("lost"), on_unknown="resend") as outbox:
        await yard.send(outbox, "a")
        await yard.send(outbox, "b", ttl=1)
        await yard.pass_time(2)
        assert await outbox.purge() == 1
        assert (await outbox.status()).total == 1
        await settled(yard, outbox)
        assert await yard.state("a") == "READY"


async def test_the_message_of_a_key_that_was_claimed_anew_is_no_evidence(yard: Yard) -> None:
    async with yard.opened(first_is("lost"), on_unknown="resend") as outbox:
        await yard.send(outbox, "a")
        await yard.send(outbox, "b", ttl=1)
        await yard.pass_time(2)
        await yard.send(outbox, "b", to="+14155550111")
        await settled(yard, outbox)
        assert await yard.state("a") == "READY"


async def test_of_two_same_messages_one_that_is_listed_is_one_that_was_accepted(yard: Yard) -> None:
    lost = {1: "lost", 2: "lost after"}
    async with yard.opened(lambda n, _: lost.get(n, "accept"), on_unknown="resend") as outbox:
        await yard.send(outbox, "a")
        await yard.send(outbox, "b")
        await settled(yard, outbox)
        assert sorted([await yard.state("a"), await yard.state("b")]) == ["ACCEPTED", "READY"]


async def test_a_message_that_could_be_a_held_keys_decides_nothing(yard: Yard) -> None:
    yard.twilio.shows = lambda message: {**message, "body": "altered"}
    lost = {1: "lost", 2: "lost after"}
    async with yard.opened(lambda n, _: lost.get(n, "accept"), on_unknown="resend") as outbox:
        await yard.send(outbox, "a", body="One")
        await yard.send(outbox, "b", body="Two")
        await settled(yard, outbox, SETTLE + 6 * SCAN)
        assert {await yard.state("a"), await yard.state("b")} == {"HELD"}


async def test_a_message_that_could_be_an_earlier_held_keys_is_no_evidence(yard: Yard) -> None:
    service = "MG" + "0" * 32
    yard.twilio.shows = lambda message: {**message, "body": "altered"}
    async with yard.opened(lambda n, _: "lost" if n == 1 else "lost after") as outbox:
        await yard.send(outbox, "a", from_=service)
        await yard.pass_time(SETTLE - 2)
        await yard.send(outbox, "b", from_=service)
        await settled(yard, outbox, 2 * SETTLE + 4 * SCAN)
        assert (await yard.state("a"), await yard.state("b")) == ("HELD", "HELD")


async def test_nothing_is_concluded_while_a_call_to_the_number_is_under_way(yard: Yard) -> None:
    yard.twilio.latency = 0.0
    async with yard.opened(first_is("lost"), on_unknown="resend", attempt=200.0) as outbox:
        await yard.send(outbox, "a")
        yard.twilio.answering = 100.0  # its message is listed, and its answer is to come
        calling = asyncio.ensure_future(
            outbox.send(key="b", to=TO, from_=SENDER, body="Code 1", timeout=150)
        )
        await settled(yard, outbox)
        assert await yard.state("a") == "UNKNOWN"
        assert (await yard.entry("a")).negatives == 0
        await yard.drive(_wait(calling))
        await settled(yard, outbox)
        assert await yard.state("a") == "READY"


async def test_where_numbers_are_hidden_absence_says_nothing(yard: Yard) -> None:
    async with yard.opened(first_is("lost"), on_unknown="resend") as outbox:
        await yard.send(outbox, "a")
        await yard.send(outbox, "b", to="+14155550111")
        yard.twilio.shows = lambda message: {**message, "to": "+1415555****"}
        await settled(yard, outbox)
        assert await yard.state("a") == "HELD"


async def test_an_obfuscated_address_is_never_called_absent(yard: Yard) -> None:
    async with yard.opened(first_is("lost"), on_unknown="resend") as outbox:
        await yard.send(outbox, address_retention="obfuscate")
        await settled(yard, outbox)
        assert await yard.state() == "HELD"


async def test_a_list_that_may_not_be_read_holds(yard: Yard) -> None:
    async with yard.opened(first_is("lost"), on_unknown="resend") as outbox:
        await yard.send(outbox)
        yard.twilio.read = lambda *_: problem(403, 20403)
        await settled(yard, outbox)
        assert "can't be read" in (await outbox.held())[0].reason


async def test_a_list_that_fails_for_now_is_asked_again(yard: Yard) -> None:
    async with yard.opened(first_is("lost"), on_unknown="resend") as outbox:
        await yard.send(outbox)
        yard.twilio.read = lambda *_: problem(503)
        await settled(yard, outbox)
        assert await yard.state() == "UNKNOWN"
        yard.twilio.read = lambda *_: None
        await settled(yard, outbox)
        assert await yard.state() == "READY"


async def test_a_sid_in_a_broken_answer_is_looked_up(yard: Yard) -> None:
    yard.twilio.shows = lambda message: {**message, "body": "altered"}
    async with yard.opened(first_is("truncated")) as outbox:
        await yard.send(outbox)
        assert (await yard.entry()).hint
        assert (await yard.drive(outbox.settle())).accepted == 1
    assert (await yard.entry()).hint == ""


async def test_an_error_settles_its_key(yard: Yard) -> None:
    async with yard.opened(first_is("lost after")) as outbox:
        error = await yard.send(outbox)
        found = await yard.drive(error.settle())
        assert isinstance(found, Message)
        assert (await yard.send(outbox)).sid == found.sid


async def test_an_error_tells_that_nothing_was_accepted(yard: Yard) -> None:
    async with yard.opened(first_is("lost"), on_unknown="resend") as outbox:
        error = await yard.send(outbox)
        assert await yard.drive(error.settle()) is None
        assert not (await yard.send(outbox)).again


async def test_an_error_of_a_held_key_stays(yard: Yard) -> None:
    async with yard.opened(first_is("lost")) as outbox:
        error = await yard.send(outbox)
        with pytest.raises(OutcomeUnknown) as found:
            await yard.drive(error.settle())
        assert found.value is error


async def test_many_numbers_are_looked_for_at_once(yard: Yard) -> None:
    async with yard.opened(lambda n, _: "accept" if n % 3 else "lost after") as outbox:
        for number in range(75):
            await yard.send(outbox, f"k{number}", to=f"+1415555{number:04}")
        yard.twilio.reads.clear()
        assert (await yard.drive(outbox.settle())).accepted == 25
    assert len(yard.twilio.reads) == 1


async def _wait(task: asyncio.Future[Any]) -> Any:
    return await task


async def _both(*work: Any) -> None:
    await asyncio.gather(*work)
