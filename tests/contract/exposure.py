"""Everything a failure shows of itself, and the search for secrets in it."""

from __future__ import annotations

import copy
import html
import json
import logging
import pickle
import re
import traceback
from base64 import b64encode
from collections.abc import Iterator
from urllib.parse import quote, quote_plus

import msgspec

from async_messaging.errors import MessagingError

__all__ = ["ACCOUNT", "BODY", "FROM", "MEDIA", "PAIR", "SECRETS", "TO", "TOKEN", "Ear", "hits"]

ACCOUNT = "AC" + "a" * 32
TOKEN = "5ecre7f00dfeed5ecre7f00dfeed5ecr"
PAIR = b64encode(f"{ACCOUNT}:{TOKEN}".encode()).decode()
TO = "+13125550142"
FROM = "+13125550177"
BODY = 'Zoë, your "word" is <tulip/42> & more'
MEDIA = "https://media.example/private/picture-7.png?key=k%2F9"

SECRETS = {
    "token": re.compile(re.escape(TOKEN)),
    "header": re.compile(re.escape(PAIR[:24])),
    "recipient": re.compile(r"312\D{0,9}555\D{0,9}0142"),
    "sender": re.compile(r"312\D{0,9}555\D{0,9}0177"),
    "body": re.compile("tulip"),
    "media": re.compile("picture-7"),
}
"""A part of each that no encoding changes."""


def echoes() -> dict[str, str]:
    """What a server may write, each repeating something of the request."""
    form = f"To={quote(TO)}&Body={quote_plus(BODY)}&MediaUrl={quote(MEDIA, safe='')}"
    return {
        "number": f"The number {TO} is not a valid phone number",
        "digits": f"To 13125550142 and 3125550142, from {FROM[1:]}",
        "spaced": "To +1 (312) 555-0142, 312.555.0142 and 1-312-555-0142",
        "channel": f"whatsapp:{TO} has no account",
        "body": f"The message '{BODY}' was filtered",
        "body as JSON": f"Bad request: {json.dumps({'Body': BODY})}",
        "body as HTML": f"<p>{html.escape(BODY)}</p>",
        "media": f"Unable to fetch {MEDIA}",
        "form": f"Could not parse {form}",
        "token": f"The token {TOKEN} of {ACCOUNT} is wrong",
        "header": f"Bad header Authorization: Basic {PAIR}",
        "all": f"{TOKEN} {PAIR} {TO} {FROM} {BODY} {MEDIA} {form}",
    }


class Ear(logging.Handler):
    """Hears every log record of the process, with what a formatter would add."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.heard: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.heard += [self.format(record), repr(record.args), repr(record.msg)]


def _chain(error: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    waiting: list[BaseException | None] = [error]
    while waiting:
        one = waiting.pop()
        if one is not None and id(one) not in seen:
            seen.add(id(one))
            yield one
            waiting += [one.__cause__, one.__context__]


def _shown(thing: object) -> Iterator[str]:
    yield repr(thing)
    yield str(thing)
    if isinstance(thing, msgspec.Struct):
        yield repr(list(getattr(thing, "__rich_repr__", list)()))
    if isinstance(thing, BaseException):
        yield "".join(traceback.format_exception(thing))
        for one in _chain(thing):
            yield f"{one!r} {one} {one.args}"
            if isinstance(one, MessagingError):
                yield from _of_ours(one)


def _of_ours(error: MessagingError) -> Iterator[str]:
    for protocol in (2, pickle.HIGHEST_PROTOCOL):
        yield pickle.dumps(error, protocol).decode("latin-1")
    yield repr(copy.copy(error)) + str(copy.deepcopy(error))
    yield f"{error.call!r} {error.code} {error.request_id} {error.advice}"


def hits(*things: object) -> list[str]:
    """Which secrets show, and in what."""
    return [
        f"{name}: ...{text[max(0, found.start() - 30) : found.end() + 10]!r}"
        for thing in things
        for text in ([thing] if isinstance(thing, str) else _shown(thing))
        for name, secret in SECRETS.items()
        if (found := secret.search(text))
    ]
