"""Mutated answers, read by the wire transport's parser and by aiohttp's: they must agree.

aiohttp's parser is the oracle. What the wire transport calls odd is read by aiohttp in any case, so
what is compared is each answer that it takes for plain, in one piece or cut in two.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from unittest.mock import Mock

from aiohttp.base_protocol import BaseProtocol
from aiohttp.http_exceptions import HttpProcessingError
from aiohttp.http_parser import HttpResponseParser

from async_messaging.transport.reading import lower
from async_messaging.transport.wire_parser import plain_head

BODY = b'{"sid": "SM' + b"5" * 32 + b'"}'
HEADERS = (
    b"Content-Type: application/json;charset=utf-8",
    b"Date: Thu, 01 Jan 2026 00:00:00 GMT",
    b"Twilio-Request-Id: RQ" + b"1" * 32,
    b"Connection: keep-alive",
    b"Connection: close",
    b"X-Empty:",
    b"Vary: Accept-Encoding",
    b"Vary: Origin",
    b"Retry-After: 3",
    b"Content-Encoding: identity",
    b"Transfer-Encoding: chunked",
    b"Upgrade: h2c",
    b"Content-Length: 3",
)
STATUSES = (b"200 OK", b"201 Created", b"204 No Content", b"304 Not", b"400 Bad", b"429 T", b"500 ")
PIECES = (
    *(b"\r\n", b"\n", b"\r", b" ", b"\t", b":", b",", b"\x00", b"\x7f", b"\xff", b"\xc3\xa9", b"0"),
    *(
        b"+",
        b"-1",
        b"HTTP/1.1 200 OK\r\n\r\n",
        b"Content-Length: 1\r\n",
        b"chunked",
        b"close",
        b"1.0",
    ),
    *(
        b"\r\n\r\n",
        b"Connection: close\r\n",
        b"Transfer-Encoding: chunked\r\n",
        b" folded\r\n",
        b"9" * 20,
    ),
)


@dataclass(frozen=True)
class Read:
    """What a parser made of the bytes: as far as callers can tell."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    kept: bool


def answer(luck: random.Random) -> bytes:
    """A good answer, or one that is odd on purpose."""
    chosen = luck.sample(HEADERS, luck.randint(0, 5))
    body = BODY[: luck.choice([0, 2, len(BODY)])]
    if luck.random() < 0.9:
        chosen.insert(luck.randint(0, len(chosen)), b"Content-Length: %d" % len(body))
    lines = [b"HTTP/1.1 " + luck.choice(STATUSES), *chosen]
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


def mutated(luck: random.Random) -> bytes:
    """An answer with up to four changes."""
    said = bytearray(answer(luck))
    for _ in range(luck.choice([0, 1, 1, 1, 2, 4])):
        place = luck.randrange(len(said) + 1)
        match luck.randrange(5):
            case 0 if place < len(said):
                said[place] = luck.randrange(256)
            case 1:
                del said[place : place + luck.randint(1, 4)]
            case 2:
                said[place:place] = luck.choice(PIECES)
            case 3 if place < len(said):
                said[place] ^= 1 << luck.randrange(8)
            case _:
                end = place + luck.randint(1, 30)
                said[place:place] = said[place:end]
    return bytes(said)


def ours(said: bytes) -> Read | None:
    """What the wire transport makes of it by itself: None if that is left to aiohttp."""
    head = plain_head(said)
    if head is None or head.end != len(said):
        return None
    return Read(head.status, head.headers, said[head.start :], head.kept)


def aiohttps(said: bytes, loop: asyncio.AbstractEventLoop) -> Read | None:
    """What aiohttp makes of it; None if it refuses, or waits for more."""
    protocol: Any = BaseProtocol(loop)
    protocol.transport = Mock()
    parser: Any = HttpResponseParser(
        protocol, loop, 1 << 16, read_until_eof=True, auto_decompress=False
    )
    protocol._parser = parser  # noqa: SLF001 - as aiohttp's own handler has it
    try:
        messages, upgraded, tail = parser.feed_data(said)
    except HttpProcessingError:
        return None
    if len(messages) != 1 or upgraded or tail:
        return None
    message, content = messages[0]
    if not content.is_eof():
        return None
    body = b""
    while piece := content.read_nowait():
        body += piece
    kept = not message.should_close
    return Read(message.code, lower(message.headers), body, kept)
