"""The simulator on a socket: brings requests to the desk, and its verdicts onto the wire."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from random import getrandbits
from typing import Self
from urllib.parse import urlsplit

from aiohttp import web

from . import dates
from .accounts import Account
from .answers import Answer, Later
from .clock import Clock
from .courier import Courier
from .desk import Arrival, Verdict, decide
from .faults import Faults
from .loopback import is_loopback
from .routes import product_of
from .stream import Reader
from .world import Conditions, World

_BACKLOG = 2048
_CLOSING = 0.1
_BETWEEN_EVENTS = 0.1
_LOCAL_ONLY = ("/simulator/", "/inbox/")
_UNREADABLE = {
    "Cache-Control": "no-store",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}
"""Other pages on this machine may neither embed what is told here nor guess at its type."""
_HARMLESS = ("GET", "HEAD")


class SimulatorServer:
    """Twilio on one port, under its own names too if they are asked for; loopback only, as the judge's pages always are."""

    def __init__(
        self,
        conditions: Conditions,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        faults: str | Faults = "",
        clock: Clock | None = None,
        allow_remote: bool = False,
    ) -> None:
        if not allow_remote and not is_loopback(host):
            raise ValueError(
                "the simulator binds loopback addresses only, unless allow_remote=True"
            )
        if allow_remote and not conditions.auth_token:
            raise ValueError(
                "other machines are let in only with a token that was given, not with a made-up one"
            )
        in_force = faults if isinstance(faults, Faults) else Faults.parse(faults)
        self.world: World = World(conditions, clock)
        self.world.set_faults(in_force)
        self.courier: Courier = Courier(self.world, self.tell_watchers)
        self._host = "127.0.0.1" if host.lower() == "localhost" else host.strip("[]")
        self._port = port
        self._allow_remote = allow_remote
        self._socket: socket.socket | None = None
        self._listener: asyncio.Server | None = None
        self._server: web.Server | None = None
        self._waiting: set[asyncio.Task[object]] = set()
        self._watchers: list[asyncio.Future[None]] = []
        self._known_hosts: set[str] = set()

    @property
    def url(self) -> str:
        """The origin that stands for every Twilio host, such as `http://127.0.0.1:8010`."""
        host = f"[{self._host}]" if ":" in self._host else self._host
        return f"http://{host}:{self._port}"

    def bind(self) -> None:
        """Takes the port without listening yet, so that `url` is known before anybody can connect."""
        if self._socket is None:
            self._socket = self._take_port()
            self._port = int(self._socket.getsockname()[1])

    def _take_port(self) -> socket.socket:
        family = socket.AF_INET6 if ":" in self._host else socket.AF_INET
        bound = socket.socket(family, socket.SOCK_STREAM)
        try:
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            bound.bind((self._host, self._port))
        except BaseException:
            bound.close()
            raise
        return bound

    async def start(self) -> None:
        """Opens the port."""
        if self._listener is not None:
            raise RuntimeError("the simulator is running already")
        self.bind()
        assert self._socket is not None
        self._server = web.Server(self._handle, handler_cancellation=True, access_log=None)
        self._listener = await asyncio.get_running_loop().create_server(
            self._server, sock=self._socket, backlog=_BACKLOG
        )
        self.courier.start()

    async def close(self) -> None:
        """Closes the port and every connection; requests that hang or wait end at once."""
        listener, self._listener = self._listener, None
        bound, self._socket = self._socket, None
        if listener is not None:
            listener.close()
        elif bound is not None:
            bound.close()
        await self.courier.close()
        self.tell_watchers()
        waiting = list(self._waiting)
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
        if self._server is not None:
            self._server.pre_shutdown()
            await self._server.shutdown(_CLOSING)
            self._server = None
        self.world.close()
        # A closed transport lets go of its socket one turn of the loop later.
        await asyncio.sleep(0)
        await asyncio.sleep(0)

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        await self.close()

    async def wait_until(self, holds: Callable[[], bool]) -> None:
        """Waits until `holds()`, asked after every request, every end of a call in flight and every callback."""
        while not holds():
            watcher = asyncio.get_running_loop().create_future()
            self._watchers.append(watcher)
            await watcher

    def tell_watchers(self) -> None:
        """Lets everybody in `wait_until` look again."""
        watchers, self._watchers = self._watchers, []
        for watcher in watchers:
            if not watcher.done():
                watcher.set_result(None)

    def _release(self, account: Account) -> None:
        account.in_flight -= 1
        self.tell_watchers()

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        began = time.perf_counter()
        host = request.headers.get("Host", "")
        if not self._is_welcome(request, host):
            return web.Response(status=403, text="Only this machine may ask.")
        headers = request.headers
        verdict = decide(
            self.world,
            Arrival(
                request.method,
                request.raw_path,
                f"http://{host}",
                headers.get("Content-Type", ""),
                headers.get("Authorization", ""),
                await request.read() if request.can_read_body else b"",
                product_of(_host_of(host)),
            ),
        )
        self.courier.look()
        self.tell_watchers()
        if verdict.delay or verdict.wire == "hang":
            await self._wait(verdict)
        elif verdict.holder is not None:
            self._release(verdict.holder)
        return await self._tell(request, verdict, began)

    def _is_welcome(self, request: web.BaseRequest, host: str) -> bool:
        origin = request.headers.get("Origin")
        if origin and not is_loopback(_host_of(origin.partition("://")[2])):
            return False
        path = request.raw_path
        judging = path.startswith(_LOCAL_ONLY) or path.partition("?")[0] == "/"
        if judging and request.method not in _HARMLESS and not _is_own_page(request, host):
            return False
        if self._allow_remote:
            return not judging or (
                is_loopback(request.remote or "") and is_loopback(_host_of(host))
            )
        if host in self._known_hosts:
            return True
        name = _host_of(host)
        if not is_loopback(name) and not (product_of(name) and is_loopback(request.remote or "")):
            return False
        if len(self._known_hosts) < 100:
            self._known_hosts.add(host)
        return True

    @contextmanager
    def _ended_by_close(self) -> Generator[None]:
        """What waits here is cancelled when the simulator closes."""
        task = asyncio.current_task()
        assert task is not None
        self._waiting.add(task)
        try:
            yield
        finally:
            self._waiting.discard(task)

    async def _follow(
        self, request: web.BaseRequest, headers: dict[str, str]
    ) -> web.StreamResponse:
        """Writes events until the reader goes; one that reads slowly skips ahead, and nothing piles up for it."""
        last: str = request.headers.get("Last-Event-ID") or request.query.get("last", "")
        account = request.query.get("account", "")
        reader = Reader(self.world, last, f"http://{request.headers['Host']}", account)
        response = web.StreamResponse(headers=headers)
        with self._ended_by_close():
            await response.prepare(request)
            while True:
                changed = asyncio.get_running_loop().create_future()
                self._watchers.append(changed)
                await response.write(reader.read())
                await asyncio.sleep(_BETWEEN_EVENTS)
                with suppress(TimeoutError):
                    await asyncio.wait_for(changed, reader.pause())
                if changed in self._watchers:
                    self._watchers.remove(changed)

    async def _answer_later(self, later: Later) -> Answer:
        with self._ended_by_close():
            await self.wait_until(lambda: later.reply.finished)
        return later.tell()

    async def _wait(self, verdict: Verdict) -> None:
        loop = asyncio.get_running_loop()
        began = loop.time()
        try:
            with self._ended_by_close():
                if verdict.wire == "hang":
                    await asyncio.Event().wait()
                await asyncio.sleep(verdict.delay)
        finally:
            if verdict.holder is not None:
                # Twilio goes on with a call whose client hangs up: it stays in flight for its whole time.
                loop.call_at(max(began + verdict.delay, loop.time()), self._release, verdict.holder)

    async def _tell(
        self, request: web.BaseRequest, verdict: Verdict, began: float
    ) -> web.StreamResponse:
        answer = verdict.answer
        if answer.later is not None:
            answer = await self._answer_later(answer.later)
        headers = {
            **(_UNREADABLE if request.raw_path.startswith(_LOCAL_ONLY) else {}),
            **answer.headers,
            "Content-Type": answer.content_type,
            "Date": dates.http_date(int(self.world.clock.time())),
            "Server": "async-messaging-simulator",
            "Twilio-Concurrent-Requests": str(verdict.in_flight),
            "Twilio-Request-Id": f"RQ{getrandbits(128):032x}",
            "Twilio-Request-Duration": f"{time.perf_counter() - began:.3f}",
            "X-Home-Region": "us1",
            "X-Api-Domain": f"{verdict.host}.twilio.com",
            "X-Powered-By": "AT-5000",
            "X-Shenanigans": "none",
        }
        if answer.follows:
            return await self._follow(request, headers)
        if verdict.wire in ("drop", "hang"):
            _hang_up(request)
        elif verdict.wire == "truncate" or answer.chunks is not None:
            return await _write(request, answer, headers)
        return web.Response(status=answer.status, body=answer.body, headers=headers)


def _host_of(netloc: str) -> str:
    return urlsplit(f"//{netloc}").hostname or ""


def _is_own_page(request: web.BaseRequest, host: str) -> bool:
    """Whether no other page has made this request: browsers say which page asks, other programs say nothing."""
    headers = request.headers
    if headers.get("Sec-Fetch-Site", "none") not in ("none", "same-origin"):
        return False
    return headers.get("Origin", f"http://{host}").lower() == f"http://{host}".lower()


def _hang_up(request: web.BaseRequest) -> None:
    if request.transport is not None:
        request.transport.close()


async def _write(
    request: web.BaseRequest, answer: Answer, headers: dict[str, str]
) -> web.StreamResponse:
    """Writes an answer that comes in pieces; of any other, the first half."""
    response = web.StreamResponse(status=answer.status, headers=headers)
    if answer.chunks is None:
        response.content_length = len(answer.body)
    await response.prepare(request)
    for chunk in answer.chunks or (answer.body[: len(answer.body) // 2],):
        await response.write(chunk)
    if answer.chunks is None:
        _hang_up(request)
    else:
        await response.write_eof()
    return response
