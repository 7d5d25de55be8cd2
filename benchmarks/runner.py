"""One client, measured in a process of its own: reads a job as its argument, prints what it found.

Every answer is checked: its `to` is the request's, its sid no other answer has. An answer that is
wrong ends the process, and no figure comes of it.

    python -m benchmarks.runner '{"kind": "closed", "peer": "ours", "url": "http://..."}'
"""

from __future__ import annotations

import asyncio
import gc
import importlib
import os
import sys
import time
from collections.abc import Awaitable, Callable
from itertools import count
from typing import TYPE_CHECKING, cast

import msgspec

from benchmarks.jobs import Job, Told
from benchmarks.peers.base import PEERS, Module, Peer, Target
from benchmarks.resources import (
    check_pinned,
    open_connections,
    open_files,
    peak_memory,
    pin,
    resident,
)

if TYPE_CHECKING:
    from benchmarks.peers.ours import Ours

__all__ = ["WARM_UP", "Checked"]

WARM_UP = 0.25


class Checked:
    """Sends through a client, and checks what is answered.

    Attributes:
        sids: of all answers so far.
        first: done when the first answer is there.
    """

    def __init__(self, peer: Peer) -> None:
        self.peer = peer
        self.sids: set[str] = set()
        self.first: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._numbers = count(2_000_000)

    def recipient(self) -> str:
        """A number that none before had."""
        return f"+1415{next(self._numbers):07}"

    async def send(self) -> None:
        """Send to the next number."""
        to = self.recipient()
        sid, echoed = await self.peer.send(to)
        self.check(to, sid, echoed)

    def check(self, to: str, sid: str, echoed: str | None) -> None:
        """Whether this is the answer to that request, and a new one."""
        if echoed != to or sid in self.sids:
            raise AssertionError("an answer that belongs to another request")
        if not self.sids:
            self.first.set_result(None)
        self.sids.add(sid)

    async def for_seconds(self, seconds: float, in_flight: int) -> None:
        """Keep so many calls in flight for so long; at least one each."""
        until = time.perf_counter() + seconds

        async def work() -> None:
            await self.send()
            while time.perf_counter() < until:
                await self.send()

        await asyncio.gather(*(work() for _ in range(in_flight)))


async def spent(work: Callable[[], Awaitable[int]]) -> Told:
    """Wall and CPU time of *work*, which tells how many calls it made."""
    gc.collect()
    wall, cpu, system = time.perf_counter(), time.process_time(), os.times().system
    done = await work()
    return Told(
        count=done,
        wall=time.perf_counter() - wall,
        cpu=time.process_time() - cpu,
        system=os.times().system - system,
    )


async def closed(peer: Peer, job: Job) -> Told:
    """So many calls in flight, warm."""
    checked = Checked(peer)
    await checked.for_seconds(WARM_UP, job.in_flight)
    await asyncio.sleep(max(0.0, job.start - time.monotonic()))
    before = len(checked.sids)

    async def work() -> int:
        await checked.for_seconds(job.seconds, job.in_flight)
        return len(checked.sids) - before

    return await spent(work)


async def bulk(peer: Peer, job: Job) -> Told:
    """The same through `MessagingClient.bulk`."""
    from async_messaging import MessageDraft
    from benchmarks.peers.base import SENDER, text_for

    client = cast("Ours", peer).client
    checked = Checked(peer)
    await checked.for_seconds(WARM_UP, job.in_flight)
    until = time.perf_counter() + job.seconds

    def draft() -> MessageDraft | None:
        if time.perf_counter() >= until:
            return None
        to = checked.recipient()
        return MessageDraft(to=to, from_=SENDER, body=text_for(to))

    async def work() -> int:
        done = 0
        async with client.bulk(iter(draft, None), concurrency=job.in_flight) as results:
            async for result in results:
                assert result.message is not None, "a message that was not accepted"
                assert result.draft is not None
                checked.check(result.draft.to, result.message.sid, result.message.to)
                done += 1
        return done

    return await spent(work)


