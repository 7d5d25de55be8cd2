"""Content templates, their approvals, and the lists of both."""

from __future__ import annotations

from typing import Any

from tests.contract.asking import Asked, Verdict, Visitor

CONTENT = "/v1/Content"
TEMPLATE: dict[str, Any] = {
    "friendly_name": "owl_order",
    "language": "en",
    "variables": {"1": "your lamp"},
    "types": {
        "twilio/text": {"body": "Hi, {{1}} is on its way."},
        "twilio/quick-reply": {
            "body": "{{1}} is on its way. Questions?",
            "actions": [{"type": "QUICK_REPLY", "title": "Yes", "id": "yes"}],
        },
    },
}
APPROVAL = {"name": "owl_order", "category": "UTILITY"}


def template(visitor: Visitor, **other: Any) -> str:
    """A template; its path."""
    return f"{CONTENT}/{visitor.read(visitor.send(CONTENT, {**TEMPLATE, **other}))['sid']}"


def submitted(visitor: Visitor, name: str = "owl_order", seconds: float = 30) -> str:
    """A template that was handed in to WhatsApp, so many seconds ago; its path."""
    path = template(visitor)
    visitor.send(f"{path}/ApprovalRequests/whatsapp", {**APPROVAL, "name": name})
    visitor.clock.advance(seconds)
    return path


def ask(visitor: Visitor) -> Verdict:
    return visitor.send(f"{template(visitor)}/ApprovalRequests/whatsapp", APPROVAL)


def change(visitor: Visitor) -> Verdict:
    types = {"twilio/media": {"body": "Look", "media": ["https://owl-lamps.example/1.png"]}}
    return visitor.send(template(visitor), {"types": types}, method="PUT")


def show(visitor: Visitor, path: str) -> Verdict:
    template(visitor)
    submitted(visitor)
    submitted(visitor, "reject_me")
    return visitor.get(path)


ASKED: Asked = {
    ("content_v1", "CreateContent"): lambda visitor: visitor.send(CONTENT, TEMPLATE),
    ("content_v1", "FetchContent"): lambda visitor: visitor.get(template(visitor)),
    ("content_v1", "UpdateContent"): change,
    ("content_v1", "DeleteContent"): lambda visitor: visitor.ask("DELETE", template(visitor)),
    ("content_v1", "ListContent"): lambda visitor: show(visitor, CONTENT),
    ("content_v1", "CreateApprovalCreate"): ask,
    ("content_v1", "FetchApprovalFetch"): lambda visitor: visitor.get(
        f"{submitted(visitor, 'reject_me')}/ApprovalRequests"
    ),
    ("content_v1", "ListContentAndApprovals"): lambda visitor: show(
        visitor, "/v1/ContentAndApprovals"
    ),
    ("content_v1", "ListLegacyContent"): lambda visitor: show(visitor, "/v1/LegacyContent"),
    ("content_v2", "ListContent"): lambda visitor: show(
        visitor, "/v2/Content?SortByDate=desc&Language=en&ContentType=twilio%2Ftext"
    ),
    ("content_v2", "ListContentAndApprovals"): lambda visitor: show(
        visitor, "/v2/ContentAndApprovals?ChannelEligibility=whatsapp%3Aapproved"
    ),
}
