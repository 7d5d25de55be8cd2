"""What has arrived on phones, as the simulator knows it. Runs in the simulator's thread.

A message has arrived once Twilio has taken it: nobody waits for the second or two of its delivery.
A scheduled one arrives when it is due. One that will fail, stay undelivered or is canceled never does.
Each message is looked at once a question, so that a test may send many.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from itertools import islice
from operator import attrgetter
from typing import Any

import msgspec

from ..codec.masking import mask_number
from ..simulator import Simulator
from ..simulator.accounts import Account
from ..simulator.inbox import describe
from ..simulator.records import StoredMessage
from .arrived import ArrivedMessage

_SHOWN = 10
_REACHED = frozenset({"delivered", "read", "sent"})


class MessageNotReceived(AssertionError):
    """No message that a test waited for has arrived in time."""


class Wanted(msgspec.Struct, frozen=True):
    """Which message a test waits for; what is None does not matter."""

    to: str | None = None
    from_: str | None = None
    matching: str | re.Pattern[str] | None = None

    def concerns(self, message: StoredMessage) -> bool:
        """Whether the numbers are the wanted ones; this comes first, since it costs nothing."""
        return self.to in (None, message.to) and self.from_ in (None, message.from_)

    def fits(self, text: str) -> bool:
        """Whether the text is a wanted one."""
        if isinstance(self.matching, re.Pattern):
            return self.matching.search(text) is not None
        return self.matching is None or self.matching in text

    def __str__(self) -> str:
        parts = [
            f"{word} {mask_number(number)}"
            for word, number in (("to", self.to), ("from", self.from_))
            if number is not None
        ]
        return " ".join([*parts, *(["that matches"] if self.matching is not None else [])])


class Phones:
    """All phones of one simulator; messages that `take` gave are given no more."""

    def __init__(self, simulator: Simulator) -> None:
        self._simulator = simulator
        self._begin()

    def _begin(self) -> None:
        self._read: dict[Account, int] = {}
        self._coming: list[StoredMessage] = []
        self._due: list[StoredMessage] = []
        self._cleared = 0
        self._taken: set[str] = set()

    def arrived(self) -> list[ArrivedMessage]:
        """Everything that has arrived since `clear`, oldest first."""
        self._look()
        return [self._shown(one) for one in self._due[self._cleared :] if self._reaches(one)]

    def clear(self) -> None:
        """Forget what has arrived so far."""
        self._look()
        self._cleared = len(self._due)

    def take(self, wanted: Wanted, place: int = 0) -> ArrivedMessage | None:
        """The oldest message, from a place on, that is wanted and was not taken yet."""
        for message in islice(self._due, max(place, self._cleared), None):
            if message.sid in self._taken or not wanted.concerns(message):
                continue
            if self._reaches(message) and wanted.fits((shown := self._shown(message)).body):
                self._taken.add(message.sid)
                return shown
        return None

    async def wait_for(self, wanted: Wanted, timeout: float) -> ArrivedMessage:  # noqa: ASYNC109 - a test's own limit
        """The next such message, as soon as it has arrived; `MessageNotReceived` after so many seconds."""
        found, seen, place = list[ArrivedMessage](), self._due, 0

        def holds() -> bool:
            nonlocal seen, place
            self._look()
            if seen is not self._due:  # the simulator was reset
                seen, place = self._due, 0
            found.extend(filter(None, [self.take(wanted, place)]))
            place = len(self._due)
            return bool(found)

        try:
            async with asyncio.timeout(timeout):
                await self._simulator.wait_until(holds)
        except TimeoutError:
            raise MessageNotReceived(self._explanation(wanted, timeout)) from None
        return found[0]

    def _look(self) -> None:
        """Take in what was sent, and what has become due, since the last look."""
        accounts = set(self._simulator.world.accounts.values())
        if not self._read.keys() <= accounts:
            self._begin()  # the simulator was reset
        for account in accounts:
            new = account.since(self._read.get(account, 0))
            self._coming += [one for one in new if one.direction != "inbound"]
            self._read[account] = len(account.messages)
        if self._coming:
            now = self._simulator.world.clock.time()
            due = [message for message in self._coming if message.start <= now]
            self._due += sorted(due, key=attrgetter("start"))
            self._coming = [message for message in self._coming if message.start > now]

    def _reaches(self, message: StoredMessage) -> bool:
        return self._simulator.world.moment(message, float("inf")).status in _REACHED

    def _shown(self, message: StoredMessage) -> ArrivedMessage:
        """The message as its phone shows it: with its sender, also where Twilio does not tell it yet."""
        world = self._simulator.world
        shown = describe(world, message, world.clock.time(), self._simulator.url)
        fields: dict[str, Any] = msgspec.structs.asdict(shown)
        fields["from_"] = message.from_
        return ArrivedMessage(**fields)

    def _explanation(self, wanted: Wanted, timeout: float) -> str:
        arrived = self.arrived()
        lost = len(self._due) - self._cleared - len(arrived)
        scheduled = sum(self._reaches(message) for message in self._coming)
        said = [f"no message {wanted}".rstrip() + f" has arrived in {timeout:g} s"]
        said.append(f"{len(arrived)} others have" + (":" if arrived else ""))
        said += [f"  {message!r}{self._note(message)}" for message in arrived[-_SHOWN:]]
        if len(arrived) > _SHOWN:
            said.append(f"  and {len(arrived) - _SHOWN} before them")
        said += [f"{lost} never will: failed, undelivered or canceled"] * bool(lost)
        said += [f"{scheduled} are scheduled: twilio.clock.advance(seconds)"] * bool(scheduled)
        return "\n".join([*said, *self._refusals()])

    def _note(self, message: ArrivedMessage) -> str:
        return " (a test has it already)" if message.sid in self._taken else ""

    def _refusals(self) -> Iterator[str]:
        for (status, code), times in sorted(self._simulator.answers.items()):
            if not 200 <= status < 300:
                answer = f"{status} with code {code}" if status else "no answer"
                yield f"sends that got {answer}: {times}"
