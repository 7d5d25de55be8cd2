"""What the calls of one bulk send share: a lane, counts, and the stop that ends them all.

When a bulk send is stopped, calls that still wait end as not sent, and those under way finish.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from ..errors import MessagingError, NotSent
from ..operation import Answer
from .stop import Stop


class CallLeft(asyncio.CancelledError):
    """The task that waited for a call of a batch was cancelled; what is known of the call."""

    def __init__(self, error: MessagingError, answer: Answer[Any] | None, *reason: object) -> None:
        super().__init__(*reason)
        self.error: MessagingError = error
        self.answer: Answer[Any] | None = answer


class Batch:
    """The calls of one bulk send.

    Attributes:
        stop: what its calls, and whatever else belongs to the bulk send, wait with.
        lane: the name of its own lane, empty without one.
        took: told of each answer's time, in seconds from the request; None to tell nobody.
        requests: HTTP requests made, those answered 429 included.
        throttled: answers that said "too fast".
        retries: attempts after failures.
        kept: a ledger or an outbox keeps what becomes of the calls.
    """

    __slots__ = ("kept", "lane", "patience", "requests", "retries", "stop", "throttled", "took")

    def __init__(self, client: Stop, patience: float = float("inf")) -> None:
        self.stop: Stop = Stop(client)
        self.lane: str = ""
        self.took: Callable[[float], None] | None = None
        self.patience: float = patience
        self.kept: bool = False
        self.requests: int = 0
        self.throttled: int = 0
        self.retries: int = 0

    def halt(self) -> None:
        """End every call that waits; those under way finish."""
        self.stop.set(_halted)


def _halted() -> NotSent:
    return NotSent("the bulk send was stopped before this message was sent")
