"""One connection without a socket: whatever is said on it, in whatever pieces.

The oracle is aiohttp's own protocol, fed with the same pieces at the same moments and read as the
session pool reads it: status, body and outcome must be the same. Only where a plain answer is
followed by more in its piece, the oracle is given the answer alone: it stands, whatever aiohttp
thinks of the rest. And whatever came of the first request, the second is never given an answer but
its own.
"""

from __future__ import annotations

import asyncio
import os
import random
import time
from collections.abc import Callable

import pytest
from aiohttp.client_proto import ResponseHandler

from async_messaging.errors import MessagingError
from async_messaging.transport import Response
from async_messaging.transport.failures import failure
from async_messaging.transport.private import next_answer
from async_messaging.transport.reading import Reading
from async_messaging.transport.wire_parser import plain_head
from async_messaging.transport.wire_protocol import PlainConnection
from tests.unit.transport.lines import CAP, Line, Owner, post, turns
from tests.unit.transport.parsers import mutated

SEED = int(os.environ.get("FUZZ_SEED", "0")) or time.time_ns() % 1_000_000
OWN = b'HTTP/1.1 201 Created\r\nContent-Length: 14\r\n\r\n{"sid": "two"}'


def opened() -> tuple[Line, ResponseHandler]:
    line = Line()
    handler = ResponseHandler(asyncio.get_running_loop())
    handler.connection_made(line)
    line.set_protocol(handler)
    return line, handler


async def said(line: Line, pieces: list[bytes], done: Callable[[], bool]) -> None:
    """Let the pieces come, one after the other, and then the end, if that is waited for."""
    for piece in pieces:
        line.hears(piece)
        await turns()
    if not done():
        line.ends()
        await turns()


def shown(outcome: Response | MessagingError) -> tuple[object, ...]:
    if isinstance(outcome, Response):
        return outcome.status, len(outcome.content), outcome.content
    return ("unknown",) if outcome.outcome == "unknown" else (type(outcome),)


async def by_aiohttp(pieces: list[bytes]) -> tuple[object, ...]:
    """What the session pool would make of it."""
    line, handler = opened()
    handler.set_response_params(read_until_eof=True, auto_decompress=False)

    async def read() -> Response | MessagingError:
        reading = Reading(CAP)
        try:
            status, headers, content = await next_answer(handler)
            return await reading.read(status, headers, content, line.close)
        except Exception as error:  # noqa: BLE001 - as the session pool does
            return failure(error, written=True, status=reading.status, headers=reading.headers)

    reader = asyncio.create_task(read())
    await asyncio.sleep(0)
    await said(line, pieces, reader.done)
    if not reader.done():  # aiohttp's parser has lost its thread: the time allowed runs out
        reader.cancel()
        return ("unknown",)
    return shown(reader.result())


async def by_wire(pieces: list[bytes]) -> tuple[object, ...]:
    """What the wire transport makes of it; a second request then gets its own answer or none."""
    line, owner = Line(), Owner()
    connection = PlainConnection(line, owner)
    now = asyncio.get_running_loop().time()
    pending = connection.write(post(), b"", now)
    await said(line, pieces, lambda: pending.done)
    if not pending.done:
        connection.fail(TimeoutError())
    try:
        first = shown(pending.result())
    except MessagingError as error:
        first = shown(error)
    assert owner.frees <= 1
    if owner.frees and not line.closed:
        second = connection.write(post(), b"", now)
        await said(line, [OWN], lambda: second.done)
        assert second.result().content == b'{"sid": "two"}'
        connection.close()
    return first


def cut(whole: bytes, luck: random.Random) -> list[bytes]:
    places = sorted(luck.randrange(len(whole) + 1) for _ in range(luck.choice([0, 0, 1, 2])))
    pieces = [whole[a:b] for a, b in zip([0, *places], [*places, len(whole)], strict=True)]
    return [piece for piece in pieces if piece]


async def compared(count: int, seed: int) -> None:
    print(f"seed {seed}: FUZZ_SEED={seed} repeats it")  # noqa: T201 - shown where it fails
    luck = random.Random(seed)
    for _ in range(count):
        pieces = cut(mutated(luck), luck)
        head = plain_head(pieces[0])
        alone = pieces if head is None or head.end >= len(pieces[0]) else [pieces[0][: head.end]]
        assert await by_wire(pieces) == await by_aiohttp(alone), pieces


async def test_20_000_mutated_answers_end_alike() -> None:
    await compared(20_000, SEED)


@pytest.mark.soak
async def test_1_000_000_mutated_answers_end_alike() -> None:
    await compared(1_000_000, SEED)


async def test_a_connection_that_was_lent_tells_itself_when_it_is_lost() -> None:
    line, owner = Line(), Owner()
    connection = PlainConnection(line, owner)
    now = asyncio.get_running_loop().time()
    chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n"
    for whole in (chunked, OWN):
        pending = connection.write(post(), b"", now)
        assert connection.lost() is not None
        await said(line, [whole], lambda: pending.done)  # noqa: B023 - it is called in this turn
    assert owner.frees == 2
    lost = connection.lost()
    connection.close()
    line.ends()
    assert lost is not None
    assert lost.done()
