"""One call on its way through the pipeline: what it needs, and how far it has come."""

from __future__ import annotations

import asyncio
from typing import Generic, Protocol, TypeVar

import msgspec

from ..errors import MessagingError
from ..operation import Answer, Call
from ..settings import Options
from ..transport.base import Pending, Response
from .admission import Slot
from .retry import Plan
from .stop import Batch, Caller

T = TypeVar("T")


class Reads(Protocol):
    """Reads answers, for one set of credentials."""

    def read(self, turn: Turn[T], response: Response, /) -> Answer[T]:
        """The answer of an attempt."""
        ...


class Turn(msgspec.Struct, Generic[T], eq=False):
    """The state of one call.

    Attributes:
        kept: a ledger or an outbox keeps what becomes of it.
        slot: leave for the next attempt, or the one under way.
        pending: the latest attempt while it is under way.
        sent_at: monotonic time at which the latest attempt began.
        left: the caller has left it after it was written.
        late: what goes on, or had just ended, when the caller left.
        auth: the Authorization header of the latest attempt; stale is one that was refused.
        last: why the call waits before its next attempt.
        doubt: how an earlier attempt ended whose outcome is unknown.
    """

    call: Call[T]
    options: Options
    plan: Plan
    exchange: Reads
    bulk: Batch | None
    caller: Caller
    kept: bool
    slot: Slot | None = None
    pending: Pending | None = None
    sent_at: float = 0.0
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
