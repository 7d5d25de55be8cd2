from __future__ import annotations

from typing import Any

import pytest

from tests.contract.asked.channels import received
from tests.contract.asking import Visitor
from tests.unit.simulator.visitor import code_of

V2 = "/v2/Indicators/Typing.json"
V3 = "/v3/Indicators/Typing.json"
APPLE = {"channel": "APPLE", "from": "urn:biz:1", "to": "urn:mbid:2"}


@pytest.fixture
def visitor() -> Visitor:
    return Visitor()


def shown(visitor: Visitor) -> list[dict[str, object]]:
    account = visitor.world.accounts[visitor.world.account_sid]
    return [record.fields for record in account.shelves["typing_indicators"]]


def test_an_answer_is_being_written(visitor: Visitor) -> None:
    sid = received(visitor)
    assert visitor.made(V2, {"channel": "whatsapp", "messageId": sid}) == {"success": True}
    visitor.clock.advance(10)
    verdict = visitor.send(V3, {"channel": "WHATSAPP", "messageId": sid})
    assert visitor.read(verdict) == {"success": True}
    assert shown(visitor) == [{"channel": "whatsapp", "until": visitor.clock.time() + 25}]


def test_apple_has_a_start_and_an_end(visitor: Visitor) -> None:
    visitor.send(V3, APPLE)
    assert shown(visitor) == [{"channel": "apple", "until": visitor.clock.time() + 25}]
    visitor.send(V3, {**APPLE, "event": "END"})
    assert shown(visitor) == [{"channel": "apple", "until": visitor.clock.time()}]


def test_rcs_has_messages_of_its_own(visitor: Visitor) -> None:
    sid = received(visitor, "rcs:+14155550199", "rcs:owl_agent")
    visitor.send(V3, {"channel": "RCS", "messageId": sid, "event": None})
    assert [one["channel"] for one in shown(visitor)] == ["rcs"]
    assert code_of(visitor.send(V3, {"channel": "WHATSAPP", "messageId": sid})) == 20001


def test_the_message_must_have_come_over_whatsapp(visitor: Visitor) -> None:
    sent = visitor.create()["sid"]
    whatsapp = {"From": "whatsapp:+15005550006", "To": "whatsapp:+14155550100"}
    for sid in (sent, visitor.create(**whatsapp)["sid"]):
        assert code_of(visitor.ask("POST", V2, {"channel": "whatsapp", "messageId": sid})) == 20001
    unknown = {"channel": "WHATSAPP", "messageId": "SM" + "0" * 32}
    assert code_of(visitor.send(V3, unknown)) == 20404


@pytest.mark.parametrize(
    "form", [{}, {"channel": "sms", "messageId": "SM" + "0" * 32}, {"channel": "whatsapp"}]
)
def test_a_wrong_form_is_refused(form: dict[str, Any], visitor: Visitor) -> None:
    assert code_of(visitor.ask("POST", V2, form)) == 20001


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"channel": "SMS", "messageId": "SM" + "0" * 32},
        {"channel": "WHATSAPP"},
        {"channel": "WHATSAPP", "messageId": "SM1"},
        {"channel": "WHATSAPP", "messageId": None},
        {"channel": "APPLE", "from": "urn:biz:1"},
        {**APPLE, "event": "PAUSE"},
        [APPLE],
    ],
)
def test_a_wrong_body_is_refused(body: Any, visitor: Visitor) -> None:
    assert code_of(visitor.send(V3, body)) == 20001
    assert shown(visitor) == []


def test_what_is_no_json_is_refused(visitor: Visitor) -> None:
    for body in (b"", b"{", b"\xff", b'"\xff"', b"[" * 100_000):
        assert code_of(visitor.ask("POST", V3, body=body)) == 20001
