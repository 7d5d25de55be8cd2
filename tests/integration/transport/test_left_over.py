"""A connection on which more was said than was asked is not used again, on real sockets."""

from __future__ import annotations

import asyncio
from contextlib import suppress

import pytest

from async_messaging.errors import UnexpectedAnswer
from tests.contract.wire_faults import Hold, Read, Send, Step, answer
from tests.integration.transport.conftest import Ask, Open
from tests.integration.transport.wire import WireServer, server_context, settings_for, trusting

PLAIN = answer(b'{"sid": "own"}' + b" " * 2_000)
CHUNKED = (
    b"HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\n"
    b'e\r\n{"sid": "own"}\r\n3e8\r\n' + b" " * 1_000 + b"\r\n0\r\n\r\n"
)
BODILESS = b"HTTP/1.1 204 No Content\r\nX-Long: " + b"a" * 1_000 + b"\r\n\r\n"
OTHER = answer(b'{"sid": "other"}')


async def turns() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


@pytest.mark.parametrize("surplus", [b"H", b"HTTP/1.1 408 Req", OTHER[:-30], OTHER])
@pytest.mark.parametrize("said", [PLAIN, CHUNKED, BODILESS], ids=["plain", "chunks", "no body"])
@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize("pieces", [1, 2])
async def test_whatever_is_left_over_costs_the_connection(
    opens: Open, ask: Ask, scheme: str, said: bytes, surplus: bytes, pieces: int
) -> None:
    """The other requests wait for the only connection, and are written as soon as it is free."""
    steps: tuple[Step, ...] = (Read(), Hold(), Send(said + surplus))
    if pieces == 2:
        steps = (Read(), Send(said[:900]), Hold(), Send(said[900:] + surplus))
    tls = server_context("good") if scheme == "https" else None
    pool = opens(settings_for(ssl=trusting()))
    async with WireServer(steps, tls=tls) as server:
        for count in range(1, 4):
            sending = asyncio.ensure_future(pool.send(ask(server.url)))
            await server.busy.wait()
            server.busy.clear()
            await turns()
            server.held.set()
            with suppress(UnexpectedAnswer):
                assert b"other" not in (await sending).content
            server.held.clear()
            assert server.connections == len(server.requests) == count
        await pool.close()
