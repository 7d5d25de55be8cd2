"""A connection without a socket: a transport that is told what the server says."""

from __future__ import annotations

import asyncio
from typing import Any

from async_messaging.settings import AttemptTimeout
from async_messaging.transport import Request
from async_messaging.transport.wire_protocol import Connection

CAP = 1 << 20


class Line(asyncio.Transport):
    """A transport that only remembers what became of it."""

    def __init__(self) -> None:
        super().__init__()
        self.protocol: Any = None
        self.closed = False

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        self.protocol = protocol

    def write(self, data: object) -> None: ...

    def is_closing(self) -> bool:
        return self.closed

    def close(self) -> None:
        self.abort()

    def abort(self) -> None:
        self.closed = True

    def pause_reading(self) -> None: ...

    def resume_reading(self) -> None: ...

    def hears(self, data: bytes) -> None:
        """The server has said something."""
        if not self.closed:
            self.protocol.data_received(data)

    def ends(self) -> None:
        """The server has hung up, or we have."""
        self.protocol.connection_lost(None)


class Owner:
    """Knows whether its connection is free."""

    def __init__(self) -> None:
        self.frees = 0

    def free(self, _connection: Connection, /) -> None:
        self.frees += 1

    def gone(self, _connection: Connection, /) -> None: ...


def post() -> Request:
    return Request("POST", "http://127.0.0.1/", {}, b"", AttemptTimeout(), CAP)


async def turns() -> None:
    for _ in range(8):
        await asyncio.sleep(0)
