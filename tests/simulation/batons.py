"""Threads of which one runs at a time: it has the baton, and gives it back where it would wait.

Product code runs unchanged, each process and each of its threads on a true thread. What would block
(a loop without work, a lock that is taken, a sleep, SQLite's wait for a lock) parks instead, and the
world picks who goes on. So every order is the seed's, and no time passes but the world's.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .world import Process, World

__all__ = ["Baton", "SimulatedThreading"]


class Baton:
    """A thread of a process.

    Attributes:
        process: whose it is.
        error: what ended it, if that was no return.
    """

    def __init__(
        self, world: World, process: Process, run: Callable[[], object], name: str
    ) -> None:
        self.world = world
        self.process = process
        self.name = name
        self.error: BaseException | None = None
        self.over = False
        self._run = run
        self._go = threading.Lock()
        self._go.acquire()
        self._parked = 0
        self._joining: list[Baton] = []
        process.batons.append(self)
        thread = threading.Thread(target=self._work, name=name, daemon=True)
        world.runnable.append(self)
        thread.start()

    def _work(self) -> None:
        self._go.acquire()
        try:
            self._run()
        except BaseException as error:  # noqa: BLE001 - the world tells of it
            self.error = error
        self.over = True
        self.process.ended(self)
        for other in self._joining:
            other.wake(other.parked)
        self.world.back.release()

    # The world's side.

    def step(self) -> None:
        """Run it until it parks."""
        self._go.release()
        self.world.back.acquire()

    # Its own side.

    @property
    def parked(self) -> int:
        """Which of its waits this is: `wake` names it."""
        return self._parked

    def park(self, until: float | None = None) -> None:
        """Let others run until somebody wakes it, or until then."""
        self._parked += 1
        if until is not None:
            number = self._parked
            self.world.at(until, lambda: self.wake(number))
        self._hand_over()

    def yield_(self) -> None:
        """Let others run, and go on when it is picked."""
        self._parked += 1
        self.wake(self._parked)
        self._hand_over()

    def vanish(self) -> None:
        """Never go on: its process is dead."""
        self._hand_over()
        raise AssertionError(self.name)

    def _hand_over(self) -> None:
        self.world.back.release()
        self._go.acquire()

    def wake(self, number: int) -> None:
        """It may go on, if it still is in that wait."""
        if number == self._parked and not self.over and self.process.alive:
            self._parked += 1
            self.world.runnable.append(self)

    def join(self, caller: Baton) -> None:
        """Let the caller wait for its end."""
        while not self.over:
            self._joining.append(caller)
            caller.park()


class _Lock:
    """A lock that parks who waits for it."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._taken = False
        self._waiting: list[tuple[Baton, int]] = []

    def acquire(self, blocking: bool = True, timeout: float = -1) -> bool:
        until = None if timeout < 0 else self._world.now + timeout
        while self._taken:
            baton = self._world.current
            if not blocking or baton is None or (until is not None and self._world.now >= until):
                return False
            self._waiting.append((baton, baton.parked + 1))
            baton.park(until)
        self._taken = True
        return True

    def release(self) -> None:
        self._taken = False
        waiting, self._waiting = self._waiting, []
        for baton, number in waiting:
            baton.wake(number)

    def locked(self) -> bool:
        return self._taken

    def __enter__(self) -> bool:
        return self.acquire()

    def __exit__(self, *_: object) -> None:
        self.release()


class _Condition:
    """A condition over such a lock."""

    def __init__(self, world: World, lock: _Lock) -> None:
        self._world = world
        self._lock = lock
        self._waiting: list[tuple[Baton, int]] = []

    def wait(self, timeout: float | None = None) -> bool:
        baton = self._world.current
        assert baton is not None
        self._lock.release()
        self._waiting.append((baton, baton.parked + 1))
        baton.park(None if timeout is None else self._world.now + timeout)
        self._lock.acquire()
        return True

    def notify(self, n: int = 1) -> None:
        for baton, number in self._waiting[:n]:
            baton.wake(number)
        del self._waiting[:n]

    def notify_all(self) -> None:
        self.notify(len(self._waiting))

    def __enter__(self) -> bool:
        return self._lock.acquire()

    def __exit__(self, *_: object) -> None:
        self._lock.release()


class _Thread:
    """A thread that is a baton's."""

    def __init__(
        self, world: World, target: Callable[..., object], name: str, args: tuple[Any, ...]
    ) -> None:
        self._world = world
        self._target, self._args = target, args
        self._baton: Baton | None = None
        self.name = name

    def start(self) -> None:
        process = self._world.process
        assert process is not None
        self._baton = Baton(
            self._world, process, lambda: self._target(*self._args), f"{process.name}.{self.name}"
        )

    def join(self, timeout: float | None = None) -> None:
        del timeout
        if self._baton is not None and self._world.current is not None:
            self._baton.join(self._world.current)

    def is_alive(self) -> bool:
        return self._baton is not None and not self._baton.over


class SimulatedThreading:
    """Stands for the module `threading` where product code starts threads."""

    def __init__(self, world: World) -> None:
        self._world = world

    def Lock(self) -> _Lock:  # noqa: N802 - as threading's
        return _Lock(self._world)

    def Condition(self, lock: _Lock | None = None) -> _Condition:  # noqa: N802 - as threading's
        return _Condition(self._world, lock or _Lock(self._world))

    def Thread(  # noqa: N802 - as threading's
        self,
        *,
        target: Callable[..., object],
        name: str = "thread",
        args: tuple[Any, ...] = (),
        daemon: bool = True,
    ) -> _Thread:
        assert daemon
        return _Thread(self._world, target, name, args)

    def get_ident(self) -> int:
        return id(self._world.current)
