"""What has arrived on phones, as the simulator knows it. Runs in the simulator's thread.

A message has arrived once Twilio has taken it: nobody waits for the second or two of its delivery.
A scheduled one arrives when it is due. One that will fail, stay undelivered or is canceled never does.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from operator import attrgetter

import msgspec

from ..codec.masking import mask_number
from ..simulator import Simulator
from ..simulator.inbox import describe
from ..simulator.records import StoredMessage
from .arrived import ArrivedMessage

__all__ = ["MessageNotReceived", "Phones", "Wanted"]

_SHOWN = 10
_REACHED = frozenset({"delivered", "read", "sent"})


class MessageNotReceived(AssertionError):
    """No message that a test waited for has arrived in time."""


class Wanted(msgspec.Struct, frozen=True):
    """Which message a test waits for; what is None does not matter."""

    to: str | None = None
    from_: str | None = None
    matching: str | re.Pattern[str] | None = None

    def fits(self, message: ArrivedMessage) -> bool:
        """Whether it is such a message."""
        if self.to not in (None, message.to) or self.from_ not in (None, message.from_):
            return False
        if isinstance(self.matching, re.Pattern):
            return self.matching.search(message.body) is not None
        return self.matching is None or self.matching in message.body

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
        self._taken: set[str] = set()
        self._cleared: set[str] = set()

    def arrived(self) -> list[ArrivedMessage]:
        """Everything that has arrived since `clear`, oldest first."""
        world, url = self._simulator.world, self._simulator.url
        now = world.clock.time()
        return [
            ArrivedMessage(**msgspec.structs.asdict(describe(world, message, now, url)))
            for message in self._stored()
            if message.start <= now and self._reaches(message)
        ]

    def clear(self) -> None:
        """Forget what has arrived so far."""
        self._cleared.update(message.sid for message in self.arrived())

    def take(self, wanted: Wanted) -> ArrivedMessage | None:
        """The oldest message that is wanted and was not taken yet."""
        for message in self.arrived():
            if message.sid not in self._taken and wanted.fits(message):
                self._taken.add(message.sid)
                return message
        return None

    async def wait_for(self, wanted: Wanted, timeout: float) -> ArrivedMessage:  # noqa: ASYNC109 - a test's own limit
        """The next such message, as soon as it has arrived.

        Raises:
            MessageNotReceived: none has, in so many seconds.
        """
        found = list[ArrivedMessage]()

        def holds() -> bool:
            found.extend(filter(None, [self.take(wanted)]))
            return bool(found)

        try:
            async with asyncio.timeout(timeout):
                await self._simulator.wait_until(holds)
        except TimeoutError:
            raise MessageNotReceived(self._explanation(wanted, timeout)) from None
        return found[0]

    def _stored(self) -> Iterator[StoredMessage]:
        """What was sent to phones and is not cleared, in the order of its coming about."""
        accounts = self._simulator.world.accounts.values()
        messages = [message for account in accounts for message in account.since(0)]
        for message in sorted(messages, key=attrgetter("start")):
            if message.direction != "inbound" and message.sid not in self._cleared:
                yield message

    def _reaches(self, message: StoredMessage) -> bool:
        return self._simulator.world.moment(message, float("inf")).status in _REACHED

    def _explanation(self, wanted: Wanted, timeout: float) -> str:
        arrived, stored = self.arrived(), list(self._stored())
        lost = sum(not self._reaches(message) for message in stored)
        scheduled = len(stored) - lost - len(arrived)
        said = [f"no message {wanted}".rstrip() + f" has arrived in {timeout:g} s"]
        said.append(f"{len(arrived)} others have" + (":" if arrived else ""))
        said += [f"  {message!r}{self._note(message)}" for message in arrived[-_SHOWN:]]
        if len(arrived) > _SHOWN:
            said.append(f"  and {len(arrived) - _SHOWN} before them")
        said += [f"{lost} never will: failed, undelivered or canceled"] * bool(lost)
        said += [f"{scheduled} are scheduled: twilio.clock.advance(seconds)"] * bool(scheduled)
        said += self._refusals()
        return "\n".join(said)

    def _note(self, message: ArrivedMessage) -> str:
        return " (a test has it already)" if message.sid in self._taken else ""

    def _refusals(self) -> Iterator[str]:
        for (status, code), times in sorted(self._simulator.answers.items()):
            if not 200 <= status < 300:
                answer = f"{status} with code {code}" if status else "no answer"
                yield f"sends that got {answer}: {times}"
