"""What an outbox keeps of a key, and what is asked of it: plain values, the same for every store."""

from __future__ import annotations

from typing import Literal

import msgspec

from ..models import Shown
from .states import State

__all__ = ["NO_EVIDENCE", "Claim", "Entry", "Evidence", "Limit", "Outcome", "Verdict", "Wanted"]


class Evidence(Shown, frozen=True, kw_only=True):
    """What settling needs to find a message again. Kept only while its outcome is open.

    Attributes:
        to: the recipient.
        from_: the sender that the message names, if any.
        service: the messaging service that it names, if any.
        body: keyed hash of its text; empty where Twilio stores another text than was sent.
        media: how many media it has.
        hidden: Twilio stores its number masked.
    """

    to: str = ""
    from_: str = ""
    service: str = ""
    body: str = ""
    media: int = 0
    hidden: bool = False


NO_EVIDENCE = Evidence()


class Entry(Shown, frozen=True, kw_only=True):
    """A key. Times are seconds since 1970.

    Attributes:
        key: the caller's.
        digest: keyed hash of the whole message.
        state: what is known of it.
        attempt: counts its claims; with `owner` it says whose an outcome is.
        owner: the outbox that made the last claim.
        expires_at: when it may be forgotten.
        intent_at: when its last claim was made.
        ended_at: when the attempt's end was noticed; None while it goes on.
        grace: how long after `ended_at` the attempt may still have been at work.
        sid: the message's sid.
        hint: a sid that stood in an answer which could not be read.
        status: the message's status when it was accepted.
        http: HTTP status of a refusal.
        code: Twilio's error code.
        kind: the class of a refusal.
        error: what went wrong, masked.
        negatives: scans of Twilio's list that did not find it.
        looks: scans that decided nothing.
        looked_at: when the last scan was that counted.
        evidence: what settling needs; `NO_EVIDENCE` once the outcome is known.
    """

    key: str
    digest: bytes
    state: State = "READY"
    attempt: int = 0
    owner: str = ""
    expires_at: float
    intent_at: float = 0.0
    ended_at: float | None = None
    grace: float = 0.0
    sid: str = ""
    hint: str = ""
    status: str = ""
    http: int | None = None
    code: int | None = None
    kind: str = ""
    error: str = ""
    negatives: int = 0
    looks: int = 0
    looked_at: float = 0.0
    evidence: Evidence = NO_EVIDENCE


class Limit(msgspec.Struct, frozen=True):
    """A rule that counts.

    Attributes:
        rule: its name.
        subject: keyed hash of what it counts for.
        most: messages at most
        window: within so many seconds.
    """

    rule: str
    subject: bytes
    most: int
    window: float


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """A message that is to be sent under a key.

    Attributes:
        attempt_time: seconds that one attempt may take in all.
        repeat: whether what is unknown is sent again at once.
        forbidden: the rule that forbids it whatever was sent before, if any.
        limits: the rules that count.
    """

    key: str
    digest: bytes
    evidence: Evidence
    now: float
    ttl: float
    attempt_time: float
    repeat: bool = False
    forbidden: str = ""
    limits: tuple[Limit, ...] = ()


Verdict = Literal["send", "known", "reused", "under_way", "unknown", "blocked"]
"""What a key says to a caller: send it now; it has an outcome; it is another message's; its call is
under way; nobody knows; a rule forbids it."""


class Claim(msgspec.Struct, frozen=True):
    """The answer to `Wanted`; *rule* is set where one forbids it."""

    verdict: Verdict
    entry: Entry
    rule: str = ""


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """How an attempt ended, or what was found out about it.

    Attributes:
        key: the key.
        attempt: its claim's number.
        owner: whose claim it was.
        state: what the key is to become.
        at: when.
        grace: seconds after *at* in which the attempt may still be at work.
        sid: the message's, if it was accepted.
        hint: a sid that stood in an answer which could not be read.
        status: the message's status.
        http: HTTP status of a refusal.
        code: Twilio's error code.
        kind: the class of a refusal.
        error: what went wrong, masked.
    """

    key: str
    attempt: int
    owner: str
    state: State
    at: float
    grace: float = 0.0
    sid: str = ""
    hint: str = ""
    status: str = ""
    http: int | None = None
    code: int | None = None
    kind: str = ""
    error: str = ""
