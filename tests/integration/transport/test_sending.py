"""What leaves a transport, and what it lets in, on real sockets."""

from __future__ import annotations

import asyncio
import gzip
import zlib
from contextlib import suppress
from pathlib import Path

import pytest

from async_messaging.errors import ClientClosed, ConnectFailed, SettingsError, UnexpectedAnswer
from async_messaging.operation import Method
from async_messaging.settings import Limits
from async_messaging.transport import SessionPool
from tests.contract.wire_faults import Close, Read, Send, Silence, Step, answer
from tests.integration.transport.conftest import Ask, Open, Pool
from tests.integration.transport.wire import (
    WireServer,
    closed_port,
    server_context,
    settings_for,
    trusting,
)

GOOD: tuple[Step, ...] = (Read(), Send(answer(b"{}")))


async def test_the_request_leaves_as_it_stands(pool: Pool, ask: Ask) -> None:
    async with WireServer(GOOD) as server:
        path = "/2010-04-01/Accounts/a%2Fb/../%2Bx;y?DateSent%3E=2026-01-01&To=%2B1&q=%20+"
        await pool.send(ask(server.url + path))
        await pool.send(ask(server.url + path, "GET"))
        await pool.send(ask(server.url + path, "POST", b""))
        host = server.url.removeprefix("http://").encode()
        own = b"Accept-Encoding: gzip, deflate\r\n" if isinstance(pool, SessionPool) else b""
        head = b" %b HTTP/1.1\r\nHost: %b\r\n%bAuthorization: Basic c2VjcmV0\r\n" % (
            path.encode(),
            host,
            own,
        )
        assert server.requests == [
            b"POST" + head + b"Content-Length: 7\r\n\r\nBody=Hi",
            b"GET" + head + b"\r\n",
            b"POST" + head + b"Content-Length: 0\r\n\r\n",
        ]
        assert server.connections == 1


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE"])
async def test_the_answer_comes_whole(pool: Pool, ask: Ask, method: Method) -> None:
    headers = [b"X-Two: 1", b"x-two: 2", b"X-Odd: caf\xc3\xa9 \xff"]
    async with WireServer((Read(), Send(answer(b'{"a": 1}', *headers)))) as server:
        request = ask(server.url, method)
        response = await pool.send(request)
    assert request.written
    assert (response.status, response.content) == (201, b'{"a": 1}')
    assert response.headers["x-two"] == "1, 2"
    assert response.headers["x-odd"] == "café \ufffd"


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_redirects_are_not_followed(pool: Pool, ask: Ask, status: int) -> None:
    async with WireServer((Read(), Close())) as elsewhere:
        where = elsewhere.url.encode()
        said = b"HTTP/1.1 %d Go\r\nLocation: %b\r\nContent-Length: 0\r\n\r\n" % (status, where)
        async with WireServer((Read(), Send(said))) as server:
            for method in ("POST", "GET"):
                response = await pool.send(ask(server.url, method))
                assert response.status == status
            async with pool.stream(ask(server.url, "GET")) as streamed:
                assert streamed.status == status
            assert len(server.requests) == 3
        assert elsewhere.connections == 0


async def test_cookies_are_not_kept(pool: Pool, ask: Ask) -> None:
    async with WireServer((Read(), Send(answer(b"{}", b"Set-Cookie: a=b; Path=/")))) as server:
        # By name: a cookie jar keeps none of a bare address.
        url = server.url.replace("127.0.0.1", "localhost")
        await pool.send(ask(url))
        await pool.send(ask(url))
        assert len(server.requests) == 2
        assert not any(b"cookie" in request.lower() for request in server.requests)


