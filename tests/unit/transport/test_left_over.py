"""What a server says beyond its answer spoils the connection, wherever it was cut.

A whole surplus answer, the beginning of one, or anything else: nobody asked for it, and what follows
could not be told from the next answer. The answer itself stands, but where aiohttp reads it and is
given what is no HTTP in one piece with its end.
"""

from __future__ import annotations

import asyncio
import gzip
from contextlib import suppress
from itertools import pairwise

import pytest
from aiohttp.client_proto import ResponseHandler
from aiohttp.http_exceptions import HttpProcessingError

from async_messaging.errors import UnexpectedAnswer
from async_messaging.transport.unread import is_read_up
from async_messaging.transport.wire_protocol import PlainConnection
from tests.unit.transport.lines import Line, Owner, post, turns

BODY = b'{"sid": "one"}'
ZIPPED = gzip.compress(BODY)
HEAD = b"HTTP/1.1 201 Created\r\n"
ANSWERS = {
    "plain": (HEAD + b"Content-Length: 14\r\n\r\n" + BODY, BODY),
    "no content": (b"HTTP/1.1 204 No Content\r\n\r\n", b""),
    "not modified": (b"HTTP/1.1 304 Not Modified\r\nContent-Length: 0\r\n\r\n", b""),
    "length of nothing": (b"HTTP/1.1 204 No Content\r\nContent-Length: 9\r\n\r\n", b""),
    "chunks": (HEAD + b"Transfer-Encoding: chunked\r\n\r\ne\r\n" + BODY + b"\r\n0\r\n\r\n", BODY),
    "trailer": (
        HEAD + b"Transfer-Encoding: chunked\r\n\r\ne\r\n" + BODY + b"\r\n0\r\nX-A: b\r\n\r\n",
        BODY,
    ),
    "gzip": (
        HEAD + b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(ZIPPED) + ZIPPED,
        BODY,
    ),
    "continue": (b"HTTP/1.1 100 Continue\r\n\r\n" + HEAD + b"Content-Length: 2\r\n\r\n{}", b"{}"),
}
SURPLUS = (
    b"H",
    b"x",
    b"{",
    b"0\r\n\r\n",
    b"HTTP/1.1 408 Req",
    b"HTTP/1.1 201 Created\r\nContent-Le",
    b"HTTP/1.1 201 Created\r\nContent-Length: 14\r\n\r\n",
    b'HTTP/1.1 201 Created\r\nContent-Length: 14\r\n\r\n{"sid": "two"}',
    b"HTTP/1.1 204 No Content\r\n\r\n",
    b"HTTP/1.1 103 Early Hints\r\n\r\n",
)


async def heard(pieces: list[bytes]) -> tuple[bytes | None, bool]:
    """The answer's body, None if it is refused; and whether the connection is free then."""
    line, owner = Line(), Owner()
    connection = PlainConnection(line, owner)
    pending = connection.write(post(), b"", asyncio.get_running_loop().time())
    for piece in pieces:
        line.hears(piece)
        await turns()
    try:
        content = pending.result().content
    except UnexpectedAnswer:
        content = None
    free = bool(owner.frees) and not line.closed
    connection.close()
    return content, free


def cuts(answer: bytes, surplus: bytes) -> list[list[bytes]]:
    """The whole in one piece, and cut once at each place but where the surplus comes alone."""
    whole = answer + surplus
    pieces = [[whole[:place], whole[place:]] for place in range(1, len(whole))]
    return [[whole], *pieces]


@pytest.mark.parametrize("kind", ANSWERS)
async def test_an_answer_alone_leaves_its_connection_free(kind: str) -> None:
    answer, body = ANSWERS[kind]
    for pieces in cuts(answer, b""):
        assert await heard(pieces) == (body, True), pieces


@pytest.mark.parametrize("surplus", SURPLUS)
@pytest.mark.parametrize("kind", ANSWERS)
async def test_a_surplus_spoils_the_connection(kind: str, surplus: bytes) -> None:
    answer, body = ANSWERS[kind]
    for pieces in cuts(answer, surplus):
        content, free = await heard(pieces)
        assert not free, pieces
        if kind == "plain" and (len(pieces) == 1 or len(pieces[0]) >= len(answer) - len(body)):
            assert content == body, pieces
        assert content in {body, None}, pieces


def handler_after(pieces: list[bytes]) -> ResponseHandler:
    """A protocol of aiohttp's that has heard so much."""
    line = Line()
    handler = ResponseHandler(asyncio.get_running_loop())
    handler.connection_made(line)
    line.set_protocol(handler)
    handler.set_response_params(read_until_eof=True, auto_decompress=False)
    for piece in pieces:
        line.hears(piece)
    return handler


@pytest.mark.parametrize("surplus", [b"", *SURPLUS])
@pytest.mark.parametrize("kind", ANSWERS)
async def test_aiohttps_protocol_is_known_to_hold_one(kind: str, surplus: bytes) -> None:
    """As a session's connector sees it: the answer was taken, then the connection is asked for."""
    answer, _ = ANSWERS[kind]
    for pieces in cuts(answer, surplus):
        handler = handler_after(pieces)
        with suppress(HttpProcessingError):  # refused as a whole, and closed
            while (await handler.read())[0].code == 100:
                pass
        assert await is_read_up(handler) == (not surplus), pieces


def test_the_surplus_is_cut_everywhere() -> None:
    answer, _ = ANSWERS["plain"]
    pieces = cuts(answer, b"H")
    assert len(pieces) == len(answer) + 1
    assert [len(two[0]) - len(one[0]) for one, two in pairwise(pieces[1:])] == [1] * (
        len(answer) - 1
    )
