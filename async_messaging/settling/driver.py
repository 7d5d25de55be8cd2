"""The one driver of the rules: when the list is read, and what a verdict makes of an attempt.

What becomes of what (T7, T8, T10) is drawn in `states`.

*When.* An attempt is due `settle` after its latest end, and `scan_interval` after a look that counted,
both by Twilio's clock. What the second look adds: a stale replica or a lost page must repeat itself.
What it can't add is lag; canaries find that (see `listing`).

*Under one lock.* The list is read first. Then, with the lock of the folder, the database or the client
held, open attempts are read, then claimed sids; the rules run, and what they find is written with its
claim. Whoever accepts a message commits that before its attempt is open no more, so each sid is seen as
claimed, or its attempt as live.

A sid that an answer named is fetched once; if that fails, nothing is lost: the list is read all the
same.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Sequence
from contextlib import AbstractContextManager
from typing import Protocol

import msgspec

from ..errors import MessagingError, SettingsError
from ..models import Message
from ..resources.messages import Messages
from .attempts import Attempts, Change, OpenAttempt, Reading, Standing
from .changes import Policy, changes_by, due_at, unread
from .contents import Contents
from .listing import UNDATED, Lists
from .server_clock import ServerClock

_AT_ONCE = 512
_CANARIES = 20
_AGAIN = 5.0
"""Seconds until a list that could not be read is asked for again, at least."""


class Step(msgspec.Struct, frozen=True):
    """What one step did: the changes that were written, and seconds until more is due, None when nothing is unknown."""

    changes: tuple[Change, ...]
    wait: float | None


class Beside(Protocol):
    """Sends that are kept elsewhere and compete: those of the client that settles a ledger.

    Attributes:
        claimed: messages that are given to somebody else's attempts.
    """

    claimed: set[str]

    @property
    def lock(self) -> AbstractContextManager[object]:
        """Held from reading how they stand until what was given is claimed."""
        ...

    def standing(self, to: Collection[str]) -> Standing:
        """Open attempts to these numbers, none of them own."""
        ...


class Settler:
    """Settles the attempts of one ledger, outbox or client. Made by `ClientView.settler`."""

    def __init__(
        self,
        attempts: Attempts,
        messages: Messages,
        contents: Contents,
        clock: ServerClock,
        policy: Policy,
        *,
        realm: str,
        beside: Beside | None = None,
    ) -> None:
        self._attempts = attempts
        self._messages = messages
        self._contents = contents
        self._clock = clock
        self.policy: Policy = policy
        self._realm = realm
        self._beside = beside
        self._too_long = 0

    async def step(self, *, at_once: bool = False, held: bool = False) -> Step:
        """Do what is due; attempts of another realm are a `SettingsError`.

        Args:
            at_once: look for evidence though nothing is due; then an error of the list is raised.
            held: look for late evidence of held attempts too; an error is raised as well.
        """
        self._check_realm()
        known = await self._attempts.due(held=held)
        changes: list[Change] = []
        if self.policy.on_unknown == "repeat":
            changes += await self._repeat([one for one in known if not one.held])
            known = [one for one in known if one.held]
        now = 0.0 if at_once or not known else await self._now()
        asked = [one for one in known if at_once or one.held or due_at(one, self.policy) <= now]
        error: MessagingError | None = None
        if asked:
            found, error = await self._look(asked)
            changes += found
        if error is not None:
            changes += await self._not_read(asked, error)
            if at_once or held:
                raise error
        left = await self._attempts.due()
        return Step(tuple(changes), self._wait(left, looked=bool(asked)) if left else None)

    def _check_realm(self) -> None:
        if self._attempts.realm != self._realm:
            raise SettingsError(
                f"these messages were sent in {self._attempts.realm or 'an unknown account'!r}, "
                f"and this client is of {self._realm!r}: its list says nothing about them"
            )

    async def _now(self) -> float:
        """Twilio's time, at least; asked for if no answer has told it yet."""
        if (now := self._clock.now_low()) is None:
            await self._messages.list(page_size=1).page()
            now = self._clock.now_low()
        return math.inf if now is None else now  # no date at all: look, and say so

    def _wait(self, left: Sequence[OpenAttempt], *, looked: bool) -> float:
        now, again = self._clock.now_low(), min(_AGAIN, self.policy.scan_interval)
        due = min(due_at(one, self.policy) for one in left)
        if now is None or due == math.inf:
            return again if due == math.inf else self.policy.scan_interval
        # Dates of answers are whole seconds: before that second a look would not count.
        return max(again if looked else 0.0, math.ceil(due) - now)

    async def _repeat(self, unknown: Sequence[OpenAttempt]) -> list[Change]:
        why = "repeated at once, as asked"
        return await self._each(unknown, lambda one: Change(attempt=one, state="READY", why=why))

    async def _each(
        self, some: Sequence[OpenAttempt], change: Callable[[OpenAttempt], Change]
    ) -> list[Change]:
        """Change each of these own attempts, whatever the list says, as it stands by now."""
        keys = {one.key for one in some}

        def decide(standing: Standing) -> list[Change]:
            return [change(one) for one in standing.attempts if one.own and one.key in keys]

        return await self._concluded({one.to for one in some}, lambda _to: decide)

    async def _look(
        self, asked: Sequence[OpenAttempt]
    ) -> tuple[list[Change], MessagingError | None]:
        """Follow hints, then read the list for whoever is left."""
        keys = {one.key for one in asked}
        await self._contents.learn(asked)
        changes = await self._follow_hints([one for one in asked if one.hint])
        keys -= {change.attempt.key for change in changes}
        numbers = {one.to for one in asked if one.key in keys}
        if not numbers:
            return changes, None
        since = min((one.earliest for one in asked if one.bounds != "blind"), default=math.inf)
        until = (self._clock.now_low() or 0.0) - self.policy.settle
        canaries = await self._attempts.canaries(since, until, _CANARIES) if since < until else ()
        lists = Lists(self._messages, canaries)
        await lists.read(numbers, too_long=self._too_long)
        self._too_long = lists.too_long
        changes += await self._concluded(
            numbers, lambda to: self._decider(lists.readings(to), keys)
        )
        return changes, lists.error

    async def _follow_hints(self, hinted: Sequence[OpenAttempt]) -> list[Change]:
        """Fetch the messages that answers named; one that can't be had changes nothing."""
        found: list[Message] = []
        numbers: set[str] = set()
        for attempt in hinted:
            try:
                found.append(await self._messages.fetch(attempt.hint))
            except (MessagingError, ValueError):
                continue  # the list may have it
            numbers.add(attempt.to)
        reading = Reading(messages=found, date=UNDATED, complete=False)
        keys = {one.key for one in hinted}
        return await self._concluded(numbers, lambda to: self._decider([(to, reading)], keys))

    async def _concluded(
        self,
        numbers: Collection[str],
        decider: Callable[[Collection[str]], Callable[[Standing], list[Change]]],
    ) -> list[Change]:
        """Decide and write, for some hundred numbers at a time."""
        changes: list[Change] = []
        in_order = sorted(numbers)
        for start in range(0, len(in_order), _AT_ONCE):
            to = in_order[start : start + _AT_ONCE]
            changes += await self._conclude(to, decider(to))
        return changes

    async def _conclude(
        self, to: Collection[str], decide: Callable[[Standing], list[Change]]
    ) -> Sequence[Change]:
        """The same, the client's own sends considered: what is given here, they can't have."""
        beside = self._beside
        if beside is None:
            return await self._attempts.conclude(to, decide)
        given: set[str] = set()

        def among_others(own: Standing) -> list[Change]:
            with beside.lock:
                changes = decide(_both(own, beside.standing(to)))
                given.update(_sids_of(changes))
                beside.claimed |= given
                return changes

        written: Sequence[Change] = ()
        try:
            written = await self._attempts.conclude(to, among_others)
        finally:
            beside.claimed -= given - _sids_of(written)
        return written

    def _decider(
        self, readings: Sequence[tuple[Collection[str], Reading]], keys: Collection[object]
    ) -> Callable[[Standing], list[Change]]:
        """Decides about the attempts asked for, by what was read of their numbers."""
        allowance = self._clock.allowance

        def decide(standing: Standing) -> list[Change]:
            changes: list[Change] = []
            standing = self._contents.read(standing)
            for to, reading in readings:
                changes += changes_by(reading, standing, to, keys, self.policy, allowance)
            return changes

        return decide

    async def _not_read(self, asked: Sequence[OpenAttempt], error: MessagingError) -> list[Change]:
        """The list can't be read: for now, or at all, which is a look that decides nothing."""
        if not (error.outcome == "refused" or error.stops):
            return []
        now = await self._now()
        due = [one for one in asked if not one.held and due_at(one, self.policy) <= now]
        why = f"Twilio's list can't be read: {error}"
        return await self._each(due, lambda one: unread(one, why, now))


def _sids_of(changes: Sequence[Change]) -> set[str]:
    return {change.message.sid for change in changes if change.message is not None}


def _both(own: Standing, other: Standing) -> Standing:
    return Standing(
        attempts=(*own.attempts, *other.attempts),
        claimed=lambda sids: {*own.claimed(sids), *other.claimed(sids)},
        witnesses=lambda sids: {**other.witnesses(sids), **own.witnesses(sids)},
        readable=own.readable and other.readable,
    )
