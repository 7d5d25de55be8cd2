"""A web handler whose client hangs up: before the write and after it, nothing is lost."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import pytest
from aiohttp import web

from async_messaging import Limits, MessagingClient, Simulator
from async_messaging.pipeline.events import LateAnswer

pytestmark = pytest.mark.usefixtures("transport")

TO, FROM = "+14155550100", "+15005550006"


class Shop:
    """An application that texts from inside its handler."""

    def __init__(self, client: MessagingClient) -> None:
        self.client = client
        self.entered = asyncio.Event()
        self.ended = asyncio.Event()
        self.cancelled = False

    async def order(self, request: web.Request) -> web.Response:
        self.entered.set()
        try:
            await self.client.messages.create(to=TO, from_=FROM, body="Your order")
        except asyncio.CancelledError:
            self.cancelled = True
            raise
        finally:
            self.ended.set()
        return web.Response(text="thanks")


@asynccontextmanager
async def open_shop(client: MessagingClient) -> AsyncGenerator[tuple[Shop, int]]:
    shop = Shop(client)
    app = web.Application()
    app.router.add_get("/order", shop.order)
    runner = web.AppRunner(app, handler_cancellation=True)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield shop, runner.addresses[0][1]
    finally:
        await runner.cleanup()


async def visit(port: int) -> asyncio.StreamWriter:
    _, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"GET /order HTTP/1.1\r\nHost: shop\r\n\r\n")
    await writer.drain()
    return writer


async def hang_up(writer: asyncio.StreamWriter) -> None:
    writer.close()
    await writer.wait_closed()


async def test_hanging_up_after_the_write_keeps_the_sid() -> None:
    async with Simulator(faults="latency=150ms") as sim, sim.client() as client:
        late: list[LateAnswer] = []
        client.events.on_late_answer(late.append)
        async with open_shop(client) as (shop, port):
            visitor = await visit(port)
            await sim.wait_until(lambda: sim.requests == 1)
            await hang_up(visitor)
            await shop.ended.wait()
            assert shop.cancelled
            await client.close()
        assert [event.sid for event in late] == [message.sid for message in sim.messages]
        assert (sim.requests, sim.accepted) == (1, 1)
        stats = client.stats()
        assert (stats.in_flight, stats.pending_late, stats.waiting) == (0, 0, 0)


async def test_hanging_up_before_the_write_sends_nothing_and_frees_the_place() -> None:
    limits = Limits(in_flight=1)
    async with (
        Simulator(faults="latency=150ms") as sim,
        sim.client(limits=limits) as client,
        open_shop(client) as (shop, port),
    ):
        first = asyncio.create_task(client.messages.create(to=TO, from_=FROM, body="First"))
        await sim.wait_until(lambda: sim.requests == 1)
        visitor = await visit(port)
        await shop.entered.wait()
        await hang_up(visitor)
        await shop.ended.wait()
        assert shop.cancelled
        assert (await first).sid
        assert (await client.messages.create(to=TO, from_=FROM, body="Next")).sid
        assert [message.body for message in sim.messages] == ["First", "Next"]
        assert client.stats().in_flight == 0


@pytest.mark.soak
async def test_a_minute_of_outage_in_real_seconds() -> None:
    """P8 once with nothing simulated but Twilio."""
    from async_messaging import MessageDraft

    out = "drop_before=100%,get.drop_before=100%"
    concurrency, count = 32, 200 * 90
    async with Simulator() as sim, sim.client() as client:
        loop = asyncio.get_running_loop()
        loop.call_later(10, setattr, sim, "faults", out)
        loop.call_later(70, setattr, sim, "faults", "")
        drafts = (MessageDraft(to=f"+1415{n:07d}", from_=FROM, body=f"{n}") for n in range(count))
        async with client.bulk(drafts, concurrency=concurrency, rate=200) as results:
            outcomes = [result.outcome async for result in results]
        unknown = outcomes.count("unknown")
        assert len(outcomes) == count == outcomes.count("accepted") + unknown
        assert sim.accepted == outcomes.count("accepted")
        assert 10 <= unknown <= concurrency + 20 + 1
        assert sim.duplicates == 0
