"""What an outbox tells: how a send ended, what is held, how many keys are in which state."""

from __future__ import annotations

import msgspec

from ..models import Shown


class OutboxResult(Shown, frozen=True, kw_only=True):
    """A message that Twilio accepted under a key, now or earlier.

    Attributes:
        key: the key.
        sid: the message's sid; empty where a person decided to take it for sent.
        status: its status when it was accepted; ``assumed_sent`` where a person decided that.
        at: when its outcome was known, seconds since 1970.
        again: whether an earlier call, or another one at the same time, sent it.
    """

    key: str
    sid: str
    status: str
    at: float
    again: bool = False


class HeldKey(Shown, frozen=True, kw_only=True):
    """A key whose outcome can't be found out: a person decides (`Outbox.decide`).

    Attributes:
        key: the key.
        reason: why, without numbers and texts.
        since: when its attempt began, seconds since 1970.
    """

    key: str
    reason: str
    since: float


class OutboxCounts(msgspec.Struct, frozen=True, kw_only=True):
    """Keys by what is known of them.

    Attributes:
        accepted: Twilio has the message.
        refused: Twilio refused it.
        ready: certainly not sent; the next call under the key sends it.
        under_way: a call is under way.
        unknown: perhaps sent; being checked.
        held: perhaps sent; a person decides.
        assumed_sent: a person decided that it was sent.
    """

    accepted: int = 0
    refused: int = 0
    ready: int = 0
    under_way: int = 0
    unknown: int = 0
    held: int = 0
    assumed_sent: int = 0

    @property
    def total(self) -> int:
        """All keys."""
        return sum(msgspec.structs.astuple(self))


class Settled(msgspec.Struct, frozen=True, kw_only=True):
    """What one pass of settling did.

    Attributes:
        accepted: keys whose message was found.
        ready: keys whose message was not; the next call under the key sends it.
        held: keys that a person has to decide.
        unknown: keys that are still unknown.
        wait: seconds until something more is due; None when no key is unknown.
    """

    accepted: int = 0
    ready: int = 0
    held: int = 0
    unknown: int = 0
    wait: float | None = None
