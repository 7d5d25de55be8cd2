"""TLS without a socket: the other side is an engine of the standard library's."""

from __future__ import annotations

import asyncio
import os
import ssl
from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from typing import Any

import pytest
import trustme

from async_messaging.transport.tls import Encrypted, encrypted
from async_messaging.transport.wire_protocol import PlainConnection
from tests.unit.transport.lines import Line, Owner, post, turns

ANSWER = b"HTTP/1.1 201 Created\r\nContent-Length: 14\r\n\r\n"
BODY = b'{"sid": "one"}'


@cache
def contexts() -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """A server's, and that of a client who trusts it."""
    authority = trustme.CA()
    server, client = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.create_default_context()
    authority.issue_cert("api.example").configure_cert(server)
    authority.configure_trust(client)
    return server, client


class Quiet:
    """A file that never has anything to read."""

    def __init__(self, number: int) -> None:
        self.number = number

    def fileno(self) -> int:
        return self.number


class Cable(Line):
    """A transport whose other end is a server's TLS engine.

    Attributes:
        text: what the server has read.
    """

    def __init__(self, quiet: Quiet, *, answers: bool = True, greets: bool = False) -> None:
        super().__init__()
        self._quiet = quiet
        self._answers, self._greets = answers, greets
        self._to, self._from = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.engine = contexts()[0].wrap_bio(self._to, self._from, server_side=True)
        self.text = b""
        self._shaken = False

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return self._quiet if name == "socket" else default

    def write(self, data: Any) -> None:
        self._to.write(data)
        try:
            if not self._shaken:
                self.engine.do_handshake()
                self._shaken = True
                if self._greets:
                    self.engine.write(ANSWER)
            self.text += self.engine.read(1 << 16)
        except ssl.SSLError:
            pass  # there is no more of it, or an alert
        self.said(self._from.read())

    def sealed(self, text: bytes) -> bytes:
        """The records that say *text*."""
        self.engine.write(text)
        return self._from.read()

    def goodbye(self) -> bytes:
        """The record that says that nothing follows."""
        with suppress(ssl.SSLWantReadError):
            self.engine.unwrap()
        return self._from.read()

    def said(self, data: bytes) -> None:
        """The server's bytes arrive in the next turn of the loop, as on a real line."""
        if data and self._answers:
            asyncio.get_running_loop().call_soon(self.hears, data)

    def hears(self, data: bytes) -> None:
        if self.closed:
            return
        if not isinstance(self.protocol, asyncio.BufferedProtocol):
            self.protocol.data_received(data)
            return
        while data:
            place: Any = self.protocol.get_buffer(len(data))
            size = min(len(place), len(data))
            place[:size], data = data[:size], data[size:]
            self.protocol.buffer_updated(size)


@pytest.fixture
def quiet() -> Iterator[Quiet]:
    reads, writes = os.pipe()
    yield Quiet(reads)
    os.close(reads)
    os.close(writes)


@pytest.fixture(params=["its own buffer", "a shared buffer"])
def buffer(request: pytest.FixtureRequest) -> memoryview | None:
    return memoryview(bytearray(1 << 16)) if request.param == "a shared buffer" else None


async def opened(quiet: Quiet, buffer: memoryview | None) -> tuple[Cable, PlainConnection, Owner]:
    cable, owner = Cable(quiet), Owner()
    tls = await encrypted(cable, contexts()[1], "api.example", buffer)
    return cable, PlainConnection(tls, owner), owner


async def test_what_is_said_is_read_and_the_other_way_round(
    quiet: Quiet, buffer: memoryview | None
) -> None:
    cable, connection, owner = await opened(quiet, buffer)
    now = asyncio.get_running_loop().time()
    for size in (14, 40_000):  # of several records
        block, body = b"b" * size, b"a" * size
        pending = connection.write(post(), block, now)
        while len(cable.text) < size:
            cable.text += cable.engine.read(1 << 16)
        assert cable.text == block
        cable.text = b""
        cable.hears(cable.sealed(ANSWER.replace(b"14", b"%d" % size) + body))
        assert pending.result().content == body
    assert owner.frees == 2
    assert connection.is_usable


