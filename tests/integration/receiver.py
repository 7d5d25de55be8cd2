"""A user's server that takes what the simulator posts, and answers as a test wants it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import NamedTuple, Self

from aiohttp import web


class Received(NamedTuple):
    """A request as it came; `url` is what the sender must have signed."""

    method: str
    url: str
    form: dict[str, str]
    headers: dict[str, str]

    @property
    def status(self) -> str:
        """The message's status, of a status callback."""
        return self.form["MessageStatus"]


Responder = Callable[[Received], Awaitable[web.StreamResponse]]


class Receiver:
    """A server on a loopback port; 204 to everything unless `respond` says otherwise."""

    def __init__(self, respond: Responder | None = None, host: str = "127.0.0.1") -> None:
        self.received: list[Received] = []
        self.peak = 0
        self.port = 0
        self._host = host
        self._respond = respond
        self._running = 0
        self._came = asyncio.Event()
        self._server = web.Server(self._handle, access_log=None)
        self._listener: asyncio.Server | None = None

    @property
    def url(self) -> str:
        """The origin."""
        return f"http://{f'[{self._host}]' if ':' in self._host else self._host}:{self.port}"

    async def open(self) -> None:
        """Opens the port, the same one again after `close`."""
        loop = asyncio.get_running_loop()
        self._listener = await loop.create_server(self._server, self._host, self.port)
        self.port = self._listener.sockets[0].getsockname()[1]

    async def close(self) -> None:
        """Closes the port and every connection."""
        assert self._listener is not None
        self._listener.close()
        await self._server.shutdown(0.1)
        self._server = web.Server(self._handle, access_log=None)

    async def changed(self) -> None:
        """Waits for the next request."""
        self._came.clear()
        await self._came.wait()

    async def __aenter__(self) -> Self:
        await self.open()
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        await self.close()

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        self._running += 1
        self.peak = max(self.peak, self._running)
        try:
            form = {name: str(value) for name, value in (await request.post()).items()}
            url = f"http://{request.headers['Host']}{request.raw_path}"
            got = Received(request.method, url, form, dict(request.headers))
            self.received.append(got)
            self._came.set()
            return web.Response(status=204) if self._respond is None else await self._respond(got)
        finally:
            self._running -= 1
