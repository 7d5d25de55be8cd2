"""One call on its way through the pipeline: what it needs, and how far it has come."""

from __future__ import annotations

import asyncio
from typing import Generic, TypeVar

import msgspec

from ..errors import MessagingError
from ..operation import Answer, Call
from ..settings import Options
from ..transport.base import Pending, Request
from .batch import Batch
from .breaker import Pass
from .retry import Plan
from .stop import Caller

__all__ = ["Ticket", "Turn"]

T = TypeVar("T")


class Ticket:
    """Leave to make one attempt at once: lanes are taken, and a place in flight is held.

    Attributes:
        leave: the breaker's.
        lanes: names of the lanes that it passed, beside the account's.
    """

    __slots__ = ("lanes", "leave")

    def __init__(self, leave: Pass | None, lanes: tuple[str, ...]) -> None:
        self.leave: Pass | None = leave
        self.lanes: tuple[str, ...] = lanes


class Turn(msgspec.Struct, Generic[T]):
    """The state of one call.

    Attributes:
        lanes: names of the rate limits that it passes, beside the account's.
        bulk: the bulk send it belongs to.
        ticket: an admission from before, for the first attempt.
        caller: whoever waits for it.
        request: the latest attempt's request.
        pending: the latest attempt while it is under way.
        left: the caller has left it after it was written.
        late: what goes on, or had just ended, when the caller left.
        auth: the Authorization header of the latest attempt.
        stale: one that was refused.
        last: why the call waits before its next attempt.
        doubt: how an earlier attempt ended whose outcome is unknown.
    """

    call: Call[T]
    options: Options
    plan: Plan
    lanes: tuple[str, ...]
    bulk: Batch | None
    caller: Caller
    ticket: Ticket | None = None
    request: Request | None = None
    pending: Pending | None = None
    left: bool = False
    late: asyncio.Future[Answer[T]] | None = None
    auth: str | None = None
    stale: str | None = None
    last: MessagingError | None = None
    doubt: MessagingError | None = None

    def __repr__(self) -> str:
        return f"<Turn {self.call.operation}, attempt {self.plan.attempts}>"

    def __rich_repr__(self) -> list[tuple[str, object]]:
        """Keep request and options out of rich's own way of showing structs."""
        return [("operation", self.call.operation)]
