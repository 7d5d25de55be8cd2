"""Cancelling a piece of work at each of its suspensions."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Generator
from typing import Any


class CancelledAt:
    """Awaits something, and cancels the task that does at its n-th suspension."""

    def __init__(self, work: Awaitable[object], at: int) -> None:
        self.work = work
        self.at = at
        self.suspensions = 0

    def __await__(self) -> Generator[Any, Any, object]:
        steps = self.work.__await__()
        thrown: BaseException | None = None
        while True:
            try:
                waits_for = next(steps) if thrown is None else steps.throw(thrown)
            except StopIteration as end:
                return end.value
            self.suspensions += 1
            if self.suspensions == self.at:
                task = asyncio.current_task()
                assert task is not None
                task.cancel()
            try:
                thrown = None
                yield waits_for
            except BaseException as error:  # noqa: BLE001 - it is thrown into the work
                thrown = error
