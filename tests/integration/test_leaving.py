"""A caller may leave at any moment: what was written is heard out, what was not is not sent."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from async_messaging import Limits, MessagingClient, Simulator
from async_messaging.errors import AnswerTimeout, ConnectionLost, MessagingError
from async_messaging.models import Message
from async_messaging.pipeline.events import LateAnswer

pytestmark = pytest.mark.usefixtures("transport")

TO, FROM = "+14155550100", "+15005550006"


async def send(client: MessagingClient, body: str = "Hi") -> Message:
    return await client.messages.create(to=TO, from_=FROM, body=body)


async def until(holds: Callable[[], bool]) -> None:
    while not holds():
        await asyncio.sleep(0)


def descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


async def test_cancelled_at_every_turn_no_sid_is_lost() -> None:
    async with Simulator() as sim, sim.client() as client:
        late: list[LateAnswer] = []
        client.events.on_late_answer(late.append)
        sids = {(await send(client)).sid}
        told = finished = 0
        for turns in range(80):
            sending = asyncio.create_task(send(client, str(turns)))
            for _ in range(turns):
                await asyncio.sleep(0)
            finished += sending.done()
            sending.cancel()
            (ended,) = await asyncio.gather(sending, return_exceptions=True)
            if isinstance(ended, Message):
                sids.add(ended.sid)
            else:
                assert isinstance(ended, asyncio.CancelledError)
                told += 1
            await until(lambda: client.stats().in_flight == 0)
        stats = client.stats()
        assert (stats.in_flight, stats.waiting, stats.pending_late) == (0, 0, 0)
        sids |= {event.sid for event in late if event.sid}
        assert sids == {message.sid for message in sim.messages}
        assert finished
        assert 0 < len(late) < told


async def test_out_of_time_after_the_write_the_answer_still_comes() -> None:
    async with Simulator(faults="latency=200ms") as sim, sim.client() as client:
        hasty = client.with_options(timeout=0.1)
        with pytest.raises(AnswerTimeout) as caught:
            await hasty.messages.create(to=TO, from_=FROM, body="Hi")
        assert client.stats().pending_late == 1
        message = await caught.value.late_answer()
        assert [message.sid] == [sent.sid for sent in sim.messages]
        kept = await client.messages.fetch(message.sid)  # whose status goes on meanwhile
        assert (kept.to, kept.from_, kept.body) == (message.to, message.from_, message.body)
        assert (message.body, message.status) == ("Hi", "queued")


async def test_a_read_that_is_left_is_given_up() -> None:
    async with Simulator(faults="latency=5s") as sim, sim.client() as client:
        reading = asyncio.create_task(client.messages.list(limit=1).page())
        await until(lambda: client.stats().requests == 1)
        reading.cancel()
        await asyncio.gather(reading, return_exceptions=True)
        assert client.stats().in_flight == 0
        with pytest.raises(AnswerTimeout):
            await client.with_options(timeout=0.1, retries=0).messages.list(limit=1).page()
        assert client.stats().in_flight == 0


async def test_closing_gives_up_what_takes_longer_than_its_grace() -> None:
    async with Simulator(faults="latency=5s") as sim:
        before = descriptors()
        client = sim.client(limits=Limits(in_flight=1))
        waited, left = (asyncio.create_task(send(client)) for _ in range(2))
        await sim.wait_until(lambda: sim.requests == 1)
        await client.close(grace=0.05)
        ended = await asyncio.gather(waited, left, return_exceptions=True)
        assert isinstance(ended[0], ConnectionLost | asyncio.CancelledError)
        assert isinstance(ended[1], MessagingError)
        assert ended[1].outcome == "not_sent"
        assert client.stats().in_flight == 0
        await until(lambda: descriptors() <= before)
