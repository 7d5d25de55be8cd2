"""P5 and P6 through the whole client: never repeated after a possible write, always before one."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TypedDict, Unpack

import pytest

from async_messaging import Limits, MessagingClient
from async_messaging.errors import ConnectFailed, MessagingError
from async_messaging.models import Message
from async_messaging.settings import AttemptTimeout
from tests.contract.wire_faults import ANY_SID, FAULTS, Hold, Read, Send, WireFault, answer
from tests.integration.transport.wire import (
    FaultServer,
    WireServer,
    closed_port,
    provoke,
    read_request,
    server_context,
    trusting,
)

pytestmark = pytest.mark.usefixtures("transport")

ACCOUNT = "AC" + "0" * 32
TOKEN = "5" * 32
WRITTEN = [fault for fault in FAULTS if fault.written]


class Options(TypedDict, total=False):
    limits: Limits
    ssl: ssl.SSLContext
    attempt_timeout: AttemptTimeout
    insecure_http: bool


@asynccontextmanager
async def client_of(fault: WireFault, server: FaultServer) -> AsyncGenerator[MessagingClient]:
    client = MessagingClient(
        account_sid=ACCOUNT,
        auth_token=TOKEN,
        base_url=server.url,
        ssl=server.ssl,
        limits=server.limits,
        attempt_timeout=fault.timeout,
    )
    async with client:
        yield client


async def once(fault: WireFault, number: int) -> None:
    async with FaultServer(fault) as server, client_of(fault, server) as client:

        async def send() -> Message:
            return await client.messages.create(
                to="+14155550100", from_="+15005550006", body=f"number {number}"
            )

        with pytest.raises(MessagingError) as caught:
            await provoke(fault, server, send, send)
        assert caught.value.outcome == "unknown"
        assert server.server is not None
        assert len(server.requests) == fault.read_whole
        stats = client.stats()
        assert (stats.in_flight, stats.waiting) == (0, 0)
        if fault.timeout.total >= 1:  # else a busy machine may not connect at the first attempt
            assert (caught.value.attempts, stats.requests, server.server.connections) == (1, 1, 1)


async def repeated(fault: WireFault, times: int) -> None:
    for start in range(0, times, 20):
        await asyncio.gather(*(once(fault, number) for number in range(start, start + 20)))


@pytest.mark.parametrize("fault", WRITTEN, ids=lambda fault: fault.name)
async def test_a_creation_is_never_repeated_after_a_possible_write(fault: WireFault) -> None:
    await repeated(fault, 20)


@pytest.mark.soak
@pytest.mark.parametrize("fault", WRITTEN, ids=lambda fault: fault.name)
async def test_a_creation_is_never_repeated_after_a_possible_write_500_times(
    fault: WireFault,
) -> None:
    await repeated(fault, 500)


def test_there_are_28_faults_after_a_write() -> None:
    assert len(WRITTEN) >= 28


class Flaky:
    """A server that cuts the first connections short, in the TLS handshake, and then answers."""

    def __init__(self, bad: int) -> None:
        self.bad = bad
        self.bodies: list[bytes] = []
        self._tasks: set[asyncio.Task[None] | None] = set()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            if self.bad:
                self.bad -= 1
                return
            await writer.start_tls(server_context("tls"))
            self.bodies.append(await read_request(reader))
            writer.write(OK)
            await writer.drain()
        finally:
            writer.close()


OK = answer(b'{"sid": "' + ANY_SID + b'"}', b"Connection: close")
KEPT = answer(b'{"sid": "' + ANY_SID + b'"}')


def client_at(url: str, **options: Unpack[Options]) -> tuple[MessagingClient, list[MessagingError]]:
    client = MessagingClient(
        account_sid=ACCOUNT, auth_token=TOKEN, base_url=url, retries=40, timeout=None, **options
    )
    failed: list[MessagingError] = []
    client.events.on_retry(lambda event: failed.append(event.error))
    return client, failed


async def send(client: MessagingClient) -> Message:
    return await client.messages.create(to="+14155550100", from_="+15005550006", body="Hi")


async def wait_for(failed: list[MessagingError], count: int) -> None:
    while len(failed) < count:
        await asyncio.sleep(0)


async def refused() -> tuple[list[MessagingError], int]:
    opened, port = closed_port()
    client, failed = client_at(f"http://127.0.0.1:{port}")
    async with client:
        sending = asyncio.create_task(send(client))
        await wait_for(failed, 1)
        for each in opened:
            each.close()
        async with WireServer((Read(), Send(KEPT)), port=port) as server:
            assert (await sending).sid
        return failed, len(server.requests)


async def unknown_host(monkeypatch: pytest.MonkeyPatch) -> tuple[list[MessagingError], int]:
    real, left = socket.getaddrinfo, [2]

    def look_up(host: str, *rest: object, **named: object) -> object:
        if host == "twilio.test" and left[0]:
            left[0] -= 1
            raise socket.gaierror(socket.EAI_NONAME, "unknown")
        return real("127.0.0.1" if host == "twilio.test" else host, *rest, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    async with WireServer((Read(), Send(KEPT))) as server:
        port = server.port
        client, failed = client_at(f"http://twilio.test:{port}", insecure_http=True)
        async with client:
            assert (await send(client)).sid
        return failed, len(server.requests)


async def handshake_cut() -> tuple[list[MessagingError], int]:
    flaky = Flaky(2)
    server = await asyncio.start_server(flaky.serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    client, failed = client_at(f"https://127.0.0.1:{port}", ssl=trusting())
    async with server, client:
        assert (await send(client)).sid
    return failed, len(flaky.bodies)


async def pool_busy() -> tuple[list[MessagingError], int]:
    async with WireServer((Read(), Hold(), Send(KEPT))) as server:
        client, failed = client_at(
            server.url,
            limits=Limits(max_connections=1, in_flight=2),
            attempt_timeout=AttemptTimeout(connect=0.02, read=30, total=30),
        )
        async with client:
            first = asyncio.create_task(send(client))
            await server.busy.wait()
            second = asyncio.create_task(send(client))
            await wait_for(failed, 1)
            server.held.set()
            assert (await first).sid
            assert (await second).sid
        return failed, len(server.requests) - 1


async def stale_close() -> tuple[list[MessagingError], int]:
    async with WireServer((Read(), Send(KEPT))) as server:
        client, failed = client_at(server.url)
        async with client:
            await send(client)
            server.hang_up()
            assert (await send(client)).sid
        return failed, len(server.requests) - 1


KINDS: dict[str, Callable[[], Awaitable[tuple[list[MessagingError], int]]]] = {
    "refused": refused,
    "handshake cut": handshake_cut,
    "pool busy": pool_busy,
    "stale close": stale_close,
}


TIMES = pytest.mark.parametrize(
    "times", [50, pytest.param(1000, marks=pytest.mark.soak)], ids=["check", "soak"]
)


@TIMES
@pytest.mark.parametrize("kind", KINDS)
async def test_what_was_never_written_goes_again_and_out_once(kind: str, times: int) -> None:
    for _ in range(times):
        failed, requests = await KINDS[kind]()
        assert requests == 1
        assert bool(failed) == (kind != "stale close")  # a closed connection costs no attempt
        assert all(isinstance(error, ConnectFailed) for error in failed)


@TIMES
async def test_a_host_that_was_not_found_is_looked_up_again(
    monkeypatch: pytest.MonkeyPatch, times: int
) -> None:
    for _ in range(times):
        with monkeypatch.context() as patch:
            failed, requests = await unknown_host(patch)
        assert requests == 1
        assert [type(error) for error in failed] == [ConnectFailed] * 2
