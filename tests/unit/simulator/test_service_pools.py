"""Messaging services as a program makes them through the API, and what is sent and received through them."""

from __future__ import annotations

from pathlib import Path

import pytest

from async_messaging.simulator import callbacks
from async_messaging.simulator.replies import Written, receive, take_answer
from async_messaging.simulator.world import Conditions
from tests.unit.simulator.visitor import Visitor, code_of, read

HANDSET = "+14155550100"
STATUS, INBOUND = "http://127.0.0.1:8020/status", "http://127.0.0.1:8020/sms"
UNKNOWN = "PN" + "7" * 32


@pytest.fixture
def visitor() -> Visitor:
    return Visitor()


def make(visitor: Visitor, **form: str) -> str:
    """A service; its path."""
    made = visitor.ask("POST", "/v1/Services", {"FriendlyName": "Lamps", **form})
    return f"/v1/Services/{read(made)['sid']}"


def add_number(visitor: Visitor, service: str, sid: str = UNKNOWN) -> str:
    """Adds a number to the pool; the number."""
    added = visitor.ask("POST", f"{service}/PhoneNumbers", {"PhoneNumberSid": sid})
    return str(read(added)["phone_number"])


def send(visitor: Visitor, service: str) -> str:
    """Sends through the service; the sender it chose."""
    sid = service.rpartition("/")[2]
    message = visitor.create(From=None, MessagingServiceSid=sid)
    visitor.clock.advance(5)
    return str(visitor.fetch(message["sid"])["from"])


def test_a_service_sends_from_the_number_that_was_added(visitor: Visitor) -> None:
    service = make(visitor)
    sid = service.rpartition("/")[2]
    assert visitor.refusal(From=None, MessagingServiceSid=sid) == 21704
    number = add_number(visitor, service)
    assert send(visitor, service) == number
    assert visitor.ask("DELETE", f"{service}/PhoneNumbers/{UNKNOWN}").answer.status == 204
    assert visitor.refusal(From=None, MessagingServiceSid=sid) == 21704


def test_a_number_of_a_pool_is_the_accounts(visitor: Visitor) -> None:
    service = make(visitor)
    number = add_number(visitor, service)
    assert visitor.create(From=number)["from"] == number
    visitor.ask("DELETE", service)
    assert visitor.refusal(From=number) == 21606


def test_statuses_go_to_the_services_callback(visitor: Visitor) -> None:
    service = make(visitor, StatusCallback=STATUS)
    number = add_number(visitor, service)
    assert send(visitor, service) == number
    callbacks.advance(visitor.world, visitor.clock.time())
    told = [(made.url, made.fields["MessageStatus"]) for made in visitor.world.outgoing.ready]
    assert told == [(STATUS, status) for status in ("queued", "sending", "sent", "delivered")]


def test_a_reply_to_a_pools_number_is_answered_from_it(visitor: Visitor) -> None:
    service = make(visitor, InboundRequestUrl=INBOUND)
    number = add_number(visitor, service)
    account = visitor.world.accounts[visitor.world.account_sid]
    written = Written(from_=HANDSET, to=number, body="Hello")
    reply = receive(visitor.world, account, written, "http://127.0.0.1:1")
    outgoing = visitor.world.outgoing
    callback = outgoing.ready.popleft()
    assert (callback.url, callback.fields["To"]) == (INBOUND, number)
    assert callback.fields["MessagingServiceSid"] == service.rpartition("/")[2]
    outgoing.settle(callback, "answered")
    twiml = b"<Response><Message>Hi</Message></Response>"
    take_answer(visitor.world, outgoing, callback, "text/xml", twiml)
    assert (reply.refused, len(reply.replies)) == ([], 1)
    assert visitor.fetch(reply.replies[0])["from"] == number


def test_a_service_and_its_pool_live_on_in_the_file(tmp_path: Path) -> None:
    kept = Conditions(state=str(tmp_path / "state.db"))
    before = Visitor(kept)
    service = make(before, StatusCallback=STATUS)
    number = add_number(before, service)
    shown = read(before.get(service))
    before.world.close()
    after = Visitor(kept)
    assert read(after.get(service)) == shown
    assert send(after, service) == number
    callbacks.advance(after.world, after.clock.time())
    assert {made.url for made in after.world.outgoing.ready} == {STATUS}
    assert code_of(after.get(f"{service}/PhoneNumbers/PN{'8' * 32}")) == 20404
    after.world.close()
