"""The calls of one batch through a client: with a rate of their own, and admitted ahead if wanted.

A ledger must know of a send before its first byte leaves, and should not announce one that then
waits for an hour. So admission and sending can be two steps: `admit` waits for the breaker, the
lanes and a place in flight, and gives a ticket; `run` with the ticket goes out at once. A ticket
that is not used is handed back.
"""

from __future__ import annotations

from collections.abc import Coroutine
from typing import Any, TypeVar

from ..operation import Answer, Call
from ..settings import Options
from .batch import Batch
from .limiter import Lane
from .pipeline import Pipeline
from .turn import Ticket

__all__ = ["BatchRun"]

T = TypeVar("T")


class BatchRun:
    """Runs the calls of one batch. Made by `ClientView.open_batch`.

    Args:
        pipeline: carries them.
        options: of every call.
        rate: segments a second, or None for the client's own limits only.
        patience: the longest wait after a "too fast", in seconds.

    Attributes:
        batch: what the calls share.
        lane: the batch's own lane, None without a rate.
    """

    def __init__(
        self, pipeline: Pipeline, options: Options, rate: float | None, patience: float
    ) -> None:
        self._pipeline = pipeline
        self._options = options
        self.batch: Batch = Batch(pipeline.stop, patience)
        self.lane: Lane | None = None
        if rate is not None:
            self.set_rate(rate)

    def __repr__(self) -> str:
        return f"<BatchRun {self.lane!r}>"

    def set_rate(self, rate: float) -> None:
        """The batch's rate from now on, in segments a second."""
        lanes = self._pipeline.lanes
        if self.lane is None:
            self.batch.lane = lanes.new_name()
            self.lane = lanes.open(self.batch.lane, rate)
        else:
            self.lane.set_rate(rate)

    def run(self, call: Call[T], ticket: Ticket | None = None) -> Coroutine[Any, Any, Answer[T]]:
        """Carry a call to Twilio; with a ticket, without waiting again.

        Raises:
            MessagingError: with what is known of the call's effect in `.outcome`.
        """
        return self._pipeline.run(call, self._options, self.batch, ticket)

    async def admit(self, call: Call[Any]) -> Ticket:
        """Wait until a creation may go.

        Raises:
            NotSent: the batch was halted, or the client closed.
        """
        return await self._pipeline.admit(call, self.batch)

    def hand_back(self, call: Call[Any], ticket: Ticket) -> None:
        """A ticket will not be used."""
        self._pipeline.hand_back(call, ticket)

    def close(self) -> None:
        """The batch is over: its lane goes."""
        self._pipeline.lanes.drop(self.batch.lane)
