"""The inbox of a test: waits for messages, reads them, writes back. For async tests, and for sync ones.

Each message is handed out once: two `wait_for` give two messages. `len` and iteration show all that has
arrived since `clear`, whether it was handed out or not.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable, Iterator
from functools import partial

from ..simulator import Reply
from .arrived import ArrivedMessage
from .phones import Phones, Wanted
from .simulated import SimulatedTwilio

_PATIENCE = 5.0


class _Reader:
    """What both kinds share."""

    def __init__(self, twilio: SimulatedTwilio, phones: Phones) -> None:
        self._twilio = twilio
        self._phones = phones

    def __repr__(self) -> str:
        return f"<{type(self).__name__}, {len(self)} messages>"

    def __len__(self) -> int:
        return len(self.messages)

    def __iter__(self) -> Iterator[ArrivedMessage]:
        return iter(self.messages)

    @property
    def messages(self) -> list[ArrivedMessage]:
        """Every message that has arrived since `clear`, oldest first."""
        return self._twilio.call(self._phones.arrived)

    def clear(self) -> None:
        """Forget what has arrived so far. Scheduled messages still come."""
        self._twilio.call(self._phones.clear)


class Inbox(_Reader):
    """The inbox, for async tests."""

    async def wait_for(
        self,
        *,
        to: str | None = None,
        from_: str | None = None,
        matching: str | re.Pattern[str] | None = None,
        timeout: float = _PATIENCE,  # noqa: ASYNC109 - a test's own limit
    ) -> ArrivedMessage:
        """The oldest such message that was not handed out yet; waits until there is one.

        Args:
            to: the phone it came to.
            from_: who sent it.
            matching: a part of its text, or a compiled pattern to be found in it.
            timeout: real seconds to wait.

        Raises:
            MessageNotReceived: none has arrived in time; the text says what has.
        """
        wanted = Wanted(to, from_, matching)
        return await self._twilio.wait(partial(self._phones.wait_for, wanted, timeout))

    async def reply(
        self, *, from_: str, body: str = "", to: str | None = None, media: Iterable[str] = ()
    ) -> Reply:
        """Write as the phone *from_*. Returns when the webhook, if one is set, has answered.

        Args:
            from_: the phone.
            body: the text; STOP, START and HELP have their effect.
            to: the number it writes to; by default the one that wrote to it last.
            media: content types (``image/png``) or names of files that it attaches.

        Raises:
            ValueError: it can't be written, and why.
        """
        write = self._twilio.simulator.reply
        return await self._twilio.wait(partial(write, from_=from_, body=body, to=to, media=media))


class SyncInbox(_Reader):
    """The inbox, for sync tests: the same, and it blocks."""

    def wait_for(
        self,
        *,
        to: str | None = None,
        from_: str | None = None,
        matching: str | re.Pattern[str] | None = None,
        timeout: float = _PATIENCE,
    ) -> ArrivedMessage:
        """As `Inbox.wait_for`; a RuntimeError where an event loop runs, which would stand still."""
        _stand_still()
        wanted = Wanted(to, from_, matching)
        return self._twilio.run(partial(self._phones.wait_for, wanted, timeout))

    def reply(
        self, *, from_: str, body: str = "", to: str | None = None, media: Iterable[str] = ()
    ) -> Reply:
        """As `Inbox.reply`; a RuntimeError where an event loop runs, which would stand still."""
        _stand_still()
        write = self._twilio.simulator.reply
        return self._twilio.run(partial(write, from_=from_, body=body, to=to, media=media))


def _stand_still() -> None:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return
    raise RuntimeError("this would stop the event loop: use `await twilio_inbox...` here")
