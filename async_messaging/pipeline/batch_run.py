"""The calls of one batch through a client: with a rate of their own, and admitted ahead if wanted.

A ledger must know of a send before its first byte leaves, and should not announce one that then
waits for an hour. So admission and sending can be two steps: `admit` waits for the breaker, the
lanes and a place in flight, and gives a slot; `run` with the slot goes out at once. A slot that is
not used is given back: `Slot.unused`.
"""

from __future__ import annotations

from collections.abc import Coroutine
from typing import Any, TypeVar

from ..clock import Clock
from ..operation import Answer, Call
from ..settings import Options
from .admission import Slot
from .limiter import Lane
from .pipeline import Pipeline
from .stop import Batch

T = TypeVar("T")


class BatchRun:
    """Runs the calls of one batch. Made by `ClientView.open_batch`."""

    def __init__(
        self,
        pipeline: Pipeline,
        options: Options,
        rate: float | None,
        patience: float,
        *,
        kept: bool = False,
    ) -> None:
        self._pipeline = pipeline
        self._options = options
        self._closed = False
        self.batch: Batch = Batch(pipeline.shared.stop, patience)
        self.batch.kept = kept
        self.lane: Lane | None = None if rate is None else Lane(rate, pipeline.clock.monotonic())

    @property
    def clock(self) -> Clock:
        """The client's."""
        return self._pipeline.clock

    def set_rate(self, rate: float) -> None:
        """The batch's rate from now on, in segments a second."""
        if self.lane is None:
            self.lane = Lane(rate, self._pipeline.clock.monotonic())
        else:
            self.lane.set_rate(rate, self._pipeline.clock.monotonic())
            self._pipeline.lanes.look_again(self.batch.lane)

    def _use_lane(self, lane: Lane) -> None:
        """The client knows the lane while calls pass it: a batch that is never used leaves none."""
        if not self.batch.lane and not self._closed:
            self.batch.lane = self._pipeline.lanes.open(lane)

    def run(self, call: Call[T], slot: Slot | None = None) -> Coroutine[Any, Any, Answer[T]]:
        """Carry a call to Twilio; with a slot, without waiting again."""
        if self.lane is not None:
            self._use_lane(self.lane)
        return self._pipeline.run(call, self._options, self.batch, slot)

    async def admit(self, call: Call[Any]) -> Slot:
        """Wait until a creation may go."""
        if self.lane is not None:
            self._use_lane(self.lane)
        return await self._pipeline.admit(call, self.batch)

    def outlook(self, lanes: tuple[str, ...]) -> tuple[float, float] | None:
        """Seconds until a sender's lanes are free, and what a segment takes in them."""
        return self._pipeline.lanes.outlook(lanes)

    def close(self) -> None:
        """The batch is over: its lane goes."""
        self._pipeline.lanes.drop(self.batch.lane)
        self._closed, self.batch.lane = True, ""
