from __future__ import annotations

from typing import Any

import pytest

from async_messaging.simulator.world import Conditions
from tests.contract.asked.channels import SENDER, SENDERS, sender
from tests.contract.asking import Visitor
from tests.unit.simulator.visitor import Json, code_of

OWN = {**SENDER, "sender_id": "whatsapp:+15005550006"}
RCS = {"sender_id": "rcs:owl_lamps_agent"}
CODE = {"configuration": {"verification_code": "123456"}}


@pytest.fixture
def visitor() -> Visitor:
    return Visitor()


def made(visitor: Visitor, body: dict[str, Any]) -> str:
    verdict = visitor.send(SENDERS, body)
    assert verdict.answer.status == 202, verdict.answer.body
    return f"{SENDERS}/{visitor.read(verdict)['sid']}"


def seen(visitor: Visitor, path: str, seconds: float = 0) -> Json:
    visitor.clock.advance(seconds)
    return visitor.read(visitor.get(path))


def status(visitor: Visitor, path: str, seconds: float) -> str:
    told: str = seen(visitor, path, seconds)["status"]
    return told


def test_a_number_of_somebody_else_waits_for_its_code(visitor: Visitor) -> None:
    path = made(visitor, SENDER)
    assert (status(visitor, path, 9), status(visitor, path, 1)) == (
        "CREATING",
        "PENDING_VERIFICATION",
    )
    assert status(visitor, path, 86_400) == "PENDING_VERIFICATION"
    verdict = visitor.send(path, CODE)
    assert (verdict.answer.status, visitor.read(verdict)["status"]) == (202, "VERIFYING")
    assert (status(visitor, path, 19), status(visitor, path, 1)) == ("VERIFYING", "ONLINE")
    told = seen(visitor, path)
    assert told["properties"]["quality_rating"] == "HIGH"
    assert told["configuration"]["waba_id"] == "12345678912345"
    assert told["configuration"]["verification_code"] is None
    assert code_of(visitor.send(path, CODE)) == 20409


def test_a_number_of_ones_own_needs_no_code(visitor: Visitor) -> None:
    path = made(visitor, OWN)
    assert (status(visitor, path, 10), status(visitor, path, 20)) == ("VERIFYING", "ONLINE")


def test_a_code_can_come_with_the_creation(visitor: Visitor) -> None:
    path = made(visitor, {**SENDER, **CODE})
    assert (status(visitor, path, 10), status(visitor, path, 20)) == ("VERIFYING", "ONLINE")


def test_an_rcs_sender_is_reviewed(visitor: Visitor) -> None:
    path = made(visitor, RCS)
    assert (status(visitor, path, 10), status(visitor, path, 20)) == ("TWILIO_REVIEW", "ONLINE")


def test_speed_hurries_all_of_it() -> None:
    visitor = Visitor(Conditions(seed=1, speed=10))
    path = made(visitor, SENDER)
    assert status(visitor, path, 1) == "PENDING_VERIFICATION"
    visitor.send(path, CODE)
    assert status(visitor, path, 2) == "ONLINE"


def test_a_wrong_code_changes_nothing(visitor: Visitor) -> None:
    path = sender(visitor)
    for code in ("000000", "12345", "12345a"):
        wrong = {"configuration": {"verification_code": code}}
        assert code_of(visitor.send(path, wrong)) == 20001
    assert status(visitor, path, 60) == "PENDING_VERIFICATION"


def test_a_name_can_wish_for_a_sender_that_is_offline(visitor: Visitor) -> None:
    path = made(visitor, {**OWN, "profile": {"name": "simulate OFFLINE"}})
    told = seen(visitor, path, 30)
    assert (told["status"], told["properties"]) == ("OFFLINE", None)
    assert [reason["code"] for reason in told["offline_reasons"]] == ["63020"]


def test_an_update_keeps_what_it_does_not_give(visitor: Visitor) -> None:
    path = made(visitor, OWN)
    visitor.clock.advance(30)
    body = {"profile": {"about": "Lamps", "name": None}, "webhook": None}
    told = visitor.read(visitor.send(path, body))
    assert told["status"] == "ONLINE:UPDATING"
    assert (told["profile"]["name"], told["profile"]["about"]) == ("Owl Lamps", "Lamps")
    assert told["profile"]["websites"] == SENDER["profile"]["websites"]
    assert told["webhook"]["callback_url"] == SENDER["webhook"]["callback_url"]
    assert (status(visitor, path, 9), status(visitor, path, 1)) == ("ONLINE:UPDATING", "ONLINE")


def test_an_address_has_one_sender(visitor: Visitor) -> None:
    path = made(visitor, SENDER)
    assert code_of(visitor.send(SENDERS, SENDER)) == 20409
    assert visitor.ask("DELETE", path).answer.status == 204
    assert code_of(visitor.get(path)) == 20404
    assert code_of(visitor.send(path, CODE)) == 20404
    assert made(visitor, SENDER) != path


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"sender_id": None},
        {**SENDER, "sender_id": "+15017122661"},
        {**SENDER, "sender_id": "whatsapp:me"},
        {"sender_id": "rcs:owl lamps"},
        {"sender_id": "messenger:owl"},
        {"sender_id": SENDER["sender_id"]},
        {**SENDER, "profile": {"name": ""}},
        {**SENDER, "profile": {"name": 1}},
        {**SENDER, "profile": {"name": "Owl", "accent_color": "red"}},
        {**SENDER, "profile": {"name": "Owl", "about": "x" * 140}},
        {**SENDER, "profile": {"name": "Owl", "websites": [{"label": "Shop"}]}},
        {**SENDER, "webhook": {"callback_method": "GET"}},
        {**SENDER, "webhook": {"callback_url": "a"}},
        {**SENDER, "configuration": {"verification_method": "pigeon"}},
        {**SENDER, "configuration": []},
    ],
)
def test_what_is_wrong_is_refused(body: dict[str, Any], visitor: Visitor) -> None:
    assert code_of(visitor.send(SENDERS, body)) == 20001
    assert seen(visitor, SENDERS)["senders"] == []


def test_a_list_by_channel(visitor: Visitor) -> None:
    made(visitor, SENDER)
    made(visitor, RCS)
    found = seen(visitor, f"{SENDERS}?Channel=rcs")["senders"]
    assert [one["sender_id"] for one in found] == [RCS["sender_id"]]
    assert len(seen(visitor, SENDERS)["senders"]) == 2
    assert code_of(visitor.get(f"{SENDERS}?Channel=sms")) == 20001


def test_senders_survive_a_reset(visitor: Visitor) -> None:
    path = made(visitor, OWN)
    visitor.world.reset()
    assert status(visitor, path, 30) == "ONLINE"


def test_a_sender_that_is_online_sends(visitor: Visitor) -> None:
    visitor.send(sender(visitor), CODE)
    visitor.clock.advance(20)
    told = visitor.create(From=SENDER["sender_id"], To="whatsapp:+14155550100")
    assert told["from"] == SENDER["sender_id"]
