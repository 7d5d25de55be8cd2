"""What of a process is the world's: its clocks, its ids, its threads, its connections.

Installed once in a process of its own, before product code opens anything, and never taken back.
"""

from __future__ import annotations

import gc
import os
import random
import secrets
import time
from collections.abc import Iterator
from random import Random
from typing import TYPE_CHECKING, Any

from async_messaging.clock import SystemClock
from async_messaging.outbox import memory, worker
from async_messaging.settling import single
from async_messaging.storage import commits, locks
from async_messaging.transport import wire_pool, wire_protocol

from .batons import SimulatedThreading

if TYPE_CHECKING:
    from .network import Network
    from .world import World

__all__ = ["install"]


class _Held:
    """The locks of the process that runs."""

    def __init__(self, world: World) -> None:
        self._world = world

    def add(self, lock: locks.FileLock) -> None:
        if (process := self._world.process) is not None:
            process.locks.append(lock)

    def discard(self, lock: locks.FileLock) -> None:
        for process in self._world.processes:
            if lock in process.locks:
                process.locks.remove(lock)

    def __iter__(self) -> Iterator[locks.FileLock]:
        return iter(())


def install(world: World, network: Network) -> None:
    """Let everything that product code sees be the world's."""
    rng = Random(world.rng.getrandbits(64))
    gc.disable()  # objects of dead processes stay as they are
    random.seed(world.rng.getrandbits(64))

    def monotonic() -> float:
        process = world.process
        return world.now - (process.machine.slept if process else 0.0)

    def boottime() -> float:
        return world.now

    def pid() -> int:
        return world.process.pid if world.process else 1

    patches: dict[Any, dict[str, Any]] = {
        time: {"time": world.wall, "monotonic": monotonic, "sleep": world.asleep},
        SystemClock: {
            "time": staticmethod(world.wall),
            "monotonic": staticmethod(monotonic),
            "boottime": staticmethod(boottime),
        },
        os: {"getpid": pid, "urandom": rng.randbytes},
        secrets: {
            "token_bytes": lambda size=32: rng.randbytes(size),
            "token_hex": lambda size=32: rng.randbytes(size).hex(),
        },
        locks: {"_held": _Held(world)},
        wire_pool: {"dial": network.dial},
        wire_protocol: {"poll_of": lambda transport: transport.unread},
    }
    threads = SimulatedThreading(world)
    for module in (memory, worker, single, commits):
        patches[module] = {"threading": threads}
    for owner, names in patches.items():
        for name, value in names.items():
            assert hasattr(owner, name), name
            setattr(owner, name, value)
