"""The sends of one outbox that are under way: one task a key, whoever asks for it."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from functools import partial

from ..client import ClientView
from ..errors import ClientClosed, InvalidInput, KeyReused, OutcomeUnknown
from ..models import MessageDraft
from ..resources.messages import creation
from .entries import Wanted
from .policy import SendPolicy
from .prints import Prints
from .results import OutboxResult
from .rules import date, give_up
from .sending import Sending
from .store import Store

_LONGEST_KEY = 255
_INFINITE = float("inf")


class Delivery:
    """Begins sends, and has those who ask for the same key wait for one another."""

    def __init__(
        self,
        store: Store,
        client: ClientView,
        policy: SendPolicy,
        settles: Callable[[OutcomeUnknown, str], None],
        *,
        repeat: bool,
    ) -> None:
        self._store = store
        self._client = client
        self._clock = client.clock
        self._policy = policy
        self._settles = settles
        self._repeat = repeat
        self._under_way: dict[str, Sending] = {}
        # Attempts that ended before Twilio's time was known, by key and claim: when they began and
        # ended, by the monotonic clock.
        self._undated: dict[tuple[str, int], tuple[float, float]] = {}
        self._place: tuple[int, asyncio.AbstractEventLoop] | None = None
        self._closed = False

    @property
    def under_way(self) -> int:
        """How many sends are."""
        return len(self._under_way)

    async def date(self) -> None:
        """Write down when attempts began and ended that were over before Twilio's time was known."""
        server = self._client.sends.server
        if server.now_low() is None:
            return
        for (key, attempt), (began, ended) in list(self._undated.items()):
            first, last = server.bounds(began), server.bounds(ended)
            if first is not None and last is not None:  # else the machine slept since: see `bury`
                work = partial(date, key=key, attempt=attempt, earliest=first[0], latest=last[1])
                await self._store.write(work)
            self._undated.pop((key, attempt), None)

    async def deliver(
        self, draft: MessageDraft, key: str, ttl: float, wait: float | None
    ) -> OutboxResult:
        """Send a message under a key, or learn what became of it. What it raises: `Outbox.send`."""
        _check(key, ttl, wait)
        self._adopt()
        if wait is None:
            wait = self._client.options.timeout
        due = _INFINITE if wait is None else self._clock.monotonic() + wait
        return await self._told(await self._sending(draft, key, ttl, due))

    async def _sending(self, draft: MessageDraft, key: str, ttl: float, due: float) -> Sending:
        call = creation(draft)
        prints = Prints(await self._store.secret())
        wanted = Wanted(
            key=key,
            digest=prints.message(call.body),
            evidence=prints.evidence(call.body, self._client.sends.realm),
            now=self._clock.time(),
            ttl=ttl,
            attempt_time=self._client.options.attempt_timeout.total,
            repeat=self._repeat,
            forbidden=self._policy.forbidden(draft.to),
            limits=self._policy.limits(draft.to, prints),
        )
        return Sending(self._store, self._client, wanted, call, due, self._settles, self._undated)

    async def _told(self, sending: Sending) -> OutboxResult:
        """Begin a task for the key, or wait for the one that there is and ask the key again."""
        key = sending.key
        while (other := self._under_way.get(key)) is not None:
            if other.wanted.digest != sending.wanted.digest:
                raise KeyReused("the key is in use for another message")
            if not await self._ends(other, sending.due):
                error = OutcomeUnknown("another call sends this message; no time is left to wait")
                self._settles(error, key)
                raise error
        if self._closed:
            raise ClientClosed("the outbox is closed")
        self._under_way[key] = sending
        sending.begin()
        sending.task.add_done_callback(lambda _: self._ended(sending))
        return await sending.told  # who leaves it leaves the task as it is

    def _ended(self, sending: Sending) -> None:
        if self._under_way.get(sending.key) is sending:
            del self._under_way[sending.key]
        if sending.task.cancelled():  # perhaps before its first step
            sending.tell(ClientClosed("the outbox is closed"))

    async def _ends(self, other: Sending, due: float) -> bool:
        """Wait for another call's end; False if there is no time for that."""
        over = asyncio.Event()
        left = due - self._clock.monotonic()
        timer = self._clock.call_later(left, over.set) if left < _INFINITE else None
        ringing = asyncio.ensure_future(over.wait())
        try:
            await asyncio.wait((other.task, ringing), return_when=asyncio.FIRST_COMPLETED)
        finally:
            ringing.cancel()
            if timer is not None:
                timer.cancel()
        return other.task.done()

    def _adopt(self) -> None:
        """A later loop, or a child process, has no part in what was under way before."""
        if self._closed:
            raise ClientClosed("the outbox is closed")
        place = os.getpid(), asyncio.get_running_loop()
        if place == self._place:
            return
        if self._place is not None and not self._place[1].is_running():
            for key in self._under_way:  # a loop that was left without ending its tasks
                self._store.post(partial(give_up, key=key, now=self._clock.time(), until=None))
        self._place, self._under_way = place, {}

    async def finish(self, grace: float) -> None:
        """Begin no more sends, wait for those under way, and give up the others."""
        self._closed = True
        if self._place != (os.getpid(), asyncio.get_running_loop()):
            return
        tasks = [sending.task for sending in self._under_way.values()]
        if tasks:
            _, left = await asyncio.wait(tasks, timeout=grace)
            for task in left:
                task.cancel()
            if left:
                await asyncio.wait(left)


def _check(key: object, ttl: float, wait: float | None) -> None:
    if not isinstance(key, str) or not 0 < len(key) <= _LONGEST_KEY:
        raise InvalidInput(f"must be a text of 1 to {_LONGEST_KEY} characters", field="key")
    if not 0 < ttl < _INFINITE:
        raise InvalidInput("must be seconds above 0", field="ttl")
    if wait is not None and not wait > 0:
        raise InvalidInput("must be seconds above 0", field="timeout")
