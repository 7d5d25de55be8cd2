"""What an outbox keeps of a key, and what is asked of it: plain values, the same for every store."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from ..models import Shown
from ..settling.attempts import Sent
from ..settling.states import State


class Evidence(Sent, frozen=True, kw_only=True):
    """What settling needs to find a message again; its print is made of keyed hashes.

    Kept whole while the outcome is open. Of an accepted message, all but the number stays for a day:
    it shows how Twilio stores what goes this way. The key of the hashes is the store's.

    Attributes:
        realm: the account and region, or origin, that it was sent in; empty where version 0.1 wrote it.
        earliest: Twilio's time before which it was not sent, seconds since 1970; None: not known.
        latest: Twilio's time after which its attempt was over; None: not known yet.
        wall: both are a wall clock's, one hour wider on each side (version 0.1).
    """

    realm: str = ""
    earliest: float | None = None
    latest: float | None = None
    wall: bool = False

    def sent(self, secret: bytes) -> Sent:
        """What was sent, without what is known of when and where."""
        fields: dict[str, Any] = {name: getattr(self, name) for name in Sent.__struct_fields__}
        fields["secret"] = secret
        return Sent(**fields)


NO_EVIDENCE = Evidence()


class Entry(Shown, frozen=True, kw_only=True):
    """A key. Times are seconds since 1970, by this machine's clock where nothing else is said.

    What settling notes (hint, negatives, looks, looked_at) is told in `OpenAttempt`.

    Attributes:
        digest: keyed hash of the whole message.
        attempt: counts its claims; with `owner` it says whose an outcome is.
        owner: the outbox that made the last claim.
        ttl: seconds that it is kept after its call began, and after it ended.
        expires_at: when it may be forgotten.
        intent_at: when its last claim was made.
        ended_at: when the attempt's end was noticed; None while it goes on.
        grace: how long after its process died the attempt may still have been at work.
        status: the message's status when it was accepted.
        http: HTTP status of a refusal; kind is its class.
        error: what went wrong, masked.
        created: when Twilio took the message, by its clock; None where that is not known.
    """

    key: str
    digest: bytes
    state: State = "READY"
    attempt: int = 0
    owner: str = ""
    ttl: float
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
    created: float | None = None
    negatives: int = 0
    looks: int = 0
    looked_at: float | None = None
    evidence: Evidence = NO_EVIDENCE


class Former(Shown, frozen=True, kw_only=True):
    """An attempt under a key that was sent again though nobody knew: it competes for evidence still."""

    key: str
    attempt: int
    hint: str = ""
    evidence: Evidence


class Limit(msgspec.Struct, frozen=True):
    """A rule that counts: at most so many messages to a subject, of which it has the keyed hash, in *window* seconds."""

    rule: str
    subject: bytes
    most: int
    window: float


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """A message that is to be sent under a key.

    Attributes:
        evidence: what settling needs; `earliest` is Twilio's time now, at least, if it is known.
        since: Twilio's time now, at least; None where no answer was seen yet.
        asked: Twilio's time was asked for, and it did not tell.
        attempt_time: seconds that one attempt may take in all.
        repeat: whether what is unknown is sent again at once.
        forbidden: the rule that forbids it whatever was sent before, if any.
    """

    key: str
    digest: bytes
    evidence: Evidence
    now: float
    since: float | None = None
    asked: bool = False
    ttl: float
    attempt_time: float
    repeat: bool = False
    forbidden: str = ""
    limits: tuple[Limit, ...] = ()


Verdict = Literal["send", "known", "reused", "under_way", "unknown", "blocked", "time"]
"""What a key says to a caller: send it now; it has an outcome; it is another message's; its call is
under way; nobody knows; a rule forbids it; Twilio's time has to be asked for first."""


class Claim(msgspec.Struct, frozen=True):
    """The answer to `Wanted`; *rule* is set where one forbids it."""

    verdict: Verdict
    entry: Entry
    rule: str = ""
