"""What the pipeline tells whoever remembers this account's creations of messages.

The memory is asked by settling: a sid that a creation returned is evidence of nothing else, and a
send whose outcome is unknown competes for what Twilio lists. These methods stand between an answer
and its outcome: none of them raises, waits, imports or opens anything.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from ..errors import OutcomeUnknown
from ..operation import Call


class Sends(Protocol):
    """A memory of creations. All moments are the clock's monotonic ones.

    *kept* says that a ledger or an outbox keeps the send: what becomes of it is written there.
    """

    def answered(self, headers: Mapping[str, str], sent_at: float, now: float) -> None:
        """An answer, of whatever status, came to a request that was sent at *sent_at*."""
        ...

    def made(
        self, call: Call[Any], value: object, sent_at: float, now: float, *, kept: bool
    ) -> bool:
        """A creation was answered by what it made; False if an earlier one was given the same sid."""
        ...

    def doubted(
        self, call: Call[Any], error: OutcomeUnknown, sent_at: float, now: float, *, kept: bool
    ) -> None:
        """An attempt at a creation ended, or was left by its caller, and nobody knows its outcome."""
        ...

    def ended(
        self,
        call: Call[Any],
        value: object,
        error: BaseException | None,
        sent_at: float,
        now: float,
        *,
        kept: bool,
    ) -> None:
        """A creation that its caller had left has ended: with what it made, or with an error."""
        ...

    def of_account(self, account_sid: str) -> Sends:
        """The memory of another account, over the same connections."""
        ...
