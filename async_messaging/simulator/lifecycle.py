"""A message's life, as a pure function of its record and the time.

    a number sends              queued -> sending -> sent -> delivered | undelivered
    a service chooses a sender  accepted -> queued -> ...      from null, num_segments "0" while accepted
    with SendAt                 scheduled -> accepted -> ...   or scheduled -> canceled
    before it is sent           -> failed  (30001 queue overflow, 30032 and 30034 not registered, 30036 too late,
                                            14107 a loop of replies; at departure also 21610, 21703, 21704)
    somebody marks it           -> delivered, undelivered, failed, read; at once
    a handset writes            received

Delivery comes within two seconds of the start, plus the wait in the sender's queue. How long each step takes differs
from message to message, by digits of its sid, so a seed gives the same lives again. `speed` divides all of it.
"""

from __future__ import annotations

import msgspec

from .records import UNQUEUED, StoredMessage

FINAL = frozenset({"delivered", "undelivered", "failed", "canceled", "received", "read"})

_ACCEPTED = 0.1
_QUEUED = 0.2
_SENDING = 0.2
_SENT = 0.3
_SPREAD = 1.0
_BEFORE_SENDING = UNQUEUED | {30032, 30034}


class Moment(msgspec.Struct, frozen=True, gc=False):
    """What holds for a message now: since when, since when it is out, and until when, if its own life goes on."""

    status: str
    changed: float
    sender_known: bool = True
    sent: float | None = None
    error: int = 0
    until: float | None = None


def moment(message: StoredMessage, now: float, speed: float = 1.0) -> Moment:
    """The status of `message` at `now`, with everything that follows from it."""
    mark = message.mark
    if mark is not None and now >= mark.at:
        return Moment(mark.status, mark.at, bool(message.from_), mark.sent, mark.error)
    if message.canceled:
        return Moment("canceled", message.canceled, not message.chosen_later)
    if now < message.start:
        known = not message.chosen_later
        return Moment("scheduled", message.created, known, until=message.start)
    chosen = message.start + (_ACCEPTED / speed if message.chosen_later else 0.0)
    if now < chosen:
        return Moment("accepted", message.start, sender_known=False, until=chosen)
    if message.fate in _BEFORE_SENDING:
        # A create's answer never says that it failed: what a service has not told yet, a queue tells.
        fails = chosen if message.chosen_later else chosen + _QUEUED / speed
        if now < fails:
            return Moment("queued", chosen, until=fails)
        return Moment("failed", fails, bool(message.from_), error=message.fate)
    return _in_flight(message, now, chosen, speed)


def _in_flight(message: StoredMessage, now: float, chosen: float, speed: float) -> Moment:
    slow = _slowness(message.sid) * _SPREAD / 2
    leaves = chosen + message.wait + (_QUEUED + slow * 0.3) / speed
    expires = message.start + message.validity
    too_late = message.wait > 0 and leaves > expires
    if too_late and now >= expires:
        return Moment("failed", expires, error=30036)
    if now < leaves:
        return Moment("queued", chosen, until=expires if too_late else leaves)
    sent = leaves + (_SENDING + slow * 0.3) / speed
    if now < sent:
        return Moment("sending", leaves, until=sent)
    final = sent + (_SENT + slow) / speed
    if message.fate == -1:
        return Moment("sent", sent, sent=sent)
    if now < final:
        return Moment("sent", sent, sent=sent, until=final)
    if message.fate:
        return Moment("undelivered", final, sent=sent, error=message.fate)
    return Moment("delivered", final, sent=sent)


def _slowness(sid: str) -> float:
    return int(sid[-4:], 16) / 0xFFFF
