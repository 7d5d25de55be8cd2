"""`asyncio.timeout`, but by a `Clock`, and with one timer for all calls.

Nearly every call ends long before its deadline, so a timer for each is set in vain. Calls of the
same length end in the order in which they began: the first of them is all that a timer must watch.
"""

from __future__ import annotations

import asyncio
from types import TracebackType
from typing import Any

import msgspec

from ..clock import Clock, Timer

__all__ = ["Deadline", "Deadlines"]

_FOREVER = float("inf")


class Deadline(msgspec.Struct, eq=False):
    """Cancels the block at some moment and turns that into `TimeoutError`. Made by `Deadlines.watch`.

    Attributes:
        watcher: watches it.
        task: the one that runs the block.
        cancelling: how often the task was cancelled before.
        due: the moment, in the clock's monotonic time.
        seconds: how long the block may take in all; calls of the same length are kept together.
    """

    watcher: Deadlines
    task: asyncio.Task[Any]
    cancelling: int
    due: float
    seconds: float
    expired: bool = False

    def __repr__(self) -> str:
        return f"<Deadline of {self.seconds:g} s{', expired' if self.expired else ''}>"

    def __enter__(self) -> None:
        pass

    def expire(self) -> None:
        """The time is over."""
        self.expired = True
        self.task.cancel()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if not self.expired:  # the timer stays: the next call most likely needs none earlier
            lines = self.watcher.lines
            line = lines.get(self.seconds)
            if line is not None:
                line.pop(self, None)
                if not line:
                    del lines[self.seconds]
            return
        ours = self.task.uncancel() <= self.cancelling
        if ours and kind is asyncio.CancelledError:
            raise TimeoutError


class Deadlines:
    """The deadlines of all calls under way.

    Args:
        clock: where time comes from.

    Attributes:
        lines: calls under way, in the order of their ends, by how long they may take.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.lines: dict[float, dict[Deadline, None]] = {}
        self._timer: Timer | None = None
        self._due = _FOREVER

    def __repr__(self) -> str:
        return f"<Deadlines of {sum(map(len, self.lines.values()))} calls>"

    def watch(self, task: asyncio.Task[Any], due: float, seconds: float) -> Deadline:
        """A deadline, for a block that the task enters now."""
        deadline = Deadline(self, task, task.cancelling(), due, seconds)
        line = self.lines.get(seconds)
        if line is None:
            self.lines[seconds] = {deadline: None}
        else:
            line[deadline] = None
        if due < self._due:
            self._set_timer(due)
        return deadline

    def forget(self) -> None:
        """Drop all, as when their loop is gone."""
        if self._timer is not None:
            self._timer.cancel()
        self.lines.clear()
        self._timer, self._due = None, _FOREVER

    def _set_timer(self, due: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._due = due
        self._timer = self._clock.call_later(due - self._clock.monotonic(), self._ring)

    def _ring(self) -> None:
        self._timer, self._due = None, _FOREVER
        now = self._clock.monotonic()
        for seconds, line in list(self.lines.items()):
            while line and (first := next(iter(line))).due <= now:
                del line[first]
                first.expire()
            if not line:
                del self.lines[seconds]
        if self.lines:
            self._set_timer(min(next(iter(line)).due for line in self.lines.values()))
