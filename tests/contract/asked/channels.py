"""Senders of WhatsApp and RCS, typing indicators, deactivations."""

from __future__ import annotations

import json
from typing import Any

from tests.contract.asking import Asked, Verdict, Visitor

SENDERS = "/v2/Channels/Senders"
SENDER: dict[str, Any] = {
    "sender_id": "whatsapp:+15017122661",
    "configuration": {"waba_id": "12345678912345", "verification_method": "sms"},
    "webhook": {"callback_url": "https://owl-lamps.example/in", "callback_method": "POST"},
    "profile": {
        "name": "Owl Lamps",
        "websites": [{"website": "https://owl-lamps.example", "label": "Shop"}],
        "emails": [{"email": "owner@owl-lamps.example", "label": "Mail"}],
    },
}


def sender(visitor: Visitor) -> str:
    """A sender that waits for its code."""
    sid: str = visitor.read(visitor.send(SENDERS, SENDER))["sid"]
    visitor.clock.advance(10)
    return f"{SENDERS}/{sid}"


def verify(visitor: Visitor) -> Verdict:
    return visitor.send(sender(visitor), {"configuration": {"verification_code": "123456"}})


def show_offline(visitor: Visitor) -> Verdict:
    profile = {"name": "simulate OFFLINE"}
    rcs = {"sender_id": "rcs:owl_lamps_agent", "profile": profile}
    sid = visitor.read(visitor.send(SENDERS, rcs))["sid"]
    visitor.clock.advance(30)
    return visitor.get(f"{SENDERS}/{sid}")


def show_list(visitor: Visitor) -> Verdict:
    where = sender(visitor)
    visitor.send(where, {"configuration": {"verification_code": "123456"}})
    visitor.clock.advance(60)
    return visitor.get(SENDERS)


def received(
    visitor: Visitor, from_: str = "whatsapp:+14155550199", to: str = "whatsapp:+15005550006"
) -> str:
    """The sid of a message that came in over a channel."""
    written = {"from": from_, "to": to, "body": "Hi"}
    body = json.dumps(written).encode()
    verdict = visitor.ask("POST", "/inbox/replies", body=body, content_type="application/json")
    sid: str = visitor.read(verdict)["message"]["sid"]
    return sid


def show_typing(visitor: Visitor) -> Verdict:
    form = {"channel": "whatsapp", "messageId": received(visitor)}
    return visitor.ask("POST", "/v2/Indicators/Typing.json", form)


def show_typing_v3(visitor: Visitor) -> Verdict:
    body = {"channel": "WHATSAPP", "messageId": received(visitor)}
    return visitor.send("/v3/Indicators/Typing.json", body)


ASKED: Asked = {
    ("messaging_v2", "CreateChannelsSender"): lambda visitor: visitor.send(SENDERS, SENDER),
    ("messaging_v2", "FetchChannelsSender"): show_offline,
    ("messaging_v2", "ListChannelsSender"): show_list,
    ("messaging_v2", "UpdateChannelsSender"): verify,
    ("messaging_v2", "DeleteChannelsSender"): lambda visitor: visitor.ask(
        "DELETE", sender(visitor)
    ),
    ("messaging_v2", "CreateTypingIndicator"): show_typing,
    ("messaging_v3", "CreateV3TypingIndicator"): show_typing_v3,
    ("messaging_v1", "FetchDeactivation"): lambda visitor: visitor.get(
        "/v1/Deactivations?Date=2025-12-24"
    ),
}