async def test_the_environment_names_neither_proxy_nor_credentials(
    opens: Open, ask: Ask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("default login robot password secret\n")
    monkeypatch.setenv("NETRC", str(netrc))
    opened, port = closed_port()
    for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{port}")
    pool = opens(settings_for())
    async with WireServer(GOOD) as server:
        request = ask(server.url)
        request.headers = {}
        await pool.send(request)
        assert b"uthorization" not in server.requests[0]
    await pool.close()
    opened[0].close()


async def test_the_settings_own_authority_is_trusted(opens: Open, ask: Ask) -> None:
    settings = settings_for(ssl=trusting())
    pool = opens(settings)
    async with WireServer(GOOD, tls=server_context("good")) as server:
        assert (await pool.send(ask(server.url))).status == 201
        await pool.close()


@pytest.mark.parametrize("encoding", ["identity", "gzip", "x-gzip", "deflate", "Deflate"])
async def test_the_cap_counts_decompressed_bytes(pool: Pool, ask: Ask, encoding: str) -> None:
    body = b"x" * 200_000
    packed = {
        "i": body,
        "g": gzip.compress(body),
        "x": gzip.compress(body[:100_000]) + gzip.compress(body[:100_000]),
        "d": zlib.compress(body),
        "D": zlib.compress(body)[2:-4],
    }[encoding[0]]
    said = answer(packed, b"Content-Encoding: " + encoding.encode())
    async with WireServer((Read(), Send(said))) as server:
        assert (await pool.send(ask(server.url, cap=200_000))).content == body
        with pytest.raises(UnexpectedAnswer) as caught:
            await pool.send(ask(server.url, cap=199_999))
        assert caught.value.status == 201
        assert caught.value.headers["content-encoding"] == encoding
        await pool.close()
        await server.all_closed()


@pytest.mark.parametrize("extra", [answer(b'{"sid": "other"}'), b"x", b"\r\n\r\n", b"HTTP/1.1 2"])
async def test_what_follows_an_answer_is_never_taken_for_the_next(
    pool: Pool, ask: Ask, extra: bytes
) -> None:
    """A server that says more than it was asked costs its connection, not a wrong answer."""
    async with WireServer((Read(), Send(answer(b"{}") + extra))) as server:
        for _ in range(5):
            with suppress(UnexpectedAnswer):
                assert (await pool.send(ask(server.url))).content == b"{}"
        assert len(server.requests) == 5


@pytest.mark.parametrize("unnoticed", [True, False])
async def test_what_is_said_between_two_requests_is_never_an_answer(
    pool: Pool, ask: Ask, *, unnoticed: bool
) -> None:
    heard: asyncio.Queue[bytes] = asyncio.Queue()
    speaking: list[asyncio.StreamWriter] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        speaking.append(writer)
        await reader.readuntil(b"\r\n\r\nBody=Hi")
        writer.write(answer(b"{}"))
        try:
            heard.put_nowait(await reader.read())
        except ConnectionResetError:
            heard.put_nowait(b"")
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    for count in range(1, 6):
        assert (await pool.send(ask(url))).content == b"{}"
        speaking[-1].write(answer(b'{"sid": "unasked"}'))
        if not unnoticed:
            for _ in range(3):  # turns of the loop: the client hears what was said
                await asyncio.sleep(0)
        assert len(speaking) == count
    await pool.close()
    assert [await heard.get() for _ in speaking] == [b""] * 5
    server.close()
    await server.wait_closed()


@pytest.mark.parametrize("kind", ["plain", "good"])
async def test_a_connection_that_ended_is_not_used_though_the_loop_has_not_noticed(
    opens: Open, ask: Ask, kind: str
) -> None:
    pool = opens(settings_for(ssl=trusting()))
    async with WireServer(GOOD, tls=None if kind == "plain" else server_context(kind)) as server:
        for _ in range(20):
            assert (await pool.send(ask(server.url))).status == 201
            server.hang_up()
        assert server.connections == 20
        assert len(server.requests) == 20
        await pool.close()


@pytest.mark.parametrize("status", [b"204 No Content", b"304 Not Modified"])
async def test_an_answer_without_a_body_has_none(pool: Pool, ask: Ask, status: bytes) -> None:
    async with WireServer(
        (Read(), Send(b"HTTP/1.1 " + status + b"\r\nContent-Length: 0\r\n\r\n"))
    ) as server:
        for _ in range(2):
            response = await pool.send(ask(server.url, "DELETE"))
            assert (response.status, response.content) == (int(status[:3]), b"")


async def test_a_kept_connection_that_died_is_not_used(pool: Pool, ask: Ask) -> None:
    async with WireServer((Read(), Send(answer(b"{}")), Close())) as server:
        for _ in range(5):
            await pool.send(ask(server.url))
            await server.all_closed()
            await asyncio.sleep(0)
        assert server.connections == 5
        assert len(server.requests) == 5


async def test_connections_are_bounded_and_reused(opens: Open, ask: Ask) -> None:
    settings = settings_for(limits=Limits(max_connections=3))
    pool = opens(settings)
    async with WireServer(GOOD) as server:
        await asyncio.gather(*(pool.send(ask(server.url)) for _ in range(30)))
        assert server.connections == 3
        assert len(server.requests) == 30
        await pool.close()


async def test_cancelled_before_the_write(opens: Open, ask: Ask) -> None:
    """A request that waits for a connection is called back whole, and its place is free again."""
    settings = settings_for(limits=Limits(max_connections=1))
    pool = opens(settings)
    async with WireServer((Read(), Silence())) as server:
        first = asyncio.ensure_future(pool.send(ask(server.url)))
        await server.busy.wait()
        request = ask(server.url)
        second = asyncio.ensure_future(pool.send(request))
        for _ in range(3):
            await asyncio.sleep(0)
        second.cancel()
        with pytest.raises(asyncio.CancelledError):
            await second
        assert not request.written
        first.cancel()
        await asyncio.gather(first, return_exceptions=True)
        await server.all_closed()
        assert len(server.requests) == 1
    async with WireServer(GOOD) as server:
        assert (await pool.send(ask(server.url))).status == 201
        await pool.close()


async def test_cancelled_after_the_write(opens: Open, ask: Ask) -> None:
    """The connection is closed, since its answer may still come; its place is free again."""
    settings = settings_for(limits=Limits(max_connections=1))
    pool = opens(settings)
    async with WireServer((Read(), Silence())) as server:
        for count in range(1, 4):
            request = ask(server.url)
            sending = asyncio.ensure_future(pool.send(request))
            await server.busy.wait()
            server.busy.clear()
            sending.cancel()
            with pytest.raises(asyncio.CancelledError):
                await sending
            assert request.written
            await server.all_closed()
            assert len(server.requests) == count
        await pool.close()


async def test_cancelled_at_every_turn_of_the_loop(pool: Pool, ask: Ask) -> None:
    """Whatever the moment: what is said to be unwritten has not reached the server."""
    async with WireServer(GOOD) as server:
        finished = False
        for turns in range(60):
            server.requests.clear()
            request = ask(server.url)
            sending = asyncio.ensure_future(pool.send(request))
            for _ in range(turns):
                await asyncio.sleep(0)
            finished = sending.done()
            sending.cancel()
            await asyncio.gather(sending, return_exceptions=True)
            await pool.send(ask(server.url))
            assert len(server.requests) == 1 + request.written
        assert finished
        await pool.close()
        await server.all_closed()


@pytest.mark.parametrize("url", ["127.0.0.1/x", "ftp://127.0.0.1/", "http:///x", "http://a b/"])
async def test_a_bad_url_is_a_matter_of_settings(pool: Pool, ask: Ask, url: str) -> None:
    request = ask(url)
    with pytest.raises((SettingsError, ConnectFailed)) as caught:
        await pool.send(request)
    assert not request.written
    assert url not in str(caught.value)


async def test_a_line_break_in_a_header_is_not_sent(pool: Pool, ask: Ask) -> None:
    async with WireServer(GOOD) as server:
        request = ask(server.url)
        request.headers = {"Authorization": "secret\r\nX-Other: 1"}
        with pytest.raises(SettingsError) as caught:
            await pool.send(request)
        assert not request.written
        assert "secret" not in f"{caught.value!s}{caught.value!r}"
        assert server.requests == []


async def test_closed_for_good(opens: Open, ask: Ask) -> None:
    pool = opens(settings_for())
    async with WireServer(GOOD) as server:
        await pool.send(ask(server.url))
        await pool.close()
        await server.all_closed()
        await pool.close()
        assert repr(pool) == f"<{type(pool).__name__} closed>"
        for send in (pool.send(ask(server.url)), pool.stream(ask(server.url)).__aenter__()):
            with pytest.raises(ClientClosed):
                await send
        assert server.connections == 1


async def test_closing_calls_back_what_is_not_written(opens: Open, ask: Ask) -> None:
    settings = settings_for(limits=Limits(max_connections=1))
    pool = opens(settings)
    async with WireServer((Read(), Silence())) as server:
        requests = [ask(server.url), ask(server.url)]
        sends = [asyncio.ensure_future(pool.send(request)) for request in requests]
        await server.busy.wait()
        await pool.close()
        ended = await asyncio.gather(*sends, return_exceptions=True)
        assert [request.written for request in requests] == [True, False]
        assert [type(end).__name__ for end in ended] == ["ConnectionLost", "ClientClosed"]
