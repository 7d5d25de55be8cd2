"""What is decided when a scheduled message departs, and not before."""

from __future__ import annotations

import json

import pytest

from async_messaging.simulator import departures
from async_messaging.simulator.accounts import Account
from async_messaging.simulator.replies import Written, receive
from async_messaging.simulator.world import Conditions
from tests.unit.simulator.pooling import put, remove, schedule, serve, told
from tests.unit.simulator.visitor import SERVICE, Visitor, code_of, read

BOSTON, OAKLAND, HANDSET, OTHER = "+16175550111", "+14155550111", "+14155550100", "+14155550101"
HOOK = "http://127.0.0.1:8020/status"


def slow(queue_seconds: float = 36_000.0) -> Visitor:
    """A service with one number that lets one segment a second go."""
    conditions = Conditions(
        seed=1, numbers=(BOSTON,), throughput={BOSTON: 1.0}, queue_seconds=queue_seconds
    )
    visitor = Visitor(conditions)
    serve(visitor, BOSTON)
    return visitor


def say(visitor: Visitor, text: str, to: str = BOSTON) -> None:
    body = json.dumps({"from": HANDSET, "to": to, "body": text, "service": SERVICE}).encode()
    assert visitor.ask("POST", "/inbox/replies", body=body).answer.status == 201


def account_of(visitor: Visitor) -> Account:
    return visitor.world.accounts[visitor.world.account_sid]


def test_the_sender_is_chosen_at_departure() -> None:
    visitor = Visitor()
    serve(visitor)
    first = put(visitor, "phone_numbers", phone_number=BOSTON)
    sid = schedule(visitor)["sid"]
    remove(visitor, "phone_numbers", first)
    put(visitor, "phone_numbers", phone_number=OAKLAND)
    assert visitor.fetch(sid)["from"] is None
    visitor.clock.advance(600)
    assert (visitor.fetch(sid)["status"], visitor.fetch(sid)["from"]) == ("accepted", None)
    visitor.clock.advance(5)
    assert (visitor.fetch(sid)["status"], visitor.fetch(sid)["from"]) == ("delivered", OAKLAND)
    assert [m["sid"] for m in read(visitor.get(f"Messages.json?From=%2B{OAKLAND[1:]}"))["messages"]]


@pytest.mark.parametrize(("sender", "code"), [("ACME", 21703), ("", 21704)])
def test_a_pool_without_a_sender_fails_it_free_of_charge(sender: str, code: int) -> None:
    visitor = Visitor()
    serve(visitor)
    before = account_of(visitor).balance
    if sender:
        put(visitor, "alpha_senders", alpha_sender=sender)
    sid = schedule(visitor)["sid"]
    visitor.clock.advance(601)
    failed = visitor.fetch(sid)
    assert (failed["status"], failed["error_code"]) == ("failed", code)
    assert (failed["from"], failed["price"], failed["num_segments"]) == (None, None, "0")
    assert account_of(visitor).balance == before


def test_a_stop_after_scheduling_holds_and_one_that_was_taken_back_does_not() -> None:
    visitor = slow()
    say(visitor, "STOP")
    taken_back = schedule(visitor, 400)["sid"]
    say(visitor, "START")
    visitor.clock.advance(401)
    stopped = schedule(visitor, 400)["sid"]
    visitor.clock.advance(200)
    say(visitor, "STOP")
    visitor.clock.advance(300)
    assert visitor.fetch(taken_back)["status"] == "delivered"
    assert visitor.fetch(stopped)["error_code"] == 21610
    assert visitor.fetch(stopped)["status"] == "failed"


def test_a_stop_that_comes_after_departure_is_too_late() -> None:
    visitor = slow()
    sid = schedule(visitor, 400)["sid"]
    visitor.clock.advance(401)
    say(visitor, "STOP")
    visitor.clock.advance(5)
    assert visitor.fetch(sid)["status"] == "delivered"


def test_a_stop_that_a_program_passes_on_is_too_late_as_well() -> None:
    visitor = slow()
    sid = schedule(visitor, 400)["sid"]
    visitor.clock.advance(401)
    written = Written(from_=HANDSET, to=BOSTON, body="STOP", service=SERVICE)
    receive(visitor.world, account_of(visitor), written, "http://127.0.0.1:1")
    visitor.clock.advance(5)
    assert visitor.fetch(sid)["status"] == "delivered"


def test_it_joins_the_queue_at_its_time_and_holds_nobody_up_before() -> None:
    visitor = slow()
    for _ in range(3):
        schedule(visitor, 600, Body="a" * 320)  # three segments each
    visitor.create(From=BOSTON, MessagingServiceSid=SERVICE)
    visitor.clock.advance(600)
    visitor.create(From=BOSTON, MessagingServiceSid=SERVICE)
    assert [m.wait for m in visitor.world.stored()] == [0.0, 3.0, 6.0, 0.0, 9.0]


def test_departures_come_in_the_order_of_their_times_whenever_anybody_looks() -> None:
    visitor = slow()
    for seconds in (602, 600, 601):
        schedule(visitor, seconds, Body="a" * 320)
    visitor.clock.advance(5000)
    visitor.get("Messages.json")
    assert [m.wait for m in visitor.world.stored()] == [4.0, 0.0, 2.0]


