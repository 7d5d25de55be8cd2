"""What a process under measurement is told, and what it tells."""

from __future__ import annotations

from typing import Literal

import msgspec

__all__ = ["Job", "Kind", "Loop", "Told"]

Loop = Literal["asyncio", "uvloop"]
Kind = Literal["closed", "open", "bulk", "listing", "decode", "wire", "queue"]


class Job(msgspec.Struct, kw_only=True, frozen=True, omit_defaults=True):
    """One cell of a table.

    Attributes:
        kind: ``closed``: so many calls in flight for so long; ``open``: so many calls a second;
            ``bulk``: ours alone; ``listing``: the log, again and again; ``decode``: a page of it;
            ``wire``: memory with every call on the wire; ``queue``: memory with nearly all waiting.
        peer: a name of `PEERS`, or ``wrk``.
        url: the origin's.
        authority: file of the certificate authority, for https.
        in_flight: calls at a time.
        connections: the pool's size where that is measured.
        seconds: how long.
        rate: calls a second.
        page_size: messages a page.
        core: the core to stay on.
        start: when to start, by `time.monotonic`; so two processes start together.
    """

    kind: Kind
    peer: str
    loop: Loop = "asyncio"
    url: str = ""
    authority: str | None = None
    in_flight: int = 64
    connections: int = 0
    seconds: float = 1.0
    rate: int = 500
    page_size: int = 1_000
    core: int | None = None
    start: float = 0.0


class Told(msgspec.Struct, kw_only=True, frozen=True, omit_defaults=True):
    """What came of it. Seconds and MB (10**6).

    Attributes:
        count: answers, each checked against its request.
        wall: how long it took.
        cpu: CPU time of the whole process, all its threads.
        system: the part of it that the system took: sockets, mostly.
        latencies: at the 50th, 99th and 99.9th percentile.
        before: resident memory before the calls.
        peak: the most resident memory.
        connections: the most connections.
        left_out: why there is nothing to tell.
    """

    count: int = 0
    wall: float = 0.0
    cpu: float = 0.0
    system: float = 0.0
    latencies: tuple[float, float, float] | None = None
    before: float = 0.0
    peak: float = 0.0
    connections: int = 0
    left_out: str | None = None

    @property
    def cpu_each(self) -> float:
        """CPU seconds a call."""
        return self.cpu / self.count

    @property
    def system_each(self) -> float:
        """Seconds a call that the system took."""
        return self.system / self.count

    @property
    def rate(self) -> float:
        """Calls a second."""
        return self.count / self.wall
