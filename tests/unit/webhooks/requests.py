"""Requests as Twilio makes and signs them; the signing is twilio-python's own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from twilio.request_validator import RequestValidator

__all__ = [
    "ACCOUNT",
    "FORM",
    "SID",
    "TOKEN",
    "URL",
    "Many",
    "Params",
    "form_of",
    "inbound",
    "many",
    "sid",
    "signed",
    "status",
]

TOKEN = "5ecre7f00dfeed5ecre7f00dfeed5ecr"
ACCOUNT = "AC" + "a" * 32
SID = "SM" + "1" * 32
URL = "https://example.com/sms"
FORM = "application/x-www-form-urlencoded"


def sid(number: int) -> str:
    """A message's sid."""
    return f"SM{number:032x}"


Params = Mapping[str, str] | Sequence[tuple[str, str]]


class Many(dict[str, list[str]]):
    """Repeated names, as twilio-python wants them."""

    def getall(self, name: str) -> list[str]:
        return self[name]


def many(params: Params) -> Many:
    """Parameters as twilio-python takes them."""
    found = Many()
    for name, value in params.items() if isinstance(params, Mapping) else params:
        found.setdefault(name, []).append(value)
    return found


def form_of(params: Params) -> bytes:
    return urlencode(list(params.items()) if isinstance(params, Mapping) else params).encode()


def signed(
    params: Params | None = None,
    *,
    url: str = URL,
    token: str = TOKEN,
    key: str = "",
    algorithm: str = "HMAC_SHA256",
) -> tuple[dict[str, str], bytes]:
    """Headers and body; for a GET without parameters of a form."""
    validator: Any = RequestValidator(token)
    headers = {
        "X-Twilio-Signature": validator.compute_signature(
            url, many(params or ()), algorithm if key else None
        )
    }
    if key:
        headers["X-Twilio-Webhooks-Signature-Settings"] = f"key={key},algorithm={algorithm}"
    if params is None:
        return headers, b""
    return {**headers, "Content-Type": FORM}, form_of(params)


def inbound(**more: str) -> dict[str, str]:
    return {
        "MessageSid": SID,
        "SmsSid": SID,
        "SmsMessageSid": SID,
        "AccountSid": ACCOUNT,
        "From": "+14155550100",
        "To": "+15005550006",
        "Body": "Hello there",
        "NumMedia": "0",
        "NumSegments": "1",
        "SmsStatus": "received",
        "ApiVersion": "2010-04-01",
        **more,
    }


def status(state: str = "delivered", sid: str = SID, **more: str) -> dict[str, str]:
    return {
        "MessageSid": sid,
        "SmsSid": sid,
        "AccountSid": ACCOUNT,
        "From": "+15005550006",
        "To": "+14155550100",
        "MessageStatus": state,
        "SmsStatus": state,
        "ApiVersion": "2010-04-01",
        **more,
    }