def test_a_full_queue_fails_the_message_and_the_pools_other_number_goes_on() -> None:
    conditions = Conditions(
        seed=1, numbers=(BOSTON, OAKLAND), throughput={BOSTON: 1.0}, queue_seconds=4.0
    )
    visitor = Visitor(conditions)
    serve(visitor, BOSTON, OAKLAND)
    visitor.create(To=HANDSET, From=BOSTON, MessagingServiceSid=SERVICE)
    visitor.create(To=OTHER, From=OAKLAND, MessagingServiceSid=SERVICE)
    visitor.clock.advance(60)
    before = account_of(visitor).balance
    # Two segments and two more fill four seconds; a third pair is too much, and so is one alone.
    sids = [schedule(visitor, To=HANDSET, Body="a" * 161)["sid"] for _ in range(3)]
    other = schedule(visitor, To=OTHER, Body="a" * 161)["sid"]
    visitor.clock.advance(630)
    found = [visitor.fetch(sid) for sid in (*sids, other)]
    assert [m["error_code"] for m in found] == [None, None, 30001, None]
    assert [m["from"] for m in found] == [BOSTON, BOSTON, BOSTON, OAKLAND]
    assert before - account_of(visitor).balance == 3 * 2 * 7_900


def test_an_unscheduled_message_overflows_by_segments_of_its_own_sender() -> None:
    conditions = Conditions(
        seed=1, numbers=(BOSTON, OAKLAND), throughput={"*": 1.0}, queue_seconds=4.0
    )
    visitor = Visitor(conditions)
    serve(visitor, BOSTON, OAKLAND, area_code_geomatch=True)
    asked = {"From": None, "MessagingServiceSid": SERVICE, "Body": "a" * 320}
    sids = [
        visitor.create(To=to, **asked)["sid"] for to in ("+16175550100", "+16175550101", HANDSET)
    ]
    visitor.clock.advance(30)
    found = [visitor.fetch(sid) for sid in sids]
    assert [m["error_code"] for m in found] == [None, 30001, None]
    assert [m["from"] for m in found] == [BOSTON, BOSTON, OAKLAND]


def test_callbacks_of_departures_come_in_time_and_in_order() -> None:
    visitor = slow()
    schedule(visitor, 600, To=HANDSET, StatusCallback=HOOK)
    schedule(visitor, 601, To=OTHER, StatusCallback=HOOK)
    assert visitor.world.outgoing.next_time() == visitor.clock.time() + 600
    assert told(visitor, 600) == [(HANDSET, "accepted")]
    assert told(visitor, 0.5)[0] == (HANDSET, "queued")
    later = told(visitor, 60)
    assert [status for to, status in later if to == OTHER] == [
        "accepted",
        "queued",
        "sending",
        "sent",
        "delivered",
    ]


def test_a_departure_that_fails_is_told() -> None:
    visitor = Visitor()
    serve(visitor)
    schedule(visitor, StatusCallback=HOOK)
    assert [status for _, status in told(visitor, 700)] == ["accepted", "failed"]


def test_what_is_canceled_or_marked_does_not_depart_and_frees_its_place(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(departures, "MOST", 2)
    visitor = slow()
    canceled, marked = (schedule(visitor)["sid"] for _ in range(2))
    form = {"To": HANDSET, "From": None, "MessagingServiceSid": SERVICE}
    at = {"ScheduleType": "fixed", "SendAt": "2026-01-02T00:00:00Z"}
    assert visitor.refusal(**form, **at) == 35125
    assert read(visitor.update(canceled, {"Status": "canceled"}))["status"] == "canceled"
    body = b'{"status": "failed"}'
    assert visitor.ask("POST", f"/inbox/messages/{marked}/status", body=body).answer.status == 200
    third, fourth = (schedule(visitor)["sid"] for _ in range(2))
    assert visitor.refusal(**form, **at) == 35125
    visitor.clock.advance(600)
    assert code_of(visitor.update(third, {"Status": "canceled"})) == 30409
    schedule(visitor)
    visitor.clock.advance(5)
    found = [visitor.fetch(sid)["status"] for sid in (canceled, marked, third, fourth)]
    assert found == ["canceled", "failed", "delivered", "delivered"]
    assert [m.wait for m in visitor.world.stored()][2:4] == [0.0, 1.0]
    assert visitor.fetch(marked)["from"] is None


def test_the_services_validity_is_that_of_messages_without_their_own() -> None:
    visitor = slow()
    serve(visitor, validity_period=60)
    visitor.create(From=BOSTON, MessagingServiceSid=SERVICE)
    visitor.create(From=BOSTON, MessagingServiceSid=SERVICE, ValidityPeriod="90")
    schedule(visitor)
    visitor.create(From=BOSTON)
    visitor.create(From=None, MessagingServiceSid="MG" + "2" * 32)
    assert [m.validity for m in visitor.world.stored()] == [60.0, 90.0, 60.0, 36_000.0, 36_000.0]
