from __future__ import annotations

from typing import Any

import pytest

from tests.contract.asked.content import APPROVAL, submitted, template
from tests.contract.asking import Visitor
from tests.unit.simulator.visitor import code_of


@pytest.fixture
def visitor() -> Visitor:
    return Visitor()


def approval(visitor: Visitor, path: str, later: float = 0) -> Any:
    visitor.clock.advance(later)
    return visitor.read(visitor.get(f"{path}/ApprovalRequests"))["whatsapp"]


def test_it_is_approved_after_a_while(visitor: Visitor) -> None:
    path = template(visitor)
    assert approval(visitor, path)["status"] == "unsubmitted"
    asked = visitor.send(f"{path}/ApprovalRequests/whatsapp", APPROVAL)
    assert (asked.answer.status, visitor.read(asked)["status"]) == (201, "received")
    assert approval(visitor, path, 5)["status"] == "pending"
    assert approval(visitor, path, 24)["status"] == "pending"
    told = approval(visitor, path, 1)
    assert (told["status"], told["rejection_reason"]) == ("approved", "")
    assert (told["name"], told["category"]) == ("owl_order", "UTILITY")
    assert told["content_type"] == "twilio/text"
    assert code_of(visitor.send(f"{path}/ApprovalRequests/whatsapp", APPROVAL)) == 20409


def test_a_name_can_ask_for_a_rejection_and_the_template_comes_again(visitor: Visitor) -> None:
    path = submitted(visitor, "reject_me")
    told = approval(visitor, path)
    assert (told["status"], told["rejection_reason"] != "") == ("rejected", True)
    again = visitor.send(f"{path}/ApprovalRequests/whatsapp", APPROVAL)
    assert visitor.read(again)["status"] == "received"
    assert approval(visitor, path, 30)["status"] == "approved"


def test_a_changed_template_is_unsubmitted(visitor: Visitor) -> None:
    path = submitted(visitor)
    visitor.send(path, {"types": {"twilio/text": {"body": "Other"}}}, method="PUT")
    assert approval(visitor, path)["status"] == "unsubmitted"


@pytest.mark.parametrize(
    "wrong", [{"name": "Big Name"}, {"category": "NEWS"}, {"name": ""}, {"name": 5}], ids=str
)
def test_what_is_refused(visitor: Visitor, wrong: dict[str, Any]) -> None:
    path = f"{template(visitor)}/ApprovalRequests/whatsapp"
    assert code_of(visitor.send(path, {**APPROVAL, **wrong})) == 20001
