"""A network between client and server that delays, cuts, resets and half-closes, by a seed.

It stands between two processes in a thread of its own. What it delays, it delays for less than
half of what a run is told to settle, and what its client has given up is never delivered.
"""

from __future__ import annotations

import asyncio
import random
import socket
import struct
import threading
from collections import Counter
from contextlib import suppress
from typing import Self
from urllib.parse import urlsplit

__all__ = ["Network"]

_RESET = struct.pack("ii", 1, 0)
_SLOWEST = 0.12
_STALL = 2.0


class Network:
    """A TCP proxy that misbehaves. Use it in ``with``.

    Args:
        target: the server's URL.
        seed: fixes what goes wrong, as far as the order of connections is.
        trouble: the share of pieces of data that meet trouble.

    Attributes:
        url: where clients connect to.
        troubles: what went wrong, and how often.
    """

    def __init__(self, target: str, seed: int, trouble: float = 0.05) -> None:
        parts = urlsplit(target)
        self.url = ""
        self.troubles: Counter[str] = Counter()
        self._target = (str(parts.hostname), int(parts.port or 0))
        self._chance = random.Random(seed)
        self._trouble = trouble
        self._ready = threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._ready.wait(10)
        return self

    def __exit__(self, *_: object) -> None:
        assert self._loop is not None
        self._loop.call_soon_threadsafe(self._done.set)
        self._thread.join(10)

    async def _serve(self) -> None:
        self._loop, self._done = asyncio.get_running_loop(), asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        server = await asyncio.start_server(self._connected, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        self._ready.set()
        await self._done.wait()
        server.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _connected(self, near: asyncio.StreamReader, near_out: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        far_out: asyncio.StreamWriter | None = None
        # Streams of Python 3.11 report a handler that ends cancelled, so it ends in order.
        with suppress(OSError, asyncio.CancelledError):
            if self._meets("refused", self._trouble / 5):
                _reset(near_out)
            else:
                far, far_out = await asyncio.open_connection(*self._target)
                await self._pass_on(near, near_out, far, far_out)
        for writer in (near_out, far_out):
            if writer is not None:
                writer.transport.abort()
        self._tasks.discard(task)

    async def _pass_on(
        self,
        near: asyncio.StreamReader,
        near_out: asyncio.StreamWriter,
        far: asyncio.StreamReader,
        far_out: asyncio.StreamWriter,
    ) -> None:
        """Both ways, until one ends: then nothing that waits is delivered any more."""
        ways = [
            asyncio.create_task(self._one_way("request", near, far_out, near_out)),
            asyncio.create_task(self._one_way("answer", far, near_out, near_out)),
        ]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)

    async def _one_way(
        self,
        what: str,
        source: asyncio.StreamReader,
        sink: asyncio.StreamWriter,
        client: asyncio.StreamWriter,
    ) -> None:
        while data := await source.read(1 << 16):
            trouble = self._draw(what)
            if trouble:
                self.troubles[f"{what} {trouble}"] += 1
            match trouble:
                case "" | "late":
                    await asyncio.sleep(self._chance.uniform(0, _SLOWEST) if trouble else 0)
                    sink.write(data)
                    await sink.drain()
                case "in drops":
                    await _drip(data, sink)
                case _:
                    await self._end(trouble, data, sink, client)
                    return

    async def _end(
        self, trouble: str, data: bytes, sink: asyncio.StreamWriter, client: asyncio.StreamWriter
    ) -> None:
        """What ends a connection, and what it lets through before."""
        if trouble == "stalls":
            await asyncio.sleep(_STALL)
        if trouble in {"passed, reset", "half closed"}:
            sink.write(data)
        if trouble == "cut":
            sink.write(data[: self._chance.randrange(1, len(data) + 1)])
        await sink.drain()
        if trouble == "half closed":
            sink.write_eof()
            await asyncio.sleep(_SLOWEST)
        if trouble in {"passed, reset", "lost, reset"}:
            await asyncio.sleep(0.01)
            _reset(client)

    def _draw(self, what: str) -> str:
        if self._chance.random() >= self._trouble:
            return ""
        kinds = ("late", "in drops", "lost, reset", "passed, reset", "cut", "half closed", "stalls")
        return self._chance.choices(kinds, (4, 2, 1, 1, 1, 1, 0.5))[0]

    def _meets(self, trouble: str, share: float) -> bool:
        met = self._chance.random() < share
        self.troubles[trouble] += met
        return met


async def _drip(data: bytes, sink: asyncio.StreamWriter) -> None:
    for start in range(0, len(data), 40):
        sink.write(data[start : start + 40])
        await sink.drain()
        await asyncio.sleep(0.001)


def _reset(writer: asyncio.StreamWriter) -> None:
    raw: socket.socket = writer.get_extra_info("socket")
    with suppress(OSError):
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
    writer.transport.abort()
