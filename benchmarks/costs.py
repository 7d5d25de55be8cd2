"""Where the CPU time of a send goes, and what of it no client in Python can do without.

The floor is a loop of bare sockets: 64 connections, one block out, one block in, nothing read of it. Above it stand
asyncio's own transport, the pieces of ours that can be taken alone, and the whole send.

    python -m benchmarks.costs
"""

from __future__ import annotations

import asyncio
import select
import socket
import sys
import time
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from itertools import count
from urllib.parse import urlsplit

from async_messaging import Limits, MessageDraft, MessagingClient
from async_messaging.codec.form import form
from async_messaging.codec.reading import reads
from async_messaging.models.message import Message
from async_messaging.resources.messages import creation
from async_messaging.transport.base import Request, Response, Streamed
from async_messaging.transport.wire_parser import plain_head
from benchmarks.bench import Bench
from benchmarks.jobs import Job
from benchmarks.origin_answers import ACCOUNT, answer_to
from benchmarks.peers.base import SENDER, TEXT, TOKEN
from benchmarks.resources import pin

__all__: list[str] = []

TO = "+14155550100"
DRAFT = MessageDraft(to=TO, from_=SENDER, body=TEXT)
PATH = f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json".encode()
FORM = form(DRAFT)
BLOCK = b"POST %b HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n%b" % (PATH, len(FORM), FORM)
ANSWER = answer_to(PATH, FORM)
SID = b"SM" + ANSWER.partition(b'"sid": "SM')[2][:32]
ABREAST = 64
COUNT = 20_000
ROUNDS = 7


class Answered:
    """A request whose answer is there."""

    done = True

    def __init__(self, answer: Response) -> None:
        self.answer = answer

    def result(self) -> Response:
        """The answer."""
        return self.answer

    async def wait(self) -> None:
        """It is there."""

    def abandon(self) -> None:
        """Nothing to do."""


class AtOnce:
    """A transport whose answers are there as soon as the requests are, each with a sid of its own."""

    def __init__(self) -> None:
        head = plain_head(ANSWER)
        assert head is not None
        self._headers = head.headers
        self._before, *self._rest = ANSWER[head.start :].split(SID)
        self._numbers = count()

    def answer(self) -> Response:
        """The next answer."""
        sid = b"SM%032x" % next(self._numbers)
        return Response(201, self._headers, sid.join((self._before, *self._rest)))

    def begin_at_once(self, request: Request, /) -> Answered:
        """Mark it as written."""
        request.written = True
        return Answered(self.answer())

    async def send(self, request: Request, /) -> Response:
        """As `begin_at_once`."""
        return self.begin_at_once(request).answer

    def stream(self, request: Request, /) -> AbstractAsyncContextManager[Streamed]:
        """Not used."""
        raise NotImplementedError

    async def close(self) -> None:
        """Nothing to close."""


def least(run: Callable[[], object]) -> float:
    """Microseconds of CPU time for one of `COUNT`, the lowest of several rounds."""
    found: list[float] = []
    for _ in range(ROUNDS):
        began = time.process_time()
        run()
        found.append((time.process_time() - began) / COUNT * 1e6)
    return min(found)


def each(piece: Callable[[], object]) -> float:
    """Microseconds of one call."""

    def run() -> None:
        for _ in range(COUNT):
            piece()

    return least(run)


def address(url: str) -> tuple[str, int]:
    """Host and port of the origin."""
    return urlsplit(url).hostname or "", urlsplit(url).port or 80


def bare_sockets(url: str) -> float:
    """The floor: the system's work and the least of Python around it."""
    opened = [socket.create_connection(address(url)) for _ in range(ABREAST)]
    sockets = {one.fileno(): one for one in opened}
    watched = select.epoll()
    for number, one in sockets.items():
        one.setblocking(False)
        one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        watched.register(number, select.EPOLLIN)
        one.send(BLOCK)

    def run() -> None:
        done = 0
        while done < COUNT:
            for number, _ in watched.poll():
                sockets[number].recv(65_536)
                sockets[number].send(BLOCK)
                done += 1

    found = least(run)
    for one in sockets.values():
        one.close()
    return found


class Echo(asyncio.BufferedProtocol):
    """Writes the next block as soon as an answer is there: no task, no future."""

    done = 0
    transport: asyncio.Transport

    def __init__(self) -> None:
        self.buffer = bytearray(65_536)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        transport.write(BLOCK)

    def get_buffer(self, sizehint: int) -> bytearray:
        return self.buffer

    def buffer_updated(self, nbytes: int) -> None:
        Echo.done += 1
        self.transport.write(BLOCK)


async def bare_asyncio(url: str) -> float:
    """The floor on asyncio's loop, with its transports."""
    loop, (host, port) = asyncio.get_running_loop(), address(url)
    opened = [await loop.create_connection(Echo, host, port) for _ in range(ABREAST)]
    found: list[float] = []
    for _ in range(ROUNDS):
        before, began = Echo.done, time.process_time()
        await asyncio.sleep(0.4)
        found.append((time.process_time() - began) / (Echo.done - before) * 1e6)
    for transport, _ in opened:
        transport.abort()
    return min(found)


async def pipeline() -> float:
    """From `create` to the transport and back: everything but the wire."""
    limits, transport = Limits(account=1e9, in_flight=ABREAST), AtOnce()
    async with MessagingClient(
        account_sid=ACCOUNT, auth_token=TOKEN, limits=limits, transport=transport
    ) as client:
        create = client.messages.create
        found: list[float] = []
        for _ in range(ROUNDS):
            began = time.process_time()
            for _ in range(COUNT):
                await create(to=TO, from_=SENDER, body=TEXT)
            found.append((time.process_time() - began) / COUNT * 1e6)
        return min(found) - each(transport.answer)


def main() -> int:
    """Measure and print."""
    with Bench(quick=False) as bench:
        url = bench.origin("http").url
        job = Job(kind="closed", peer="ours", in_flight=ABREAST, seconds=2.0)
        told = [bench.run(job) for _ in range(3)]
        pin(bench.client_core)
        sends = min(one.cpu_each for one in told if one is not None and one.cpu_each) * 1e6
        sockets, loop = bare_sockets(url), asyncio.run(bare_asyncio(url))
    head = plain_head(ANSWER)
    assert head is not None
    body, decode = ANSWER[head.start :], reads(Message)
    pieces = (
        ("the draft and its checks", each(lambda: MessageDraft(to=TO, from_=SENDER, body=TEXT))),
        ("its segments", each(lambda: DRAFT.weight)),
        ("its form", each(lambda: form(DRAFT))),
        ("the call", each(lambda: creation(DRAFT)) - each(lambda: (form(DRAFT), DRAFT.weight))),
        ("the answer, decoded", each(lambda: decode(body))),
    )
    through = asyncio.run(pipeline())
    parsed = each(lambda: plain_head(ANSWER))
    known = sum(cost for _, cost in pieces)
    rest = sends - through - parsed - loop
    rows = (
        ("sockets alone: the system, and four lines of Python", sockets),
        ("asyncio's loop and transport around them", loop - sockets),
        *pieces,
        ("limits, deadline, retries, breaker, counts, coroutines", through - known),
        ("the answer's head, every byte checked", parsed),
        ("connections, timers, the waiting task's way back", rest),
        ("a whole send", sends),
    )
    print(
        f"CPU time of a send with {ABREAST} in flight, http, asyncio (Python {sys.version[:6]})\n"
    )
    for name, cost in rows:
        print(f"{name:<56}{cost:6.2f} us {cost / sends:6.0%}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
