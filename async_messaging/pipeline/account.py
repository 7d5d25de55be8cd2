"""One account: its limits, and what goes on under them, which belongs to one loop at a time.

All that holds futures, tasks or timers of a loop stands in one object, `Here`, made anew for each loop.
Whoever still waits on a loop that was left, paused as a rule, is told so when it runs again; requests
that were written there go on.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from typing import Any

import msgspec

from ..clock import Clock
from ..errors import NotSent, SettingsError
from ..operation import Call
from ..transport.per_loop import tell_children
from .admission import Admission
from .carrying import Carrier
from .deadline import Deadlines
from .sends import Sends
from .stop import Stop


class Here(msgspec.Struct, eq=False):
    """What one account has on one loop."""

    admission: Admission
    carrier: Carrier
    deadlines: Deadlines
    loop: asyncio.AbstractEventLoop | None = None

    def __repr__(self) -> str:
        return f"<Here {self.admission!r} {self.carrier!r}>"


class Account:
    """One account of a client, whoever calls on it."""

    def __init__(
        self,
        admission: Admission,
        carrier: Callable[[], Carrier],
        clock: Clock,
        stop: Stop,
        sends: Sends,
    ) -> None:
        self._carrier = carrier
        self._clock = clock
        self._stop = stop
        self.sends: Sends = sends
        self.here: Here = Here(admission, carrier(), Deadlines(clock))
        tell_children(self)

    def on_loop(self) -> Here:
        """What belongs to the running loop; a later loop starts afresh."""
        loop, here = asyncio.get_running_loop(), self.here
        if here.loop is loop:
            return here
        if here.loop is not None:
            if here.loop.is_running():
                raise SettingsError(
                    "this client is in use on another running loop; make one for each"
                )
            self._stop.leave(here.loop, _left_behind)
            self.forget()
        self.here.loop = loop
        return self.here

    def under_way(self) -> Iterable[tuple[Call[Any], float, bool]]:
        """Calls whose requests are out: each with its moment, and whether somebody keeps it."""
        return self.here.carrier.under_way()

    def forget(self) -> None:
        """Nothing is under way: in a forked child the loop is the parent's."""
        self.here = Here(self.here.admission.anew(), self._carrier(), Deadlines(self._clock))

    async def drain(self, grace: float) -> None:
        """Wait for the requests under way on this loop, and end the probing of others."""
        for breaker in self.here.admission.breakers.values():
            breaker.stop()
        if self.here.loop is asyncio.get_running_loop():
            await self.here.carrier.drain(grace)


def _left_behind() -> NotSent:
    return NotSent("the client was used on another event loop before this message was sent")
