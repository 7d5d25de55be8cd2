"""A connection whose answer was another request's: it is closed, with what else is under way on it."""

from __future__ import annotations

import asyncio

import pytest

from async_messaging.errors import ConnectionLost
from async_messaging.settings import Limits
from tests.contract.wire_faults import Hold, Read, Send, answer
from tests.integration.transport.conftest import Ask, Open
from tests.integration.transport.wire import WireServer, server_context, settings_for, trusting

CHUNKED = b"HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n"


@pytest.mark.parametrize("said", [answer(b"{}"), CHUNKED], ids=["plain", "chunks"])
@pytest.mark.parametrize("scheme", ["http", "https"])
async def test_it_is_not_used_again(opens: Open, ask: Ask, scheme: str, said: bytes) -> None:
    tls = server_context("good") if scheme == "https" else None
    pool = opens(settings_for(ssl=trusting()))
    async with WireServer((Read(), Send(said)), tls=tls) as server:
        for count in range(1, 4):
            for _ in range(2):
                response = await pool.send(ask(server.url))
            assert server.connections == count
            assert response.carrier is not None
            response.carrier.spoil()
            await server.all_closed()
        await pool.close()


async def test_what_is_under_way_on_it_ends_unknown(opens: Open, ask: Ask) -> None:
    pool = opens(settings_for(limits=Limits(max_connections=1)))
    async with WireServer((Read(), Send(answer(b"{}")), Read(), Hold())) as server:
        response = await pool.send(ask(server.url))
        second, third = ask(server.url), ask(server.url)
        server.busy.clear()
        sending = asyncio.ensure_future(pool.send(second))
        await server.busy.wait()
        assert response.carrier is not None
        response.carrier.spoil()
        with pytest.raises(ConnectionLost):
            await sending
        assert second.written
        assert (await pool.send(third)).content == b"{}"
        assert server.connections == 2
        await pool.close()
