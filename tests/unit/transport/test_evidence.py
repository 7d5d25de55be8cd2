"""When a request counts as written; the connector is tested on real sockets."""

from __future__ import annotations

import asyncio
from typing import cast

import pytest
from aiohttp.abc import AbstractStreamWriter

from async_messaging.settings import AttemptTimeout
from async_messaging.transport import Request
from async_messaging.transport.evidence import Body, Passage


class Wire(asyncio.Transport):
    """A connection that is open or closing."""

    def __init__(self, *, closing: bool) -> None:
        super().__init__()
        self.closing = closing

    def is_closing(self) -> bool:
        return self.closing


class Writer:
    """Takes what is written, and whether the request was marked by then."""

    def __init__(self, request: Request) -> None:
        self.request = request
        self.taken: list[tuple[bytes, bool]] = []

    async def write(self, chunk: bytes) -> None:
        self.taken.append((chunk, self.request.written))


def post() -> Request:
    return Request("POST", "https://api.example/", {}, b"Body=Hi", AttemptTimeout(), 1 << 20)


@pytest.mark.parametrize("closing", [False, True])
async def test_marked_before_the_first_byte_unless_it_will_be_refused(*, closing: bool) -> None:
    passage = Passage(post())
    passage.connection = Wire(closing=closing)
    writer = Writer(passage.request)
    await Body(passage).write_with_length(cast("AbstractStreamWriter", writer), None)
    assert writer.taken == [(b"Body=Hi", not closing)]


async def test_there_is_no_way_to_the_body_but_it_marks_the_request() -> None:
    for taking in ("write", "as_bytes", "decode"):
        passage = Passage(post())
        body = Body(passage)
        assert body.size == 7
        assert not passage.request.written
        match taking:
            case "write":
                writer = Writer(passage.request)
                await body.write(cast("AbstractStreamWriter", writer))
                assert writer.taken == [(b"Body=Hi", True)]
            case "as_bytes":
                assert await body.as_bytes() == b"Body=Hi"
            case _:
                assert body.decode() == "Body=Hi"
        assert passage.request.written


async def test_a_length_is_kept() -> None:
    passage = Passage(post())
    writer = Writer(passage.request)
    await Body(passage).write_with_length(cast("AbstractStreamWriter", writer), 4)
    assert writer.taken == [(b"Body", True)]


def test_nobody_looked_is_not_the_same_as_not_written() -> None:
    passage = Passage(post())
    known = [passage.written]
    passage.seen = True
    known.append(passage.written)
    passage.about_to_write()
    known.append(passage.written)
    assert known == [None, False, True]
