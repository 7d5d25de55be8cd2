"""A message's life, as a pure function of its record and the time.

    a number sends              queued -> sending -> sent -> delivered | undelivered
    a service chooses a sender  accepted -> queued -> ...      from null, num_segments "0" while accepted
    with SendAt                 scheduled -> accepted -> ...   or scheduled -> canceled
    before it is sent           -> failed  (30001 queue overflow, 30036 validity period over)

Delivery comes within two seconds of the start, plus the wait in the sender's queue. How long each step takes differs
from message to message, by digits of its sid, so a seed gives the same lives again. `speed` divides all of it.
"""

from __future__ import annotations

import msgspec

from async_messaging.simulator.records import StoredMessage

FINAL = frozenset({"delivered", "undelivered", "failed", "canceled"})

_ACCEPTED = 0.1
_QUEUED = 0.2
_SENDING = 0.2
_SENT = 0.3
_SPREAD = 1.0
_BEFORE_SENDING = frozenset({30001})


class Moment(msgspec.Struct, frozen=True, gc=False):
    """What holds for a message at one time; `sent` is None until it has gone out."""

    status: str
    changed: float
    sender_known: bool = True
    sent: float | None = None
    error: int = 0


def moment(message: StoredMessage, now: float, speed: float = 1.0) -> Moment:
    """The status of `message` at `now`, with everything that follows from it."""
    if message.canceled:
        return Moment("canceled", message.canceled, not message.chosen_later)
    if now < message.start:
        return Moment("scheduled", message.created, not message.chosen_later)
    chosen = message.start + (_ACCEPTED / speed if message.chosen_later else 0.0)
    if now < chosen:
        return Moment("accepted", message.start, sender_known=False)
    if message.fate in _BEFORE_SENDING:
        return Moment("failed", chosen, error=message.fate)
    return _in_flight(message, now, chosen, speed)


def _in_flight(message: StoredMessage, now: float, chosen: float, speed: float) -> Moment:
    slow = _slowness(message.sid) * _SPREAD / 2
    leaves = chosen + message.wait + (_QUEUED + slow * 0.3) / speed
    expires = message.start + message.validity
    if message.wait and leaves > expires and now >= expires:
        return Moment("failed", expires, error=30036)
    if now < leaves:
        return Moment("queued", chosen)
    sent = leaves + (_SENDING + slow * 0.3) / speed
    if now < sent:
        return Moment("sending", leaves)
    final = sent + (_SENT + slow) / speed
    if now < final or message.fate == -1:
        return Moment("sent", sent, sent=sent)
    if message.fate:
        return Moment("undelivered", final, sent=sent, error=message.fate)
    return Moment("delivered", final, sent=sent)


def _slowness(sid: str) -> float:
    return int(sid[-4:], 16) / 0xFFFF
