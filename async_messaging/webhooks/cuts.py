"""Could the same signature stand for other parameters? Then the request is refused.

Twilio signs the URL and the form's names and values joined without separators, sorted by name. Who
has one such request (from a log, or his own message) may cut the same text anew: ``MessageSid`` is
then ``SM...NumMedia0``, an old START becomes a new one, what somebody wrote becomes the sender. No
signature tells these apart, so the rule is about the signed text, not about one way to cut it:
**what decides stands in it at one place**.

1. Wherever the name of a deciding parameter stands before a value of its form (``MessageSidSM`` and
   32 digits), that value is the one that was read. Who moves a cut leaves these as they were, or is
   refused; so is a message whose own text holds such a pair.
2. A form begins with ``AccountSid``, the first of Twilio's names, and no URL holds that name joined
   to its value: the cut between URL and form can't be moved, nor a form become a GET.
3. A form's text holds no ``MessageSid=SM...``, as every GET's does: a GET can't become a form.

So an old request, however it is cut, is the event that it was, with the same account, sid, sender
and status, and is a no-op for whoever has seen it: `seen`, and for good the suppressions, which keep
the sids that they heeded. (Twilio sends no time with a message: whether a START is newer than a STOP
can't be asked.)
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from ..errors import InvalidInput

_SIDS = ("MessageSid", "SmsMessageSid", "SmsSid")
_ACCOUNT = re.compile("AC[0-9a-fA-F]{32}")
_MESSAGE = re.compile("(?:SM|MM)[0-9a-fA-F]{32}")
_STATUS = re.compile("[a-z]+(?:[_-][a-z]+)*")
_ADDRESS = re.compile(r"(?:[a-z][a-z0-9_-]{0,31}:)?\+[0-9]{1,20}")
_DECIDING: Mapping[str, re.Pattern[str]] = {
    "AccountSid": _ACCOUNT,
    **dict.fromkeys(_SIDS, _MESSAGE),
    **dict.fromkeys(("MessageStatus", "SmsStatus"), _STATUS),
    **dict.fromkeys(("From", "To"), _ADDRESS),
    "MessagingServiceSid": re.compile("MG[0-9a-fA-F]{32}"),
    "OptOutType": re.compile("(?:STOP|START|HELP)"),
    "ErrorCode": re.compile("[0-9]+"),
    "RawDlrDoneDate": re.compile("[0-9]+"),
    # not these, but names that end as theirs do
    "OriginalRepliedMessageSid": _MESSAGE,
    "ParentAccountSid": _ACCOUNT,
    **dict.fromkeys(("FallbackFrom", "ForwardedFrom"), _ADDRESS),
}
"""The form of each parameter that says what an event is and whom it is about."""

_JOINED = re.compile("|".join(f"{name}(?={form.pattern})" for name, form in _DECIDING.items()))
_GLUED = re.compile(f"AccountSid{_ACCOUNT.pattern}")
_OF_A_GET = re.compile(f"(?:Message|Sms)Sid={_MESSAGE.pattern}")


def is_glued(url: str) -> bool:
    """Whether a URL holds an account as only a form does: it can't be the URL that was signed."""
    return _GLUED.search(url) is not None


def check_forms(params: Mapping[str, str]) -> None:
    """Check that what decides has the form that Twilio gives it."""
    for name in ("AccountSid", *_SIDS, "MessageStatus", "SmsStatus", "From", "To"):
        value = params.get(name)
        if not value or _DECIDING[name].fullmatch(value):
            continue
        if name not in {"From", "To"} or "+" in value:  # a short code, a name
            raise InvalidInput(f"{name} is not one of Twilio's")


def check_cuts(params: Mapping[str, str], signed: str, query: Iterable[str]) -> None:
    """Refuse a form whose signed text can be cut into another event."""
    if (
        not signed.startswith("AccountSid")
        or any(params.get(name) != value for name, value in _joined(signed))
        or _OF_A_GET.search(signed)
        or any(name in _SIDS for name in query)
    ):
        raise InvalidInput("the signature would fit other parameters as well")


def _joined(signed: str) -> Iterator[tuple[str, str]]:
    """Every name of a deciding parameter that stands before a value of its form, and the value."""
    for found in _JOINED.finditer(signed):
        value = _DECIDING[found[0]].match(signed, found.end())
        yield found[0], value[0] if value else ""
