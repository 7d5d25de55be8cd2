"""An event loop on the world's time: where asyncio's would wait for sockets, it parks."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar, TypeVarTuple

from .batons import Baton

if TYPE_CHECKING:
    from .world import World

__all__ = ["SimulatedLoop"]

T = TypeVar("T")
Ts = TypeVarTuple("Ts")


class _Selector:
    """Waits for nothing but the world."""

    def __init__(self, loop: SimulatedLoop) -> None:
        self._loop = loop

    def select(self, timeout: float | None) -> list[object]:
        self._loop.rest(timeout)
        return []


class SimulatedLoop(asyncio.BaseEventLoop):
    """A loop of one process; what is ready runs in asyncio's own order."""

    def __init__(self, world: World, baton: Baton) -> None:
        super().__init__()  # pyright: ignore[reportUnknownMemberType]
        self._world = world
        self._baton = baton
        self._woken = False
        self._waits = 0
        self._selector = _Selector(self)
        self._clock_resolution = 1e-6

    def time(self) -> float:
        """The world's time, less that in which the machine slept."""
        return self._world.now - self._baton.process.machine.slept

    def rest(self, timeout: float | None) -> None:
        """Between two rounds: wait, or let others go first now and then."""
        if timeout is None or timeout > 0:
            if not self._woken:
                self._waits = self._baton.parked + 1
                self._baton.park(None if timeout is None else self._world.now + timeout)
                self._waits = 0
        elif self._world.rng.random() < self._world.restless:
            self._baton.yield_()
        self._woken = False

    def _process_events(self, event_list: list[object]) -> None:
        assert not event_list

    def _write_to_self(self) -> None:
        self._woken = True
        if self._waits:
            self._baton.wake(self._waits)

    def run_in_executor(
        self, executor: object, func: Callable[[*Ts], T], *args: *Ts
    ) -> asyncio.Future[T]:
        """Run it on a thread of this process."""
        assert executor is None
        future: asyncio.Future[T] = self.create_future()

        def work() -> None:
            error, result = None, None
            try:
                result = func(*args)
            except BaseException as caught:  # noqa: BLE001 - the loop gets it
                error = caught
            if not self.is_closed():
                self.call_soon_threadsafe(give, result, error)

        def give(result: Any, error: BaseException | None) -> None:
            if future.done():
                return
            if error is None:
                future.set_result(result)
            else:
                future.set_exception(error)

        Baton(self._world, self._baton.process, work, f"{self._baton.process.name}.work")
        return future
