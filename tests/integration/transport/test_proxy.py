"""Through a proxy of the settings' own."""

from __future__ import annotations

import asyncio
from base64 import b64encode
from contextlib import suppress
from typing import Self

import pytest

from async_messaging.errors import ConnectFailed
from async_messaging.transport import SessionPool
from tests.contract.wire_faults import Close, Read, ReadSome, Reset, Send, Step, answer
from tests.integration.transport.conftest import Ask
from tests.integration.transport.wire import (
    LOCAL,
    WireServer,
    closed_port,
    server_context,
    settings_for,
    trusting,
)

GOOD = (Read(), Send(answer(b"{}")))


class Tunnel:
    """A proxy that opens tunnels (``CONNECT``)."""

    def __init__(self) -> None:
        self.heads: list[bytes] = []
        self.port = 0
        self._tasks: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, LOCAL, 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        self.heads.append(head)
        host, port = head.split()[1].decode().split(":")
        there_reader, there_writer = await asyncio.open_connection(host, int(port))
        writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        for one, other in ((reader, there_writer), (there_reader, writer)):
            self._tasks.add(asyncio.create_task(pumped(one, other)))


async def pumped(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while data := await reader.read(1 << 16):
            writer.write(data)
            await writer.drain()
    writer.close()


def through(proxy: str) -> SessionPool:
    settings = settings_for(ssl=trusting(), proxy=proxy)
    return SessionPool(settings)


async def test_https_goes_through_a_tunnel(ask: Ask) -> None:
    async with WireServer(GOOD, tls=server_context("good")) as server, Tunnel() as proxy:
        pool = through(f"http://user:pass@{LOCAL}:{proxy.port}")
        for _ in range(2):
            request = ask(server.url)
            assert (await pool.send(request)).status == 201
            assert request.written
        await pool.close()
        await server.all_closed()
        assert len(proxy.heads) == 1
        assert proxy.heads[0].startswith(b"CONNECT 127.0.0.1:%d HTTP/1.1\r\n" % server.port)
        basic = b"Proxy-Authorization: Basic " + b64encode(b"user:pass")
        assert basic in proxy.heads[0]
        assert b"c2VjcmV0" not in proxy.heads[0]
        assert not any(b"roxy" in request for request in server.requests)


async def test_http_is_given_to_the_proxy_whole(ask: Ask) -> None:
    async with WireServer(GOOD) as proxy:
        pool = through(proxy.url)
        await pool.send(ask("http://127.0.0.1:9/a%2Fb?c=%2B"))
        await pool.close()
        assert proxy.requests[0].startswith(b"POST http://127.0.0.1:9/a%2Fb?c=%2B HTTP/1.1\r\n")


REFUSED = b"HTTP/1.1 407 No\r\nContent-Length: 0\r\n\r\n"


@pytest.mark.parametrize(
    "does",
    [
        (Read(), Send(REFUSED)),
        (Read(), Send(b"HTTP/1.1 502 Bad\r\nContent-Length: 0\r\n\r\n"), Close()),
        (Read(), Close()),
        (Read(), Reset()),
        (ReadSome(), Reset()),
        (Read(), Send(b"garbage\r\n\r\n"), Close()),
        (Read(), Send(b"HTTP/1.1 200 OK\r\n\r\n"), Close()),
        (Read(), Send(b"HTTP/1.1 200 OK\r\n\r\nnot TLS, not at all"), Close()),
    ],
)
async def test_what_fails_in_the_proxy_was_not_sent(ask: Ask, does: tuple[Step, ...]) -> None:
    async with WireServer(does) as proxy:
        pool = through(f"http://user:pass@{LOCAL}:{proxy.port}")
        request = ask("https://127.0.0.1:9/Messages.json")
        with pytest.raises(ConnectFailed) as caught:
            await pool.send(request)
        assert not request.written
        shown = f"{caught.value!s}{caught.value!r}"
        assert not any(secret in shown for secret in ("pass", "c2VjcmV0", "Messages"))
        await pool.close()


@pytest.mark.parametrize("scheme", ["http", "https"])
async def test_no_proxy_there(ask: Ask, scheme: str) -> None:
    opened, port = closed_port()
    pool = through(f"http://user:pass@{LOCAL}:{port}")
    request = ask(f"{scheme}://127.0.0.1:9/")
    with pytest.raises(ConnectFailed, match="proxy") as caught:
        await pool.send(request)
    assert not request.written
    assert "pass" not in f"{caught.value!s}{caught.value!r}"
    await pool.close()
    opened[0].close()
