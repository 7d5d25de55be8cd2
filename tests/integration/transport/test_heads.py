"""How long an answer's head may be: proxies of companies add long headers."""

from __future__ import annotations

import pytest

from async_messaging.errors import UnexpectedAnswer
from tests.contract.wire_faults import BODY, Drip, Read, Send, answer
from tests.integration.transport.conftest import Ask, Pool
from tests.integration.transport.wire import WireServer

LONG = b"X-Trace: " + b"a" * 20_000
CHUNKED = b"HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n%b\r\n\r\n%x\r\n%b\r\n0\r\n\r\n"


@pytest.mark.parametrize(
    "said",
    [
        answer(BODY, LONG),
        answer(BODY, *[b"X-%d: %b" % (n, b"a" * 6_000) for n in range(10)]),
        answer(BODY, b"X-Trace: " + b"\xff" * 20_000),
        CHUNKED % (LONG, len(BODY), BODY),
    ],
    ids=["one long header", "ten of them", "not ASCII", "chunks"],
)
@pytest.mark.parametrize("pieces", [1, 4])
async def test_64_kib_of_headers_are_read(pool: Pool, ask: Ask, said: bytes, pieces: int) -> None:
    size = -(-len(said) // pieces)
    steps = [Send(said[start : start + size]) for start in range(0, len(said), size)]
    async with WireServer((Read(), *steps)) as server:
        for _ in range(2):
            response = await pool.send(ask(server.url))
            assert (response.status, response.content) == (201, BODY)
            assert len(response.headers.get("x-trace", "a" * 20_000)) == 20_000
        assert server.connections == 1


@pytest.mark.parametrize("count", [1, 10, 100])
async def test_more_than_64_kib_of_them_are_refused(pool: Pool, ask: Ask, count: int) -> None:
    lines = [b"X-%d: %b" % (n, b"a" * (66_000 // count)) for n in range(count)]
    async with WireServer((Read(), Send(answer(BODY, *lines)))) as server:
        for _ in range(2):
            with pytest.raises(UnexpectedAnswer):
                await pool.send(ask(server.url))


async def test_a_head_that_comes_byte_by_byte_is_read(pool: Pool, ask: Ask) -> None:
    async with WireServer((Read(), Send(b"HTTP/1.1 201 Cre"), Drip(b"ated"), Send(REST))) as server:
        assert (await pool.send(ask(server.url))).content == b"{}"


REST = b"\r\nContent-Length: 2\r\n\r\n{}"
