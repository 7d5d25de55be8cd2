"""What the calls of one bulk send share: a lane, counts, and the way to stop them all.

When a bulk send is stopped, calls that still wait end as not sent, and those under way finish.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

__all__ = ["Batch"]


class Batch:
    """The calls of one bulk send.

    Args:
        lane: the name of its own lane, empty without one.
        took: told of each answer's time, in seconds from the request.

    Attributes:
        requests: HTTP requests made, those answered 429 included.
        throttled: answers that said "too fast".
        retries: attempts after failures.
        patience: the longest wait after a "too fast" in seconds; longer ones end the call.
    """

    __slots__ = (
        "_waiting",
        "halted",
        "lane",
        "patience",
        "requests",
        "retries",
        "throttled",
        "took",
    )

    def __init__(
        self, lane: str, took: Callable[[float], None], patience: float = float("inf")
    ) -> None:
        self.lane: str = lane
        self.took: Callable[[float], None] = took
        self.patience: float = patience
        self.requests: int = 0
        self.throttled: int = 0
        self.retries: int = 0
        self.halted: bool = False
        self._waiting: set[asyncio.Task[Any]] = set()

    def waits(self, task: asyncio.Task[Any] | None) -> None:
        """The present task begins to wait."""
        if task is not None:
            self._waiting.add(task)

    def goes(self, task: asyncio.Task[Any] | None) -> None:
        """The present task's request is under way, or its call has ended."""
        if task is not None:
            self._waiting.discard(task)

    def halt(self) -> None:
        """End every call that waits; those under way finish."""
        if not self.halted:
            self.halted = True
            for task in self._waiting:
                task.cancel("halted")

    def caught(self) -> bool:
        """Whether the present task's cancellation is ours; it is then undone."""
        task = asyncio.current_task()
        if not self.halted or task is None or task not in self._waiting:
            return False
        return task.uncancel() == 0