async def open_loop(peer: Peer, job: Job) -> Told:
    """So many calls a second, whatever the answers do; timed from when each was let go."""
    checked = Checked(peer)
    await checked.for_seconds(WARM_UP, 8)
    times: list[float] = []

    async def timed() -> None:
        begun = time.perf_counter()
        await checked.send()
        times.append(time.perf_counter() - begun)

    async def work() -> int:
        begun = time.perf_counter()
        async with asyncio.TaskGroup() as group:
            for number in range(int(job.rate * job.seconds)):
                wait = begun + number / job.rate - time.perf_counter()
                if wait > 0:
                    await asyncio.sleep(wait)
                group.create_task(timed())
        return len(times)

    told = await spent(work)
    times.sort()
    p50, p99, p999 = (times[min(int(len(times) * at), len(times) - 1)] for at in (0.5, 0.99, 0.999))
    return msgspec.structs.replace(told, latencies=(p50, p99, p999))


async def listing(peer: Peer, job: Job) -> Told:
    """The whole log, again and again."""
    from benchmarks.origin_answers import LISTED

    async def work() -> int:
        until = time.perf_counter() + job.seconds
        done = 0
        while not done or time.perf_counter() < until:
            sids = await peer.sids(job.page_size)
            if len(sids) != LISTED or len(set(sids)) != LISTED:
                raise AssertionError("messages are missing from the list")
            done += LISTED
        return done

    await peer.sids(1_000)
    return await spent(work)


async def decode(_: Peer, job: Job) -> Told:
    """Bytes of a page to messages: no network."""
    from async_messaging.codec.reading import pages
    from async_messaging.models import Message
    from benchmarks.origin_answers import answer_to

    content = answer_to(f"/Messages.json?PageSize={job.page_size}".encode(), b"")
    content = content[content.index(b"\r\n\r\n") + 4 :]
    read = pages(Message, "messages")

    async def work() -> int:
        return sum(len(read(content).items) for _ in range(50))

    await work()
    return await spent(work)


async def wire(peer: Peer, job: Job) -> Told:
    """Memory when every call is on a connection of its own, in wait of its answer."""
    checked = Checked(peer)
    before = resident()
    connections = 0

    async def work() -> int:
        nonlocal connections
        sending = asyncio.ensure_future(checked.for_seconds(0.0, job.in_flight))
        await checked.first
        connections = open_connections()
        await sending
        await checked.for_seconds(0.0, job.in_flight)
        return len(checked.sids)

    told = await spent(work)
    return msgspec.structs.replace(told, before=before, peak=peak_memory(), connections=connections)


async def queue(peer: Peer, job: Job) -> Told:
    """Memory when all calls but a few wait for a connection."""
    checked = Checked(peer)
    await checked.for_seconds(WARM_UP, job.connections)
    gc.collect()
    before = resident()
    warm = len(checked.sids)

    async def work() -> int:
        await checked.for_seconds(0.0, job.in_flight)
        return len(checked.sids) - warm

    told = await spent(work)
    return msgspec.structs.replace(told, before=before, peak=peak_memory())


MEASURES: dict[str, Callable[[Peer, Job], Awaitable[Told]]] = {
    "closed": closed,
    "open": open_loop,
    "bulk": bulk,
    "listing": listing,
    "decode": decode,
    "wire": wire,
    "queue": queue,
}


async def measure(module: Module, job: Job) -> Told:
    """Open the client, measure, close it."""
    target = Target(job.url, job.authority, job.in_flight, job.connections)
    peer = await module.connect(target)
    try:
        return await MEASURES[job.kind](peer, job)
    finally:
        await peer.close()


def run(job: Job) -> Told:
    """Carry a job out on the loop that it names."""
    if job.peer == "wrk":
        from benchmarks.peers.wrk import measured

        return measured(job)
    assert job.peer in PEERS, "no such peer"
    try:
        module = cast("Module", importlib.import_module(f"benchmarks.peers.{job.peer}"))
        if job.loop == "uvloop":
            import uvloop

            factory: Callable[[], asyncio.AbstractEventLoop] | None = uvloop.new_event_loop
        else:
            factory = None
    except ImportError as error:
        return Told(left_out=f"{error.name} is not installed")
    with asyncio.Runner(loop_factory=factory) as runner:
        return runner.run(measure(module, job))


def main() -> None:
    """Read the job, print what came of it."""
    job = msgspec.json.decode(sys.argv[1], type=Job)
    pin(job.core)
    open_files()
    told = run(job)
    check_pinned(job.core)
    print(msgspec.json.encode(told).decode())


if __name__ == "__main__":
    main()
