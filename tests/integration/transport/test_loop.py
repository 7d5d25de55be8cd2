"""The loop that these tests run on is the one that was asked for, and what hangs on which it is."""

from __future__ import annotations

import asyncio
import os

import pytest

from async_messaging.transport.tls import Encrypted
from async_messaging.transport.wire_pool import WirePool
from tests.contract.wire_faults import Read, Send, answer
from tests.integration.transport.conftest import Ask, Open
from tests.integration.transport.wire import WireServer, server_context, settings_for, trusting

WANTED = os.environ.get("TEST_LOOP", "asyncio")


async def test_the_loop_is_the_one_asked_for() -> None:
    assert type(asyncio.get_running_loop()).__module__.split(".")[0] == WANTED


@pytest.mark.parametrize("scheme", ["http", "https"])
async def test_a_piece_takes_no_buffer_of_its_own(scheme: str) -> None:
    """On asyncio's loop all share one; uvloop has one for all itself."""
    pool = WirePool(settings_for(ssl=trusting()))
    tls = server_context("good") if scheme == "https" else None
    async with WireServer((Read(),), tls=tls) as server:
        origin, now = pool.origin(server.url), pool.now()
        connection = await origin.connection(now, now + 30)
        receives = connection if scheme == "http" else connection.transport
        assert isinstance(receives, Encrypted) == (scheme == "https")
        assert isinstance(receives, asyncio.BufferedProtocol) == (WANTED == "asyncio")
        await pool.close()


@pytest.mark.parametrize("scheme", ["http", "https"])
async def test_long_answers_that_come_in_pieces_are_whole_and_in_order(
    opens: Open, ask: Ask, scheme: str
) -> None:
    bodies = [bytes([65 + number]) * 700_000 for number in range(3)]
    steps = tuple(step for body in bodies for step in (Read(), Send(answer(body))))
    tls = server_context("good") if scheme == "https" else None
    pool = opens(settings_for(ssl=trusting()))
    async with WireServer(steps, tls=tls) as server:
        for body in bodies:
            assert (await pool.send(ask(server.url))).content == body
        await pool.close()
