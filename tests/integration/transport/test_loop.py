"""The loop that these tests run on is the one that was asked for, and what hangs on which it is."""

from __future__ import annotations

import asyncio
import os

import pytest

from async_messaging.transport.wire_pool import WirePool
from async_messaging.transport.wire_protocol import BufferedConnection
from tests.contract.wire_faults import Read
from tests.integration.transport.wire import WireServer, server_context, settings_for, trusting

WANTED = os.environ.get("TEST_LOOP", "asyncio")


async def test_the_loop_is_the_one_asked_for() -> None:
    assert type(asyncio.get_running_loop()).__module__.split(".")[0] == WANTED


@pytest.mark.parametrize("scheme", ["http", "https"])
async def test_a_piece_takes_no_buffer_of_its_own(scheme: str) -> None:
    """uvloop receives ahead where nothing is encrypted, and has one buffer for all there itself."""
    pool = WirePool(settings_for(ssl=trusting()))
    tls = server_context("good") if scheme == "https" else None
    async with WireServer((Read(),), tls=tls) as server:
        origin, now = pool.origin(server.url), pool.now()
        connection = await origin.connection(now, now + 30)
        shares = isinstance(connection, BufferedConnection)
        assert shares == (scheme == "https" or WANTED == "asyncio")
        await pool.close()
