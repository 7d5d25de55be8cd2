"""A new connection on which something was said before it was asked: it is not used."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from typing import Any, cast

import pytest
from aiohttp import ClientRequest, ClientTimeout, ServerDisconnectedError, TCPConnector
from aiohttp.client_proto import ResponseHandler
from yarl import URL

from async_messaging.credentials import Credentials
from async_messaging.settings import Settings
from async_messaging.transport.evidence import EvidenceConnector, Passage, under_way
from async_messaging.transport.private import dial
from tests.unit.transport.lines import Line, post


class Lying(Line):
    """A transport in whose socket something lies, or nothing."""

    def __init__(self, file: int) -> None:
        super().__init__()
        self.file = file
        self.family = None  # aiohttp asks before it sets a socket's options

    def fileno(self) -> int:
        return self.file

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return self if name == "socket" else default


@pytest.fixture(params=[b"", b"HTTP/1.1 503 Busy\r\n\r\n"], ids=["silent", "speaking"])
def line(request: pytest.FixtureRequest) -> Iterator[Lying]:
    reads, writes = os.pipe()
    os.write(writes, request.param)
    yield Lying(reads)
    os.close(reads)
    os.close(writes)


def spoken(line: Lying) -> bool:
    os.set_blocking(line.file, False)
    try:
        return bool(os.read(line.file, 100))
    except BlockingIOError:
        return False


def handler_of(line: Line) -> ResponseHandler:
    handler = ResponseHandler(asyncio.get_running_loop())
    handler.connection_made(line)
    return handler


class Connector:
    """Dials one line, and leaves TLS alone."""

    def __init__(self, line: Line) -> None:
        self.line = line

    async def _create_connection(self, *_: object) -> ResponseHandler:
        return handler_of(self.line)

    def _get_ssl_context(self, _request: object) -> None:
        return None


@pytest.mark.parametrize("scheme", ["http", "https"])
async def test_the_wire_transport_lets_go_of_it(line: Lying, scheme: str) -> None:
    dialling = dial(cast("TCPConnector", Connector(line)), f"{scheme}://127.0.0.1", None)
    try:
        assert await dialling is line
        assert not spoken(line)
    except ConnectionAbortedError:
        assert line.closed
        assert spoken(line)


class Connected:
    """What aiohttp's connector gives."""

    def __init__(self, line: Line) -> None:
        self.protocol = handler_of(line)
        self.transport = line
        self.close = line.close


async def test_the_sessions_connector_does_too(
    line: Lying, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def connect(*_: object) -> Connected:
        return Connected(line)

    monkeypatch.setattr(TCPConnector, "connect", connect)
    connector = EvidenceConnector(Settings(Credentials("AC", "AC", "secret")))
    passage = Passage(post())
    under_way.set(passage)
    request = ClientRequest("GET", URL("http://127.0.0.1"), loop=asyncio.get_running_loop())
    try:
        await connector.connect(request, [], ClientTimeout())
        assert not spoken(line)
    except ServerDisconnectedError:
        assert line.closed
        assert not passage.request.written
        assert spoken(line)
    await connector.close()