async def test_an_answer_comes_whole_in_whatever_pieces_its_record_comes(
    quiet: Quiet, buffer: memoryview | None
) -> None:
    cable, connection, owner = await opened(quiet, buffer)
    now = asyncio.get_running_loop().time()
    for size in (1, 2, 3, 4, 5, 6, 7, 30):
        pending = connection.write(post(), b"x", now)
        sealed = cable.sealed(ANSWER) + cable.sealed(BODY)
        for start in range(0, len(sealed), size):
            assert not pending.done
            cable.hears(sealed[start : start + size])
            await turns()
        assert pending.result().content == BODY
        assert connection.is_usable
    assert owner.frees == 8


@pytest.mark.parametrize("length", [1, 3, 4, 5, 6, 20])
async def test_a_record_that_has_begun_behind_the_answer_spoils_the_connection(
    quiet: Quiet, buffer: memoryview | None, length: int
) -> None:
    cable, connection, _ = await opened(quiet, buffer)
    pending = connection.write(post(), b"x", asyncio.get_running_loop().time())
    begun = cable.sealed(ANSWER + BODY) + cable.sealed(ANSWER + BODY)[:length]
    cable.hears(begun)
    assert pending.result().content == BODY
    assert not connection.is_usable


async def test_a_surplus_in_one_piece_with_the_end_of_the_answer_spoils_it(
    quiet: Quiet, buffer: memoryview | None
) -> None:
    cable, connection, owner = await opened(quiet, buffer)
    pending = connection.write(post(), b"x", asyncio.get_running_loop().time())
    cable.hears(cable.sealed(ANSWER + BODY[:5]))
    cable.hears(cable.sealed(BODY[5:]) + cable.sealed(ANSWER + BODY))
    assert pending.result().content == BODY
    assert cable.closed
    assert owner.frees == 0


async def test_whoever_speaks_before_it_is_asked_is_not_used(
    quiet: Quiet, buffer: memoryview | None
) -> None:
    cable = Cable(quiet, greets=True)
    with pytest.raises(ConnectionAbortedError):
        await encrypted(cable, contexts()[1], "api.example", buffer)
    assert cable.closed


async def test_another_hosts_certificate_is_refused(
    quiet: Quiet, buffer: memoryview | None
) -> None:
    cable = Cable(quiet)
    with pytest.raises(ssl.SSLCertVerificationError):
        await encrypted(cable, contexts()[1], "other.example", buffer)
    assert cable.closed


@pytest.mark.parametrize("fate", ["cancelled", "cut"])
async def test_a_handshake_that_ends_early_closes_the_connection(
    quiet: Quiet, buffer: memoryview | None, fate: str
) -> None:
    cable = Cable(quiet, answers=False)
    shaking = asyncio.create_task(encrypted(cable, contexts()[1], "api.example", buffer))
    await turns()
    if fate == "cancelled":
        shaking.cancel()
    else:
        cable.ends()
    await asyncio.wait((shaking,))
    assert shaking.cancelled() or isinstance(shaking.exception(), ConnectionResetError)
    assert cable.closed


async def test_a_record_that_was_altered_ends_it(quiet: Quiet, buffer: memoryview | None) -> None:
    cable, connection, _ = await opened(quiet, buffer)
    pending = connection.write(post(), b"x", asyncio.get_running_loop().time())
    sealed = bytearray(cable.sealed(ANSWER + BODY))
    sealed[-1] ^= 1
    cable.hears(bytes(sealed))
    assert cable.closed
    cable.ends()
    assert type(error_of(pending)).__name__ == "ConnectionLost"


async def test_the_other_sides_goodbye_ends_it(quiet: Quiet, buffer: memoryview | None) -> None:
    cable, connection, _ = await opened(quiet, buffer)
    cable.hears(cable.goodbye())
    assert cable.closed
    assert not connection.is_usable


def error_of(pending: Any) -> BaseException:
    with pytest.raises(Exception) as caught:  # noqa: PT011 - its class is what is asked
        pending.result()
    return caught.value


async def test_what_can_not_be_encrypted_was_not_written(
    quiet: Quiet, buffer: memoryview | None
) -> None:
    cable, connection, _ = await opened(quiet, buffer)
    assert isinstance(connection.transport, Encrypted)

    class Refusing:
        def write(self, _data: object) -> int:
            raise ssl.SSLWantReadError

    connection.transport._tls = Refusing()  # type: ignore[assignment]  # noqa: SLF001
    request = post()
    with pytest.raises(ConnectionResetError):
        connection.write(request, b"x", asyncio.get_running_loop().time())
    assert not request.written
    assert cable.text == b""
    assert cable.closed
