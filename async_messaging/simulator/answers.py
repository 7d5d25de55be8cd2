"""What a handler gives back: an answer with Twilio's body, or a refusal with Twilio's code."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType

import msgspec

from .catalogue import ERRORS
from .outgoing import Reply

JSON = "application/json;charset=utf-8"
_NONE: Mapping[str, str] = MappingProxyType({})
_encode = msgspec.json.Encoder().encode


class Later(msgspec.Struct, frozen=True):
    """What an answer waits for, and how it is made then."""

    reply: Reply
    tell: Callable[[], Answer]


class Answer(msgspec.Struct, frozen=True):
    """An HTTP answer before it meets the wire; `code` is Twilio's error code or 0."""

    status: int
    body: bytes = b""
    code: int = 0
    accepted: bool = False
    headers: Mapping[str, str] = _NONE
    content_type: str = JSON
    chunks: Iterator[bytes] | None = None
    later: Later | None = None
    follows: bool = False
    """The answer is the stream of events (see `stream`), which the server writes."""


class RefusedError(Exception):
    """Raised by a check or a handler: the request is answered with this code of Twilio's."""

    def __init__(self, code: int, value: object = "") -> None:
        super().__init__(code)
        self.code = code
        self.value = value


class ComplaintError(Exception):
    """Raised by a handler of the simulator's own, for what is no part of Twilio's API: answered with its text."""

    def __init__(self, text: object, status: int = 400) -> None:
        super().__init__(text)
        self.answer: Answer = Answer(status, _encode({"error": str(text)}))


def json_answer(
    value: object,
    status: int = 200,
    *,
    accepted: bool = False,
    headers: Mapping[str, str] = _NONE,
) -> Answer:
    """An answer whose body is `value` as JSON."""
    return Answer(status, _encode(value), accepted=accepted, headers=headers)


def problem(code: int, value: object = "", headers: Mapping[str, str] = _NONE) -> Answer:
    """Twilio's error body for `code`, with the HTTP status that belongs to it."""
    status, text = ERRORS[code]
    body = {
        "code": code,
        "message": text.format(value=value),
        "more_info": f"https://www.twilio.com/docs/errors/{code}",
        "status": status,
    }
    return Answer(status, _encode(body), code, headers=headers)
