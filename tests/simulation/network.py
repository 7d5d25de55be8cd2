"""The network between processes and Twilio: pieces come late, cut and glued, and connections break.

The client's own connections run on it: a transport as asyncio's, dialled without sockets. What has
arrived and was not read yet is seen as the kernel's buffer would show it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from .world import Process, World

__all__ = ["Network", "Weather"]


class Weather:
    """How bad it is: chances for each request or connection."""

    def __init__(
        self,
        *,
        refused: float = 0.0,
        hang: float = 0.0,
        lost: float = 0.0,
        unanswered: float = 0.0,
        cut: float = 0.0,
        slow: float = 0.0,
        early: float = 0.0,
    ) -> None:
        self.refused = refused  # a connection is refused
        self.hang = hang  # or nobody takes it
        self.lost = lost  # a request breaks off before Twilio has all of it
        self.unanswered = unanswered  # Twilio has it, the answer is lost
        self.cut = cut  # the answer breaks off
        self.slow = slow  # the answer takes so long that nobody waits for it
        self.early = early  # bytes that nobody asked for


class Server(Protocol):
    """Who answers."""

    def answer(self, method: str, target: str, headers: dict[str, str], body: bytes) -> bytes:
        """The whole answer to a request."""
        ...

    def heard(self) -> Callable[[], None]:
        """To be called when the client hears something of that request: its answer, or an end."""
        ...


class Network:
    """Carries bytes.

    Attributes:
        weather: it may change at any time.
        down: until when nothing passes.
    """

    def __init__(self, world: World, server: Server) -> None:
        self.world = world
        self.server = server
        self.weather = Weather()
        self.down = 0.0

    async def dial(self, *_: object) -> asyncio.Transport:
        """A new connection of the process that asks; stands for `transport.private.dial`."""
        world, process = self.world, self.world.process
        assert process is not None
        await asyncio.sleep(world.rng.uniform(0.001, 0.05))
        chance = world.rng.random()
        if chance < self.weather.refused or world.now < self.down:
            raise ConnectionRefusedError(111, "refused")
        if chance < self.weather.refused + self.weather.hang:
            await asyncio.sleep(3600)
        return _Transport(self, process)

    def delay(self) -> float:
        """How long a piece is under way."""
        return self.world.rng.choice((0.001, 0.01, 0.05)) * (0.5 + self.world.rng.random())


class _Transport(asyncio.Transport):
    """A connection's end at the client, and what the server has of it."""

    def __init__(self, network: Network, process: Process) -> None:
        super().__init__()
        self._network = network
        self._world = network.world
        self._process = process
        self._loop = asyncio.get_running_loop()
        self._protocol: Any = None
        self._closing = False
        self._received = b""
        self._arrived: list[bytes] = []  # in the kernel's buffer
        self._last = 0.0
        process.connections.add(self)

    # asyncio's side.

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        self._protocol = protocol

    def get_protocol(self) -> asyncio.BaseProtocol:
        return self._protocol  # type: ignore[no-any-return]

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return self if name == "simulated" else default

    def is_closing(self) -> bool:
        return self._closing

    def pause_reading(self) -> None:
        raise NotImplementedError

    def unread(self, _: int) -> bool:
        """Whether bytes or an end have arrived that nobody has read."""
        return bool(self._arrived)

    def write(self, data: bytes | bytearray | memoryview) -> None:
        if self._closing:
            raise ConnectionResetError
        world, weather = self._world, self._network.weather
        block = bytes(data)
        if world.now < self._network.down or world.rng.random() < weather.lost:
            cut = world.rng.randrange(len(block))
            world.after(self._network.delay(), lambda: self._to_server(block[:cut], ends=True))
        else:
            world.after(self._network.delay(), lambda: self._to_server(block, ends=False))

    def close(self) -> None:
        self.abort()

    def abort(self) -> None:
        if not self._closing:
            self._closing = True
            self._process.connections.discard(self)
            self._loop.call_soon(self._lost, None)

    def _lost(self, error: Exception | None) -> None:
        self._protocol.connection_lost(error)

    def vanish(self) -> None:
        """Its process is dead."""
        self._closing = True

    # The server's side.

    def _to_server(self, block: bytes, *, ends: bool) -> None:
        self._received += block
        while (request := _request(self._received)) is not None:
            method, target, headers, body, taken = request
            self._received = self._received[taken:]
            answer = self._network.server.answer(method, target, headers, body)
            self._answer(answer, self._network.server.heard())
        if ends:
            self._send(b"", _nothing, ends=True)

    def _answer(self, answer: bytes, heard: Callable[[], None]) -> None:
        world, weather = self._world, self._network.weather
        chance = world.rng.random()
        if chance < weather.unanswered:
            self._send(b"", heard, ends=True)
        elif chance < weather.unanswered + weather.cut:
            self._send(answer[: world.rng.randrange(1, len(answer))], heard, ends=True)
        elif chance < weather.unanswered + weather.cut + weather.slow:
            world.after(world.rng.choice((20.0, 70.0)), lambda: self._send(answer, heard))
        else:
            early = answer if world.rng.random() < weather.early else b""
            self._send(answer + early, heard)

    def _send(self, data: bytes, heard: Callable[[], None], *, ends: bool = False) -> None:
        """Bring bytes to the client, in pieces, in their order."""
        world, start = self._world, max(self._last, self._world.now + self._network.delay())
        for piece in self._pieces(data):
            world.at(start, lambda piece=piece: self._arrives(piece))  # type: ignore[misc]
            start += world.rng.choice((0.0, 0.0, self._network.delay()))
        if ends:
            world.at(start, lambda: self._arrives(b""))
        world.at(start, heard)
        self._last = start

    def _pieces(self, data: bytes) -> list[bytes]:
        rng = self._world.rng
        if not data or rng.random() < 0.7:
            return [data] if data else []
        cuts = sorted(rng.randrange(len(data)) for _ in range(rng.randrange(1, 4)))
        return [data[a:b] for a, b in zip([0, *cuts], [*cuts, len(data)], strict=True) if a < b]

    def _arrives(self, piece: bytes) -> None:
        if self._closing or not self._process.alive:
            return
        self._arrived.append(piece)
        self._loop.call_soon_threadsafe(self._read)

    def _read(self) -> None:
        """The loop has noticed that there is something to read."""
        while self._arrived and not self._closing:
            if self._arrived[0]:
                data, glued = self._arrived.pop(0), self._world.rng.random() < 0.5
                while glued and self._arrived and self._arrived[0]:
                    data += self._arrived.pop(0)
                self._give(data)
            else:
                self._arrived.clear()
                self._closing = True
                self._process.connections.discard(self)
                reset = ConnectionResetError() if self._world.rng.random() < 0.5 else None
                self._protocol.connection_lost(reset)

    def _give(self, data: bytes) -> None:
        receive: Callable[[bytes], None] = self._protocol.data_received
        receive(data)


def _nothing() -> None:
    pass


def _request(data: bytes) -> tuple[str, str, dict[str, str], bytes, int] | None:
    head, blank, rest = data.partition(b"\r\n\r\n")
    if not blank:
        return None
    first, *lines = head.decode("ascii").split("\r\n")
    headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
    length = int(headers.get("content-length", "0"))
    if len(rest) < length:
        return None
    method, target, _ = first.split(" ")
    return method, target, headers, rest[:length], len(head) + 4 + length
