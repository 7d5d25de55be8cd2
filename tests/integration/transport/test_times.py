"""What of a send's time belongs to the attempt: from the write on."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from async_messaging.errors import AnswerTimeout
from async_messaging.settings import AttemptTimeout, Limits
from tests.contract.wire_faults import Hold, Read, Send, answer
from tests.integration.transport.conftest import Ask, Open
from tests.integration.transport.wire import WireServer, settings_for

ENDLESS = float("inf")


async def turns() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


async def waited(opens: Open, ask: Ask, shift: Callable[[float], None]) -> None:
    """Wait 60 s for the only connection, then 60 s for an answer, with 100 s for the attempt."""
    pool = opens(settings_for(limits=Limits(max_connections=1)))
    patience = AttemptTimeout(connect=100, read=200, total=100)
    endless = AttemptTimeout(ENDLESS, ENDLESS, ENDLESS)
    async with WireServer((Read(), Hold(), Send(answer(b"{}")))) as server:
        first = asyncio.ensure_future(pool.send(ask(server.url, timeout=endless)))
        await server.busy.wait()
        server.busy.clear()
        second = asyncio.ensure_future(pool.send(ask(server.url, timeout=patience)))
        await turns()
        shift(60)
        await turns()
        server.held.set()
        await first
        server.held.clear()
        await server.busy.wait()
        server.busy.clear()
        shift(60)
        await turns()
        assert not second.done()
        server.held.set()
        assert (await second).content == b"{}"
        server.held.clear()
        third = asyncio.ensure_future(pool.send(ask(server.url, timeout=patience)))
        await server.busy.wait()
        shift(101)
        with pytest.raises(AnswerTimeout):
            await third
        await pool.close()


def test_the_wait_for_a_connection_is_none_of_the_attempts_time(
    opens: Open, ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    later = 0.0

    def shift(seconds: float) -> None:
        nonlocal later
        later += seconds

    with asyncio.Runner(loop_factory=asyncio.SelectorEventLoop) as runner:
        loop = runner.get_loop()
        real = loop.time
        monkeypatch.setattr(loop, "time", lambda: real() + later)
        runner.run(waited(opens, ask, shift))


async def test_no_bound_at_all_is_one(opens: Open, ask: Ask) -> None:
    pool = opens(settings_for(limits=Limits(max_connections=1)))
    async with WireServer((Read(), Send(answer(b"{}")))) as server:
        timeout = AttemptTimeout(ENDLESS, ENDLESS, ENDLESS)
        sends = [pool.send(ask(server.url, timeout=timeout)) for _ in range(3)]
        assert [one.content for one in await asyncio.gather(*sends)] == [b"{}"] * 3
        async with pool.stream(ask(server.url, "GET", timeout=timeout)) as streamed:
            assert [piece async for piece in streamed.chunks()] == [b"{}"]
        await pool.close()
