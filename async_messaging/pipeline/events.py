"""What the pipeline tells whoever listens. Events hold no number and no body.

A handler is a plain function, called on the loop while the call waits: keep it short. What it
raises is logged and goes no further. Nothing is built while nobody listens.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import suppress
from inspect import iscoroutinefunction
from typing import TypeVar

import msgspec

from ..errors import MessagingError

logger: logging.Logger = logging.getLogger("async_messaging")
DEBUG, WARNING, ERROR = logging.DEBUG, logging.WARNING, logging.ERROR


class Responded(msgspec.Struct, frozen=True):
    """An attempt was answered."""

    operation: str
    status: int
    request_id: str
    attempt: int
    elapsed: float


class Retried(msgspec.Struct, frozen=True):
    """A call will be tried again after `delay` seconds."""

    operation: str
    attempt: int
    delay: float
    error: MessagingError


class Throttled(msgspec.Struct, frozen=True):
    """Twilio said "too fast"; the call waits `delay` seconds."""

    operation: str
    code: int | None
    delay: float
    in_flight_limit: int


class LateAnswer(msgspec.Struct, frozen=True):
    """A call whose caller had given up has ended.

    Attributes:
        sid: the sid of what it created, None if it failed.
        error: how it failed, None if it did not.
    """

    operation: str
    sid: str | None
    error: MessagingError | None


E = TypeVar("E")
Handler = Callable[[E], object]


class Events:
    """Handlers by event. Each ``on_...`` takes a handler and gives it back, as a decorator does.

    Raises:
        TypeError: a handler is ``async def``, or can't be called.
    """

    def __init__(self) -> None:
        self.responded: list[Handler[Responded]] = []
        self.retried: list[Handler[Retried]] = []
        self.throttled: list[Handler[Throttled]] = []
        self.late: list[Handler[LateAnswer]] = []

    # An async handler would never run: a call does not wait for those who listen.

    def on_response(self, handler: Handler[Responded]) -> Handler[Responded]:
        """Call *handler* with every answer."""
        self.responded.append(_plain(handler))
        return handler

    def on_retry(self, handler: Handler[Retried]) -> Handler[Retried]:
        """Call *handler* before a call is repeated."""
        self.retried.append(_plain(handler))
        return handler

    def on_throttle(self, handler: Handler[Throttled]) -> Handler[Throttled]:
        """Call *handler* when Twilio says "too fast"."""
        self.throttled.append(_plain(handler))
        return handler

    def on_late_answer(self, handler: Handler[LateAnswer]) -> Handler[LateAnswer]:
        """Call *handler* when a call ends whose caller had given up."""
        self.late.append(_plain(handler))
        return handler


def _plain(handler: Handler[E]) -> Handler[E]:
    if not callable(handler):
        raise TypeError("a handler is a function that takes the event")
    if iscoroutinefunction(handler) or iscoroutinefunction(type(handler).__call__):
        raise TypeError("a handler is a plain function: an async one can start a task of its own")
    return handler


def tell(handlers: list[Handler[E]], event: E) -> None:
    """Call every handler; one that fails is logged, and the others are called."""
    for handler in handlers:
        try:
            handler(event)
        except Exception as error:  # noqa: BLE001 - a listener must not fail a send
            log(ERROR, "a handler of %s failed: %s", type(event).__name__, type(error).__name__)


def log(level: int, text: str, *values: object) -> None:
    """Write to the library's log.

    A handler of the program's that fails, at a full disk or without a file left to open, must not
    fail a send either.
    """
    with suppress(Exception):
        logger.log(level, text, *values)


class Counters(msgspec.Struct):
    """Counts since the client was made.

    Attributes:
        requests: HTTP requests, retries and those answered 429 included.
        throttled: answers that said "too fast".
        retries: attempts after a failure, waits for 429s not counted.
        accepted: creations that Twilio accepted.
        refused: creations that Twilio refused.
        not_sent: creations that were certainly not sent.
        unknown: creations of which nobody knows.
        late: calls that ended after their caller had given up.
    """

    requests: int = 0
    throttled: int = 0
    retries: int = 0
    accepted: int = 0
    refused: int = 0
    not_sent: int = 0
    unknown: int = 0
    late: int = 0


class Stats(Counters):
    """The counters, and what is going on now.

    Attributes:
        in_flight: calls under way.
        in_flight_limit: how many may be.
        waiting: calls that wait for a lane or a place.
        pending_late: calls that still run though their caller has given up.
        retry_quota: tokens left for retries of reads and repeatable calls.
        breakers_open: circuit breakers that hold creations back.
    """

    in_flight: int = 0
    in_flight_limit: int = 0
    waiting: int = 0
    pending_late: int = 0
    retry_quota: int = 0
    breakers_open: int = 0
