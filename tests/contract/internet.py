"""All hosts of the world on loopback: a proxy that plays them, with certificates, and takes notes."""

from __future__ import annotations

import asyncio
import ssl
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from typing import Self

import trustme

__all__ = ["Internet", "Visit", "trusting"]


@cache
def _authority() -> trustme.CA:
    return trustme.CA()


@cache
def _identity(host: str) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    _authority().issue_cert(host).configure_cert(context)
    return context


@cache
def trusting() -> ssl.SSLContext:
    """A client's context that believes whoever stands behind the proxy."""
    context = ssl.create_default_context()
    _authority().configure_trust(context)
    return context


@dataclass(frozen=True)
class Visit:
    """One request that reached some host.

    Attributes:
        url: what was asked for, the default port left out.
        head: the request's lines, names of headers in lower case.
    """

    method: str
    url: str
    head: bytes


class Internet:
    """Answers the first request with the first hop, and so on; then with a file.

    Attributes:
        visits: all requests so far, whatever host they went to.
        proxy: the URL under which the client finds it.
    """

    def __init__(self, hops: tuple[tuple[int, bytes, bytes], ...], file: bytes) -> None:
        self.visits: list[Visit] = []
        self.proxy = ""
        self._hops = hops
        self._file = file
        self._tasks: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.proxy = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            with suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
                await self._speak(reader, writer)
        finally:
            self._tasks.discard(task)
            writer.close()

    async def _speak(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        origin = ""
        while True:
            head = await reader.readuntil(b"\r\n\r\n")
            method, target, _ = head.split(b"\r\n")[0].decode().split(" ")
            if method == "CONNECT":
                host, _, port = target.rpartition(":")
                origin = f"https://{host.lower()}" + ("" if port == "443" else f":{port}")
                writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
                await writer.start_tls(_identity(host))
                continue
            self.visits.append(Visit(method, origin + target, head.lower()))
            await reader.readexactly(_length(head))
            writer.write(self._answer())
            await writer.drain()

    def _answer(self) -> bytes:
        past = len(self.visits) - 1
        status, headers, content = (
            self._hops[past] if past < len(self._hops) else (200, b"", self._file)
        )
        length = b"" if status == 304 else b"Content-Length: %d\r\n" % len(content)
        return b"HTTP/1.1 %d Answer\r\n%b%b\r\n%b" % (status, headers, length, content)


def _length(head: bytes) -> int:
    for line in head.lower().split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name == b"content-length":
            return int(value)
    return 0
