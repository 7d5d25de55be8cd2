"""A simulator for one test, in a thread and an event loop of its own.

So it answers whatever the test does: blocks in a sync call, runs a loop, or several. Calls into it are
carried over to its thread. The thread ends with the test, since programs that fork want no others.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable, Generator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import Any, TypeVar

import pytest
from anyio.from_thread import BlockingPortal, start_blocking_portal

from ..client import MessagingClient
from ..simulator import (
    Accepted,
    Callback,
    Faults,
    InboxMessage,
    RunningClock,
    Simulator,
    Stats,
    Webhook,
)
from ..simulator.accounts import MAGIC_SENDER
from .official import redirected


class LentClient(MessagingClient):
    """A `MessagingClient` that is closed from outside, on the loop on which it was used.

    A sync fixture can make it, whatever runs the test's loop: pytest-asyncio, anyio's plugin, or the
    test itself.
    """

    def settle(self) -> None:
        """Close it from outside of a loop, when the test is over.

        A loop that was closed meanwhile has closed what it held.
        """
        loop = self._pipeline.shared.loop
        if loop is None or loop.is_closed():
            return
        if loop.is_running():
            asyncio.run_coroutine_threadsafe(self.close(), loop).result(15)
        else:
            loop.run_until_complete(self.close())


T = TypeVar("T")

_OTHER_WAYS = (
    *("TWILIO_API_KEY", "TWILIO_API_KEY_SECRET", "TWILIO_API_KEY_SECRET_FILE"),
    *("TWILIO_CLIENT_ID", "TWILIO_CLIENT_SECRET", "TWILIO_CLIENT_SECRET_FILE"),
    *("TWILIO_AUTH_TOKEN_FILE", "TWILIO_EDGE", "TWILIO_REGION"),
)
"""Variables that would lead a client elsewhere, or give it other credentials."""


class SimulatedTwilio:
    """What the fixture `twilio` gives: a running simulator, with its own clock.

    Attributes:
        simulator: the simulator itself, which belongs to its own thread: read from it, and change it
            through `call`.
        clock: runs as the machine's, and can be moved: ``twilio.clock.advance(3600)``.
        number: a number that may send.
    """

    def __init__(self, simulator: Simulator, clock: RunningClock, portal: BlockingPortal) -> None:
        self.simulator: Simulator = simulator
        self.clock: RunningClock = clock
        self.number: str = MAGIC_SENDER
        self._portal = portal

    def __repr__(self) -> str:
        return f"<SimulatedTwilio at {self.url}, {self.accepted} accepted>"

    @property
    def url(self) -> str:
        """The origin that stands for every host of Twilio's."""
        return self.simulator.url

    @property
    def account_sid(self) -> str:
        """The account's sid."""
        return self.simulator.account_sid

    @property
    def auth_token(self) -> str:
        """The account's token, which signs callbacks too."""
        return self.simulator.auth_token

    @property
    def faults(self) -> Faults:
        """What goes wrong; set it to a specification: ``twilio.faults = "429=5%"``, or ``""``."""
        return self.simulator.faults

    @faults.setter
    def faults(self, faults: str | Faults) -> None:
        self.call(lambda: setattr(self.simulator, "faults", faults))

    @property
    def webhook(self) -> str:
        """Where what phones write is posted to; set it to a URL on this machine."""
        return self.call(lambda: self.simulator.world.webhooks.inbound(self.number, None).url)

    @webhook.setter
    def webhook(self, url: str) -> None:
        self.call(lambda: self.simulator.world.webhooks.put("*", Webhook(url=url)))

    @property
    def accepted(self) -> int:
        """How many messages were accepted."""
        return self.simulator.accepted

    @property
    def requests(self) -> int:
        """How many sends came in, refused ones included."""
        return self.simulator.requests

    @property
    def messages(self) -> tuple[Accepted, ...]:
        """Every accepted message with its present status, oldest first."""
        return self.call(lambda: self.simulator.messages)

    @property
    def inbox(self) -> tuple[InboxMessage, ...]:
        """Every message that was sent or received, whatever became of it, oldest first."""
        return self.call(lambda: self.simulator.inbox)

    @property
    def callbacks(self) -> tuple[Callback, ...]:
        """The requests to your webhooks, oldest first."""
        return self.call(lambda: self.simulator.callbacks)

    @property
    def duplicates(self) -> int:
        """How many accepted messages repeat the recipient and the text of an earlier one."""
        return self.call(lambda: self.simulator.duplicates)

    @property
    def stats(self) -> Stats:
        """All counts."""
        return self.call(lambda: self.simulator.stats)

    def deliver(self) -> None:
        """Bring every message that is under way to its end: the clock moves as far as that takes.

        Scheduled messages stay scheduled.
        """
        self.call(self._deliver)

    def mark(self, sid: str, status: str, error_code: int = 0) -> None:
        """End a message as `delivered`, `undelivered` or `failed`, or mark a delivered one `read`.

        Raises:
            ValueError: there is no such message, it has come to its end, or the code doesn't fit.
        """
        self.call(lambda: self.simulator.mark(sid, status, error_code))

    def reset(self) -> None:
        """Forget messages, callbacks, opt-outs and counts."""
        self.call(self.simulator.reset)

    async def callbacks_done(self, timeout: float = 10.0) -> None:  # noqa: ASYNC109 - a test's own limit
        """Return when every callback that is due has been answered, or has failed.

        Raises:
            TimeoutError: not in so many seconds.
        """
        done = partial(self.simulator.wait_until, self._is_quiet)
        await asyncio.wait_for(self.wait(done), timeout)

    def call(self, function: Callable[[], T]) -> T:
        """Run a function in the simulator's thread, between two of its requests."""
        return self._portal.call(function)

    def run(self, function: Callable[[], Awaitable[T]]) -> T:
        """Run a coroutine function in the simulator's thread; blocks until it is over."""
        return self._portal.call(function)

    async def wait(self, function: Callable[[], Awaitable[T]]) -> T:
        """Run a coroutine function in the simulator's thread, while this event loop goes on."""
        return await asyncio.wrap_future(self._portal.start_task_soon(function))

    def client(self, **options: Any) -> LentClient:
        """A client of it; *options* go to `MessagingClient`."""
        return LentClient(
            account_sid=self.account_sid, auth_token=self.auth_token, base_url=self.url, **options
        )

    def _deliver(self) -> None:
        while (until := self._under_way_until()) is not None:
            self.clock.advance(max(0.0, until - self.clock.time()) + 0.001)

    def _under_way_until(self) -> float | None:
        world = self.simulator.world
        states = [
            world.moment(message)
            for account in world.accounts.values()
            for message in account.since(0)
        ]
        times = [one.until for one in states if one.until and one.status != "scheduled"]
        return max(times, default=None)

    def _is_quiet(self) -> bool:
        return self.simulator.world.outgoing.is_quiet(self.clock.time())


