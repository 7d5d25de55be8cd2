"""Which listed messages an open attempt could have made, by all but their texts.

A candidate is an outbound-api message to the attempt's number, of the sender and the service that
it named, created within its window, whose sid no send claims. A value that either side does not
have excludes nothing.
"""

from __future__ import annotations

import re

from ..codec.dates import parse_date
from ..codec.numbers import is_address
from ..models import Message
from .attempts import OpenAttempt

LATE = 60.0
"""Seconds after its end in which Twilio may still work off an attempt's request."""

_WHOLE_SECOND = 1.0
_MASK = re.compile(r"[Xx*#.\u2022\u2026]+")
_OTHER_FORM = re.compile(r"whatsapp:\+(?:52|54|55)")


def created_at(message: Message) -> float | None:
    """Its `date_created` in seconds since 1970, a whole second rounded down; None without one."""
    text = message.date_created_text
    try:
        return None if text is None else parse_date(text).timestamp()
    except ValueError:
        return None


def is_masked(to: str | None) -> bool:
    """Whether a listed number is hidden, in part or altogether."""
    return to is None or not is_address(to)


def has_other_forms(to: str) -> bool:
    """Whether Twilio may list this number in another form: mobiles whose digits WhatsApp changes."""
    return _OTHER_FORM.match(to) is not None


def reaches(to: str, masked: str | None) -> bool:
    """Whether a masked number may be this one, as far as it is shown."""
    if masked is None:
        return True
    shown = _MASK.split(masked)
    if len(shown) == 1:
        return False  # no number at all
    return to.startswith(shown[0]) and to.endswith(shown[-1])


def is_candidate(attempt: OpenAttempt, message: Message, allowance: float) -> bool:
    """Whether the attempt could have made this message, whatever its text; `to` was compared."""
    if not _agree(attempt.sender, message.from_):
        return False
    if not _agree(attempt.service, message.messaging_service_sid):
        return False
    created = created_at(message)
    if created is None:
        return True
    earliest = attempt.earliest - _WHOLE_SECOND - allowance
    return earliest <= created <= attempt.latest + LATE + allowance


def _agree(named: str | None, listed: str | None) -> bool:
    if not named or not listed or any(one.startswith("rcs:") for one in (named, listed)):
        return True
    return named.casefold() == listed.casefold()
