"""The world: time, what happens when, processes, and who runs next; all drawn from one seed."""

from __future__ import annotations

import heapq
import os
import threading
import traceback
from collections.abc import Callable, Coroutine
from pathlib import Path
from random import Random
from typing import Any

from async_messaging.storage.locks import FileLock

from .batons import Baton
from .disk import Disk, DiskOp
from .loop import SimulatedLoop

__all__ = ["EPOCH", "Machine", "Process", "World"]

EPOCH = 1_800_000_000.0
"""The true time when a world begins."""

_STEP = 2e-5


class Machine:
    """A computer: its wall clock, its disk, its power.

    Attributes:
        offset: by how many seconds its wall clock is wrong.
        errors: what its disk answers to which operation, if that is an error.
        asleep: until when it sleeps.
        slept: seconds in which it was asleep, which its monotonic clock does not know.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.offset = 0.0
        self.errors: dict[DiskOp, int] = {}
        self.slept = 0.0
        self.asleep = 0.0


class Process:
    """A program that runs on a machine.

    Attributes:
        alive: until it ends or is killed.
        ran_until: when it ended, or what it ran.
        frozen: until when none of its threads runs.
        dies_in: after so many operations on the disk it is killed.
    """

    def __init__(self, world: World, machine: Machine, name: str, pid: int) -> None:
        self.world = world
        self.machine = machine
        self.name = name
        self.pid = pid
        self.alive = True
        self.frozen = machine.asleep
        self.ran_until = float("inf")
        self.dies_in: int | None = None
        self.batons: list[Baton] = []
        self.locks: list[FileLock] = []
        self.loop: SimulatedLoop | None = None
        self.connections: set[Any] = set()
        self.at_end: list[Callable[[Process], None]] = []

    def start(self, main: Callable[[], Coroutine[Any, Any, object]]) -> None:
        """Run a coroutine function as a program does."""

        def run() -> None:
            loop = self.loop = SimulatedLoop(self.world, self.batons[0])
            try:
                loop.run_until_complete(main())
                loop.run_until_complete(loop.shutdown_asyncgens())
            finally:
                loop.close()

        Baton(self.world, self, run, self.name)

    def ended(self, baton: Baton) -> None:
        """A thread has come to its end; with the first one, the program has."""
        if baton is self.batons[0]:
            if baton.error is not None:
                self.world.tell(f"{self.name} ended by {type(baton.error).__name__}")
                lines = traceback.format_exception(baton.error)
                self.world.broken.append(f"{self.name} broke: {''.join(lines[-6:])}")
            self._leave()

    def kill(self) -> None:
        """`kill -9`: nothing of it runs any more, what it wrote is written."""
        if self.alive:
            self._leave()

    def _leave(self) -> None:
        self.alive = False
        self.ran_until = min(self.ran_until, self.world.now)
        self.world.disk.end_of(self)
        for lock in self.locks:
            if (descriptor := lock._descriptor) is not None:  # noqa: SLF001 - the system closes it
                os.close(descriptor)
                lock._descriptor = None  # noqa: SLF001
        for connection in list(self.connections):
            connection.vanish()
        for told in self.at_end:
            self.world.at(self.world.now, lambda told=told: told(self))  # type: ignore[misc]


class World:
    """Everything.

    Attributes:
        now: seconds since it began.
        runnable: threads that could go on.
        current: the one that does; None: the world itself.
        restless: how often a thread lets others go first where it need not.
        stood: seconds in which some process stood still.
        story: what happened, to be told after a failure.
    """

    def __init__(self, seed: int) -> None:
        self.rng = Random(seed)
        self.now = 0.0
        self.runnable: list[Baton] = []
        self.current: Baton | None = None
        self.back = threading.Lock()
        self.back.acquire()
        self.restless = self.rng.choice((0.0, 0.02, 0.2))
        self.story: list[tuple[float, str]] = []
        self.events = 0
        self.broken: list[str] = []
        self.stood = 0.0
        self._due: list[tuple[float, int, Callable[[], None]]] = []
        self._number = 0
        self._pid = 1000
        self.processes: list[Process] = []
        self.disk = Disk(self, Random(self.rng.getrandbits(64)))

    # Time.

    def at(self, when: float, callback: Callable[[], None]) -> None:
        """Let something happen then."""
        self._number += 1
        heapq.heappush(self._due, (max(when, self.now), self._number, callback))

    def after(self, seconds: float, callback: Callable[[], None]) -> None:
        """Let something happen in so many seconds."""
        self.at(self.now + seconds, callback)

    def tell(self, what: str) -> None:
        """Write down what happened."""
        self.story.append((self.now, what))

    def run(self, until: Callable[[], bool], horizon: float) -> bool:
        """Let things happen; whether it came to what was wanted, by then."""
        while not until():
            self.events += 1
            if self._due and (not self._ready() or self._due[0][0] <= self.now):
                when, _, callback = heapq.heappop(self._due)
                self.now = max(self.now, when)
                if self.now > horizon:
                    return False
                callback()
            elif self._ready():
                self._step()
            else:
                return False
        return True

    def _ready(self) -> bool:
        self.runnable = [one for one in self.runnable if one.process.alive and not one.over]
        return any(one.process.frozen <= self.now for one in self.runnable)

    def _step(self) -> None:
        thawed = [one for one in self.runnable if one.process.frozen <= self.now]
        baton = thawed[self.rng.randrange(len(thawed))] if len(thawed) > 1 else thawed[0]
        self.runnable.remove(baton)
        self.now += _STEP * self.rng.random()
        self.current = baton
        baton.step()
        self.current = None

    # Processes.

    def spawn(self, machine: Machine, name: str) -> Process:
        """A new process, which runs nothing yet."""
        self._pid += 1
        process = Process(self, machine, name, self._pid)
        self.at(machine.asleep, _nothing)
        self.processes.append(process)
        return process

    def freeze(self, process: Process, seconds: float) -> None:
        """Stop all of its threads for a while."""
        process.frozen = max(process.frozen, self.now) + seconds
        self.stood += seconds
        self.at(process.frozen, _nothing)

    def sleep(self, machine: Machine, seconds: float) -> None:
        """Let a machine sleep: its monotonic clocks stand still."""
        machine.slept += seconds
        machine.asleep = max(machine.asleep, self.now) + seconds
        for process in self.processes:
            if process.machine is machine and process.alive:
                self.freeze(process, seconds)

    def lose_power(self, machine: Machine) -> None:
        """All that runs on a machine dies, and what its disk had not flushed is in doubt."""
        for process in self.processes:
            if process.machine is machine:
                process.kill()
        for told in self.disk.lose_power():
            self.tell(told)

    @property
    def process(self) -> Process | None:
        """The process that runs."""
        return None if self.current is None else self.current.process

    # What the disk asks (`Watcher`).

    def operates(self, operation: DiskOp, name: str) -> int:
        """Let others run, kill, or fail, as the seed says."""
        baton = self.current
        if baton is None:
            return 0
        process = baton.process
        if process.dies_in is not None and operation in ("write", "sync", "truncate", "delete"):
            process.dies_in -= 1
            if process.dies_in < 0:
                self.tell(f"{process.name} is killed at {operation} of {Path(name).name}")
                process.kill()
                baton.vanish()
        if self.rng.random() < self.restless:
            baton.yield_()
        return process.machine.errors.get(operation, 0)

    def asleep(self, seconds: float) -> None:
        """SQLite, or `time.sleep`, waits."""
        if self.current is not None:
            self.current.park(self.now + seconds)

    def wall(self) -> float:
        """The wall clock of whoever asks."""
        return EPOCH + self.now + (self.process.machine.offset if self.process else 0.0)

    def owner(self) -> object:
        """The process that runs."""
        return self.process


def _nothing() -> None:
    """Something is possible again: whoever runs the world looks."""
