"""How many delivery receipts does one core verify, and what does that cost beside HTTP itself?

An aiohttp application on a core of its own has two routes: the receiver's, which verifies, reads,
deduplicates and hands each receipt to a handler, and one that reads the body and answers 204.
They are asked in turns, by 16 connections that each send the next receipt when they have an answer;
every receipt has a sid of its own. Shown are receipts a second, both against each other, CPU time
of the application for each, and the time from request to answer. Goal: 5,000 verified receipts/s.

    python -m benchmarks.webhooks [--seconds 2] [--rounds 5]
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from itertools import count
from urllib.parse import urlencode

from aiohttp import web

from async_messaging.webhooks import StatusCallback, Webhooks
from async_messaging.webhooks.signature import sign, signed_text
from benchmarks.figures import Spread, spread
from benchmarks.resources import cores, pin

TOKEN, PUBLIC_URL = "12345", "https://example.com"
CONNECTIONS, GOAL = 16, 5_000
VERIFIED, PLAIN = "/status", "/plain"


def serve() -> None:
    """The application: prints its port, and its CPU time for each line it reads."""
    pin(cores()[0])
    hooks = Webhooks(auth_token=TOKEN, public_url=PUBLIC_URL)
    known: dict[str, str] = {}

    @hooks.on_status
    async def track(status: StatusCallback) -> None:  # pyright: ignore[reportUnusedFunction]  # registered
        known[status.sid] = status.status

    async def plain(request: web.Request) -> web.Response:
        await request.read()
        return web.Response(status=204)

    async def cpu(_: web.Request) -> web.Response:
        gc.collect()
        return web.Response(text=f"{time.process_time()} {len(known)}")

    async def main() -> None:
        app = web.Application()
        app.add_routes(hooks.aiohttp_routes(VERIFIED))
        app.add_routes([web.post(PLAIN, plain), web.get("/cpu", cpu)])
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        print(runner.addresses[0][1], flush=True)
        await asyncio.to_thread(sys.stdin.read)
        await runner.cleanup()

    asyncio.run(main())


def receipts(path: str, numbers: Iterator[int]) -> Iterator[bytes]:
    """Signed requests, each for another message."""
    for number in numbers:
        sid = f"SM{number:032x}"
        params = {
            "AccountSid": "AC" + "a" * 32,
            "ApiVersion": "2010-04-01",
            "From": "+15005550006",
            "MessageSid": sid,
            "MessageStatus": "delivered",
            "MessagingServiceSid": "MG" + "b" * 32,
            "RawDlrDoneDate": "2611251730",
            "SmsSid": sid,
            "SmsStatus": "delivered",
            "To": f"+1415{number % 10_000_000:07}",
        }
        target = f"{path}?row={number:016x}"
        signature = sign(TOKEN, PUBLIC_URL + target + signed_text(params.items())).decode()
        body = urlencode(params).encode()
        head = (
            f"POST {target} HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: TwilioProxy/1.1\r\n"
            "Accept: */*\r\nContent-Type: application/x-www-form-urlencoded; charset=utf-8\r\n"
            f"X-Twilio-Signature: {signature}\r\nI-Twilio-Idempotency-Token: {number:032x}\r\n"
            f"Content-Length: {len(body)}\r\n\r\n"
        )
        yield head.encode() + body


class Caller(asyncio.Protocol):
    """One connection: sends the next request when the answer to the last is there."""

    def __init__(self, requests: Iterator[bytes], taken: list[float]) -> None:
        self.requests = requests
        self.taken = taken
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self._next()

    def data_received(self, data: bytes) -> None:
        """Check the answer, which has no body."""
        if not data.startswith(b"HTTP/1.1 204"):
            self.done.set_exception(AssertionError(data[:60]))
            return
        self.taken.append(time.perf_counter() - self.began)
        self._next()

    def _next(self) -> None:
        request = next(self.requests, None)
        if request is None:
            self.transport.close()
            self.done.set_result(None)
            return
        self.began = time.perf_counter()
        self.transport.write(request)


async def ask(port: int, requests: list[bytes]) -> tuple[float, list[float]]:
    """Send all; the seconds of all of them, and of each."""
    shared, taken = iter(requests), [0.0][:0]
    loop = asyncio.get_running_loop()
    began = time.perf_counter()
    made = [
        await loop.create_connection(lambda: Caller(shared, taken), "127.0.0.1", port)
        for _ in range(CONNECTIONS)
    ]
    await asyncio.gather(*(caller.done for _, caller in made))
    return time.perf_counter() - began, taken


def spent(port: int) -> tuple[float, int]:
    """CPU seconds of the application, and how many messages its handler knows."""
    from urllib.request import urlopen

    with urlopen(f"http://127.0.0.1:{port}/cpu", timeout=10) as answer:
        seconds, known = answer.read().split()
    return float(seconds), int(known)


class Side:
    """What was measured of one route."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.rates: list[float] = []
        self.cpu: list[float] = []
        self.p50: list[float] = []
        self.p99: list[float] = []

    def turn(self, port: int, numbers: Iterator[int], how_many: int) -> None:
        """One turn, after a short one that warms up."""
        made = receipts(self.path, numbers)
        asyncio.run(ask(port, [next(made) for _ in range(200)]))
        requests = [next(made) for _ in range(how_many)]
        gc.collect()
        before, knew = spent(port)
        wall, taken = asyncio.run(ask(port, requests))
        after, knows = spent(port)
        if len(taken) != how_many or (self.path == VERIFIED and knows - knew != how_many):
            raise AssertionError("a receipt did not reach the handler")
        cuts = statistics.quantiles(taken, n=100)
        self.rates.append(how_many / wall)
        self.cpu.append((after - before) / how_many * 1e6)
        self.p50.append(cuts[49] * 1e3)
        self.p99.append(cuts[98] * 1e3)


def main() -> None:
    """Print a table, and whether the goal is met."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--seconds", type=float, default=2.0)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    if options.serve:
        serve()
        return
    command = [sys.executable, "-m", "benchmarks.webhooks", "--serve"]
    sides, numbers = (Side(VERIFIED), Side(PLAIN)), count(1)
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        port = int(process.stdout.readline())
        pin(cores()[-1])
        for _ in range(options.rounds):
            for side in sides:
                side.turn(port, numbers, int(options.seconds * GOAL))
    report(*sides)


def report(verified: Side, plain: Side) -> None:
    """The medians of the turns, and how far they lie apart."""
    print(f"{'':<16}{'receipts/s':>24}{'CPU, us':>20}{'p50, ms':>20}{'p99, ms':>20}")
    for name, side in (("verified", verified), ("verifies nothing", plain)):
        cells = [f"{_shown(side.rates, 0):>24}"]
        cells += [f"{_shown(values, 1):>20}" for values in (side.cpu, side.p50, side.p99)]
        print(f"{name:<16}{''.join(cells)}")
    ratios = [one / other for one, other in zip(verified.rates, plain.rates, strict=True)]
    print(f"verified, as a share of the rate that verifies nothing: {_shown(ratios, 2)}")
    costs = [one / other for one, other in zip(verified.cpu, plain.cpu, strict=True)]
    most = 1e6 / statistics.median(verified.cpu)
    print(f"its CPU time, as a multiple: {_shown(costs, 2)}; a whole core would do {most:,.0f}/s")
    median = statistics.median(verified.rates)
    print(f"{median:,.0f} verified receipts/s: goal {'met' if median >= GOAL else 'missed'}")


def _shown(values: list[float], digits: int) -> str:
    found: Spread | None = spread(values)
    return found.shown(digits) if found else "-"


if __name__ == "__main__":
    main()
