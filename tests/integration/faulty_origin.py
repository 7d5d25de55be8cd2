"""A server that answers as each message's text asks: well, with an error, or by breaking off.

A process of its own, so that a client's memory and descriptors are the client's alone. Prints its
port, and serves until its standard input is closed.
"""

from __future__ import annotations

import asyncio
import re
import sys
from itertools import count

__all__ = ["FAULTS"]

FAULTS: dict[str, str] = {
    "good": "accepted",
    "chunked": "accepted",
    "refused": "refused",
    "failed": "unknown",
    "closed": "unknown",
    "reset": "unknown",
    "garbage": "unknown",
    "short": "unknown",
}
"""What a text may ask for, and how its message must then end."""

_LENGTH = re.compile(rb"Content-Length: (\d+)")
_FAULT = re.compile(rb"Body=(\w+)")
_numbers = count(1)


def _plain(status: bytes, body: bytes) -> bytes:
    return b"HTTP/1.1 %b\r\nContent-Length: %d\r\n\r\n%b" % (status, len(body), body)


class _Connection(asyncio.Protocol):
    def __init__(self) -> None:
        self._begun = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._begun += data
        head, found, rest = self._begun.partition(b"\r\n\r\n")
        length = _LENGTH.search(head)
        if found and length is not None and len(rest) >= int(length[1]):
            self._begun = b""
            fault = _FAULT.search(rest)
            assert fault is not None
            self._answer(fault[1].decode())

    def _answer(self, fault: str) -> None:
        assert self._transport is not None
        created = b'{"sid": "SM%032x", "status": "queued"}' % next(_numbers)
        match fault:
            case "good":
                self._transport.write(_plain(b"201 CREATED", created))
            case "chunked":
                chunk = b"%x\r\n%b\r\n0\r\n\r\n" % (len(created), created)
                self._transport.write(
                    b"HTTP/1.1 201 CREATED\r\nTransfer-Encoding: chunked\r\n\r\n" + chunk
                )
            case "refused":
                problem = b'{"code": 21211, "message": "Invalid", "status": 400}'
                self._transport.write(_plain(b"400 BAD REQUEST", problem))
            case "failed":
                self._transport.write(_plain(b"500 INTERNAL SERVER ERROR", b"{}"))
            case "garbage":
                self._transport.write(b"\x00\x01 no answer\r\n\r\n")
                self._transport.close()
            case "short":
                self._transport.write(_plain(b"201 CREATED", created)[:-9])
                self._transport.close()
            case "reset":
                self._transport.abort()
            case _:
                self._transport.close()


async def _serve() -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(_Connection, "127.0.0.1", 0, backlog=1024)
    print(server.sockets[0].getsockname()[1], flush=True)  # noqa: T201  # its only output
    await loop.run_in_executor(None, sys.stdin.read)
    server.close()


if __name__ == "__main__":
    asyncio.run(_serve())
