"""What Twilio's list says about sends of which nobody knows. Pure: no I/O, no clock.

After a time-out or a 5xx a message may have been accepted. Twilio's list shows it, late, and not
always as it was sent. So the list can say two things, and they are not each other's opposite:

* **A candidate is evidence of acceptance.** It is an outbound-api message to the same number, of
  the same sender (or the same service, where the service chose the sender), created within the
  attempt's window, whose sid no other send claims. Candidates with the very text and number of
  media are matched first, as a multiset: of three sends with one text and two such candidates, two
  were accepted. It does not matter which, for they are the same message; but none may be left over
  for want of the right order, or a send that was accepted would be called absent.
* **Absence alone is a negative, never a differing text.** Twilio stores other texts than were sent:
  trial accounts put a sentence in front, links are shortened, characters replaced, templates
  rendered, bodies redacted. While an unmatched candidate remains for a number, a send to it may be
  that candidate, so nothing is concluded.

Sends through a messaging service, with smart encoding, shortened links, a content template or a
retention option are expected to be stored with another text, and match without it: then a candidate
that no other open send could be is evidence. One that two of them could be decides nothing.

One negative is not enough: whoever uses this asks twice, the first time not before the message
should be listed. Twilio's dates are whole seconds, rounded down, and its clock is not ours.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Literal

import msgspec
from msgspec import UNSET

from ..models import Message, MessageDraft, Shown

__all__ = ["Attempt", "Finding", "Verdict", "attempt_of", "findings"]

_ROUNDING = 2.0
"""Seconds by which whole-second dates on both sides may differ."""

_REWRITTEN = ("smart_encoded", "shorten_urls", "content_sid", "content_retention")

Finding = Literal["accepted", "absent", "undecided"]


class Attempt(Shown, frozen=True, kw_only=True):
    """A send of which nobody knows.

    Attributes:
        key: what the caller calls it.
        to: the recipient.
        from_: the sender that it named, or None.
        messaging_service_sid: the service that it named, or None.
        body: the text as it was sent; None where Twilio stores another.
        media: how many media it had.
        earliest: wall time before which it was not sent.
        latest: wall time at which its last attempt had ended at the latest.
        hidden: Twilio stores its number masked, so that its absence from the list says nothing.
    """

    key: int
    to: str
    from_: str | None = None
    messaging_service_sid: str | None = None
    body: str | None = None
    media: int = 0
    earliest: float
    latest: float
    hidden: bool = False


def attempt_of(key: int, draft: MessageDraft, earliest: float, latest: float) -> Attempt:
    """The attempt to send *draft* between two moments of the wall clock."""
    rewritten = draft.messaging_service_sid is not UNSET or any(
        getattr(draft, name) not in (UNSET, False) for name in _REWRITTEN
    )
    text = draft.body if draft.body is not UNSET else ""
    return Attempt(
        key=key,
        to=draft.to,
        from_=None if draft.from_ is UNSET else draft.from_,
        messaging_service_sid=(
            None if draft.messaging_service_sid is UNSET else draft.messaging_service_sid
        ),
        body=None if rewritten else text.rstrip(),
        media=0 if draft.media_url is UNSET else len(draft.media_url),
        earliest=earliest,
        latest=latest,
        hidden=draft.address_retention == "obfuscate",
    )


class Verdict(msgspec.Struct, frozen=True):
    """What the list says about one attempt; `sid` is set where it was accepted."""

    finding: Finding
    sid: str | None = None


def findings(
    attempts: Sequence[Attempt],
    listed: Iterable[Message],
    claimed: Collection[str],
    *,
    skew: float,
    settle: float,
) -> Mapping[int, Verdict]:
    """Hold attempts against a complete listing.

    Args:
        attempts: all sends of which nobody knows, those to the same number together.
        listed: Twilio's messages, complete back to the earliest attempt's window.
        claimed: sids that belong to other sends.
        skew: by how many seconds Twilio's clock may differ from ours.
        settle: seconds that an accepted message may take to get its date.

    Returns:
        A verdict by the attempt's key.
    """
    by_number: dict[str, list[Message]] = defaultdict(list)
    for message in listed:
        if message.direction == "outbound-api" and message.to and message.sid not in claimed:
            by_number[message.to].append(message)
    together: dict[str, list[Attempt]] = defaultdict(list)
    for attempt in attempts:
        together[attempt.to].append(attempt)
    verdicts: dict[int, Verdict] = {}
    for to, same in together.items():
        window = skew + _ROUNDING
        verdicts |= _of_number(same, by_number[to], window, settle)
    return verdicts


def _of_number(
    attempts: list[Attempt], messages: list[Message], window: float, settle: float
) -> dict[int, Verdict]:
    """Verdicts on attempts to one number."""
    in_order = sorted(messages, key=_moment)
    candidates = {
        attempt.key: [m for m in in_order if _is_candidate(attempt, m, window, settle)]
        for attempt in attempts
    }
    verdicts: dict[int, Verdict] = {}
    taken: set[str] = set()
    # Whose window ends first takes the earliest message: so as many as can be have one each.
    for attempt in sorted(attempts, key=lambda attempt: attempt.latest):
        sid = _exact(attempt, candidates[attempt.key], taken)
        if sid is not None:
            taken.add(sid)
            verdicts[attempt.key] = Verdict("accepted", sid)
    left = {
        attempt.key: [m.sid for m in candidates[attempt.key] if m.sid not in taken]
        for attempt in attempts
        if attempt.key not in verdicts
    }
    return verdicts | {one.key: _inexact(one, left) for one in attempts if one.key in left}


def _inexact(attempt: Attempt, left: Mapping[int, list[str]]) -> Verdict:
    """A verdict from the candidates that are nobody's beyond doubt."""
    own = left[attempt.key]
    if not own:
        return Verdict("undecided" if attempt.hidden else "absent")
    shared = any(set(own) & set(sids) for key, sids in left.items() if key != attempt.key)
    if attempt.body is None and not shared:
        return Verdict("accepted", own[0])
    return Verdict("undecided")


def _is_candidate(attempt: Attempt, message: Message, window: float, settle: float) -> bool:
    if attempt.from_ is not None and message.from_ not in (attempt.from_, None):
        return False
    service = attempt.messaging_service_sid
    if service is not None and message.messaging_service_sid not in (service, None):
        return False
    if message.date_created is None:
        return True  # nothing excludes it
    moment = _moment(message)
    return attempt.earliest - window <= moment <= attempt.latest + settle + window


def _moment(message: Message) -> float:
    created = message.date_created
    return math.inf if created is None else created.timestamp()


def _exact(attempt: Attempt, candidates: list[Message], taken: set[str]) -> str | None:
    """The first candidate that is this message beyond doubt."""
    if attempt.body is None:
        return None
    for message in candidates:
        same = (message.body or "").rstrip() == attempt.body
        if same and message.sid not in taken and (message.num_media or 0) == attempt.media:
            return message.sid
    return None
