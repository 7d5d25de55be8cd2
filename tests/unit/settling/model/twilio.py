"""Twilio as settling sees it: a list that lags and rewrites, messages by sid, and its own clock."""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable
from email.utils import formatdate
from random import Random
from typing import Any, TypeVar
from urllib.parse import parse_qs

import msgspec

from async_messaging.errors import NotFound
from async_messaging.models import Message
from async_messaging.operation import Answer, Call, PageBody, last_answer

from .schedule import Schedule

__all__ = ["EPOCH", "Listed", "Twilio"]

T = TypeVar("T")

EPOCH = 1_800_000_000
"""Twilio's time when a scenario begins."""


class Listed(msgspec.Struct):
    """A message that Twilio accepted.

    Attributes:
        at: when it is listed, in the scenario's time.
        owner: which of our sends it is; None: another program's, or to another person.
    """

    message: Message
    created: int
    at: float
    owner: int | None


class Twilio:
    """What it accepted, and how it tells.

    Attributes:
        stalls: from when and until when its list stands still.
        lost: how often a message is missing in an answer.
        deviation: by how many seconds `date_created` differs from the clock that answers are dated by.
    """

    def __init__(self, schedule: Schedule, rng: Random) -> None:
        self.schedule = schedule
        self.rng = rng
        self.accepted: list[Listed] = []
        self.stalls: tuple[float, float] = (math.inf, math.inf)
        self.lost: float = 0.0
        self.deviation: float = rng.uniform(-1.5, 1.5)
        self.page: int = 3 if rng.random() < 0.1 else 1000

    def date(self) -> str:
        """The `Date` of an answer that it gives now."""
        return formatdate(EPOCH + int(self.schedule.now), usegmt=True)

    def accept(self, message: Message, lag: float, owner: int | None) -> Listed:
        """Accept a message now; it is listed so many seconds later."""
        now = self.schedule.now
        created = int(EPOCH + now + self.deviation)
        begins, ends = self.stalls
        at = ends if begins <= now + lag < ends else now + lag
        dated = msgspec.structs.replace(message, date_created_text=formatdate(created, usegmt=True))
        listed = Listed(dated, created, at, owner)
        self.accepted.append(listed)
        return listed

    def client(
        self, answered: Callable[[float, str], None], monotonic: Callable[[], float]
    ) -> Callable[[Call[Any]], Awaitable[Answer[Any]]]:
        """What carries a client's calls. *answered* hears of each answer: when its call began, and its `Date`; *monotonic* is its clock."""

        async def run(call: Call[T]) -> Answer[T]:
            began = monotonic()
            await self.schedule.sleep(self.rng.uniform(0.01, 0.5))
            value, date = self._answer(call), self.date()
            await self.schedule.sleep(self.rng.uniform(0.01, 0.5))
            answered(began, date)
            if value is None:
                raise NotFound("there is no such message", call=call, status=404)
            answer: Answer[T] = Answer(value, 200, {"date": date}, b"", 1, 0.1)
            if (record := last_answer.get()) is not None:
                record.answer = answer
            return answer

        return run

    def _answer(self, call: Call[Any]) -> Any:
        if call.operation == "FetchMessage":
            sid = call.path.rpartition("/")[2].removesuffix(".json")
            return next((each.message for each in self.accepted if each.message.sid == sid), None)
        query = parse_qs(call.query)
        to, start = query.get("To", [""])[0], int(query.get("Page", ["0"])[0])
        now = self.schedule.now
        found = [
            each.message
            for each in sorted(self.accepted, key=lambda each: -each.created)
            if each.at <= now
            and (not to or each.message.to == to)
            and not (self.lost and self.rng.random() < self.lost)
        ]
        end = start + self.page
        more = f"{call.path}?To={to.replace('+', '%2B')}&Page={end}" if end < len(found) else None
        return PageBody(tuple(found[start:end]), more)
