"""What a request is answered with."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import msgspec

from ..twiml import CONTENT_TYPE, Message, MessagingResponse

_NO_HEADERS: Mapping[str, str] = MappingProxyType({})


class WebhookAnswer(msgspec.Struct, frozen=True):
    """An HTTP answer, to be given by whatever server is there.

    Attributes:
        status: the HTTP status.
        body: TwiML, or empty.
        headers: the content type of a body, or what a refusal needs.
    """

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = _NO_HEADERS

    def __repr__(self) -> str:
        return f"WebhookAnswer(status={self.status}, body=<{len(self.body)} bytes>)"


def plain(status: int, **headers: str) -> WebhookAnswer:
    """An answer without a body."""
    return WebhookAnswer(status, b"", headers or _NO_HEADERS)


NO_REPLY = plain(204)
FAILED = plain(500)
BUSY = plain(503)


def reply_of(value: object) -> WebhookAnswer:
    """The answer that tells Twilio to send what a handler returned."""
    if value is None or value == "":
        return NO_REPLY
    if isinstance(value, str):
        value = MessagingResponse(Message(value))
    if not isinstance(value, MessagingResponse):
        raise TypeError("a handler returned neither MessagingResponse nor str nor None")
    return WebhookAnswer(200, bytes(value), {"Content-Type": CONTENT_TYPE})
