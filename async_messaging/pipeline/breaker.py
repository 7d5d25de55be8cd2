"""A circuit breaker, counted and not timed, for creations only.

Every creation that ends unknown is a message whose fate someone must look up. So when 10 of the
last 20 finished creations ended unknown, no more are begun. A probe, a GET that changes nothing,
asks after 5, 10, 20 and then every 30 seconds; when any answer below 500 comes, one creation goes
alone. Its success closes the breaker and the counts start afresh; another unknown opens it again.

429s and refusals are answers, so they count as successes. Single calls are refused while the
breaker is open, bulk sends wait: they have breakers of their own, so that an outage met by a
campaign does not refuse a login code before a login code has met it.

In bulk sends, creations that found no way to Twilio count as well: with no network at all the rows
wait, instead of being used up one by one as not sent.
"""

from __future__ import annotations

import asyncio
import copy
from collections import deque
from collections.abc import Awaitable, Callable

from ..clock import Clock
from ..errors import CircuitOpen
from .events import WARNING, log
from .stop import Wait

_WINDOW = 20
_FAILED = 10
_DELAYS = (5.0, 10.0, 20.0, 30.0)


class Breaker:
    """The breaker of one origin and one kind of caller."""

    def __init__(
        self, probe: Callable[[], Awaitable[int]], clock: Clock, *, counts_unsent: bool = False
    ) -> None:
        self.counts_unsent: bool = counts_unsent
        self._probe = probe
        self._clock = clock
        self._last: deque[bool] = deque(maxlen=_WINDOW)
        self.is_open: bool = False
        self._trial_ready = False
        self._trial_runs = False
        self._waiters: list[asyncio.Future[None]] = []
        self._task: asyncio.Task[None] | None = None
        self._probes = 0

    def enter(self) -> bool | None:
        """Leave for one creation, whose end is to be told: whether it tries Twilio out. None: it is open, and there is none."""
        if not self.is_open:
            return False
        if not self._trial_ready:
            return None
        self._trial_ready, self._trial_runs = False, True
        return True

    async def lets_pass(self, wait: Wait | None) -> None:
        """Return when `enter` may give leave; without *wait*, raise `CircuitOpen`. Nothing is taken yet."""
        while self.is_open and not self._trial_ready:
            self._keep_probing()
            if wait is None:
                raise CircuitOpen("Twilio is failing; creations wait for it to answer again")
            future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._waiters.append(future)
            await wait(future)

    def record(self, *, failed: bool, trial: bool) -> None:
        """Count a finished creation."""
        if trial:
            self._trial_runs = False
            if not failed:
                self._close()
            else:
                self._keep_probing()
            return
        self._last.append(failed)
        if failed and not self.is_open and sum(self._last) >= _FAILED:
            self.is_open, self._probes = True, 0
            log(WARNING, "Twilio can't be reached or is failing: creations wait until it answers")
            self._keep_probing()

    def give_back(self, *, trial: bool) -> None:
        """A creation that had leave was not sent."""
        if trial and self.is_open:
            self._trial_runs, self._trial_ready = False, True
            self._wake()

    def _close(self) -> None:
        log(WARNING, "Twilio answers again: creations go on")
        self.is_open = self._trial_ready = False
        self._last.clear()
        self.stop()
        self._wake()

    def _keep_probing(self) -> None:
        idle = self._task is None or self._task.done()
        if idle and not self._trial_ready and not self._trial_runs:
            self._task = asyncio.get_running_loop().create_task(self._probe_until_answered())

    async def _probe_until_answered(self) -> None:
        while True:
            delay = _DELAYS[min(self._probes, len(_DELAYS) - 1)]
            self._probes += 1
            await self._clock.sleep(delay)
            if await self._answers():
                break
        self._trial_ready = True
        self._wake()

    async def _answers(self) -> bool:
        try:
            return await self._probe() < 500
        except Exception:  # noqa: BLE001 - a probe that fails in any way is no answer
            return False

    def _wake(self) -> None:
        """Let all who wait look again: the first whose lanes are free gets the trial."""
        waiters, self._waiters = self._waiters, []
        for future in waiters:
            if not future.done():
                future.set_result(None)

    def stop(self) -> None:
        """End the probing."""
        if self._task is not None and self._task is not asyncio.current_task():
            self._task.cancel()
        self._task = None

    def anew(self) -> Breaker:
        """The same counts, with nobody waiting and no probe under way: for another loop."""
        fresh = copy.copy(self)
        fresh._waiters, fresh._task, fresh._trial_runs = [], None, False  # noqa: SLF001 - of its own class
        return fresh
