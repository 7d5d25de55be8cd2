"""Answers that are read in pieces."""

from __future__ import annotations

import asyncio
import gzip

import pytest

from async_messaging.errors import (
    AnswerTimeout,
    ConnectFailed,
    ConnectionLost,
    MessagingError,
    UnexpectedAnswer,
)
from async_messaging.settings import AttemptTimeout
from async_messaging.transport import Request
from tests.contract.wire_faults import Close, Read, Reset, Send, Silence, Step, answer
from tests.integration.transport.conftest import Ask, Pool
from tests.integration.transport.wire import WireServer, closed_port

BODY = bytes(range(256)) * 4096


async def drained(pool: Pool, request: Request) -> bytes:
    async with pool.stream(request) as streamed:
        return b"".join([piece async for piece in streamed.chunks()])


@pytest.mark.parametrize("packed", [False, True])
async def test_the_pieces_make_the_whole(pool: Pool, ask: Ask, *, packed: bool) -> None:
    said = answer(gzip.compress(BODY), b"Content-Encoding: gzip") if packed else answer(BODY)
    async with WireServer((Read(), Send(said))) as server:
        request = ask(server.url, "GET", cap=10)
        for _ in range(2):
            async with pool.stream(request) as streamed:
                assert streamed.status == 201
                assert streamed.headers["content-length"].isdigit()
                pieces = [piece async for piece in streamed.chunks()]
            assert b"".join(pieces) == BODY
            assert max(map(len, pieces)) <= 1 << 16
        assert request.written
        assert server.connections == 1


async def test_left_early_the_connection_is_closed(pool: Pool, ask: Ask) -> None:
    async with WireServer((Read(), Send(answer(BODY * 8)))) as server:
        async with pool.stream(ask(server.url, "GET")) as streamed:
            async for piece in streamed.chunks():
                assert piece
                break
        await server.all_closed()
        async with pool.stream(ask(server.url, "GET")) as streamed:
            assert streamed.status == 201
        await server.all_closed()


@pytest.mark.parametrize("end", [Close(), Reset()])
async def test_a_body_that_breaks_off(pool: Pool, ask: Ask, end: Step) -> None:
    async with WireServer((Read(), Send(answer(b"abc", length=9)), end)) as server:
        request = ask(server.url, "GET")
        with pytest.raises(UnexpectedAnswer) as caught:
            await drained(pool, request)
        assert caught.value.status == 201
        assert caught.value.__context__ is None


async def test_a_body_that_is_not_what_it_says(pool: Pool, ask: Ask) -> None:
    async with WireServer((Read(), Send(answer(b"abc", b"Content-Encoding: gzip")))) as server:
        request = ask(server.url, "GET")
        with pytest.raises(UnexpectedAnswer):
            await drained(pool, request)


async def test_a_body_that_stops(pool: Pool, ask: Ask) -> None:
    timeout = AttemptTimeout(connect=30, read=0.1, total=30)
    async with WireServer((Read(), Send(answer(b"abc", length=9)), Silence())) as server:
        request = ask(server.url, "GET", timeout=timeout)
        with pytest.raises(AnswerTimeout):
            await drained(pool, request)


async def test_there_is_no_total_time(pool: Pool, ask: Ask) -> None:
    """The total is over before the second piece is let go."""
    timeout = AttemptTimeout(connect=30, read=30, total=0.05)
    go = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer(b"abc", length=6))
        await go.wait()
        writer.write(b"def")
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with pool.stream(ask(url, "GET", timeout=timeout)) as streamed:
        asyncio.get_running_loop().call_later(0.1, go.set)
        assert b"".join([piece async for piece in streamed.chunks()]) == b"abcdef"
    server.close()
    await server.wait_closed()


@pytest.mark.parametrize(
    ("does", "error"),
    [
        ((Read(), Close()), ConnectionLost),
        ((Read(), Send(b"garbage\r\n\r\n"), Close()), UnexpectedAnswer),
        ((Read(), Silence()), AnswerTimeout),
    ],
)
async def test_no_head_no_stream(
    pool: Pool, ask: Ask, does: tuple[Step, ...], error: type[MessagingError]
) -> None:
    timeout = AttemptTimeout(connect=30, read=0.1, total=30)
    async with WireServer(does) as server:
        with pytest.raises(error):
            async with pool.stream(ask(server.url, timeout=timeout)):
                pytest.fail("there is nothing to read")


async def test_nothing_written_nothing_streamed(pool: Pool, ask: Ask) -> None:
    opened, port = closed_port()
    request = ask(f"http://127.0.0.1:{port}", "GET")
    with pytest.raises(ConnectFailed):
        async with pool.stream(request):
            pytest.fail("there is nothing to read")
    assert not request.written
    opened[0].close()


async def test_an_error_of_the_caller_stays_the_caller_s(pool: Pool, ask: Ask) -> None:
    async with WireServer((Read(), Send(answer(BODY)))) as server:
        request = ask(server.url, "GET")
        with pytest.raises(KeyError):
            await stumbling(pool, request)
        await server.all_closed()


async def stumbling(pool: Pool, request: Request) -> None:
    async with pool.stream(request) as streamed:
        async for _ in streamed.chunks():
            raise KeyError