@contextmanager
def simulated(options: Mapping[str, Any]) -> Generator[SimulatedTwilio]:
    """A running simulator to which environment and official library point; *options* are its arguments but the clock."""
    clock = RunningClock()
    simulator = Simulator(clock=clock, **options)
    with start_blocking_portal() as portal, pytest.MonkeyPatch.context() as patch:
        portal.call(simulator.start)
        try:
            _point_environment(patch, simulator)
            with redirected(simulator.url):
                yield SimulatedTwilio(simulator, clock, portal)
        finally:
            portal.call(simulator.close)


def _point_environment(patch: pytest.MonkeyPatch, simulator: Simulator) -> None:
    for name in _OTHER_WAYS:
        patch.delenv(name, raising=False)
    patch.setenv("TWILIO_ACCOUNT_SID", simulator.account_sid)
    patch.setenv("TWILIO_AUTH_TOKEN", simulator.auth_token)
    patch.setenv("TWILIO_FROM", MAGIC_SENDER)
    patch.setenv("ASYNC_MESSAGING_BASE_URL", simulator.url)
    if any(name.lower().endswith("_proxy") for name in os.environ):
        for name in ("NO_PROXY", "no_proxy"):
            patch.setenv(name, ",".join(filter(None, (os.environ.get(name), "127.0.0.1"))))
