"""Twilio's error codes: what each means and what to do about it.

Two kinds share one table: codes that answer a call, and codes that a message carries later, in its
``error_code`` or a status callback. Meanings are short and our own; Twilio's page of each code
(``link_of``) has the rest. Twilio may change what a code stands for, so ``advice_of`` takes
overrides. Where Twilio's pages allow two actions, the table names the more careful one.

An action is advice to a person or a campaign. It is never leave to repeat a creation: what may be
repeated is decided by the call's outcome.

Source: Twilio's error and warning dictionary.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal

import msgspec

Action = Literal[
    "retry",
    "wait",
    "fix_configuration",
    "bad_recipient",
    "suppress_recipient",
    "fix_message",
    "none",
]
"""What to do: about the sending, the configuration, the recipient or the message."""

TOO_FAST = frozenset({63017, 63018})
"""The account, or a channel's sender, sends more a second than it may; nothing was processed."""

DAILY_LIMIT = 63038
"""The account's daily cap of messages is reached."""

QUEUE_FULL = 21611
"""The sender's queue at Twilio is full."""

CONCURRENCY = 20429
"""Too many calls in flight; this one was not processed."""

STOPPING = frozenset({20003, 20005, 20006})
"""With a 403: the credentials or the account are the trouble, so every call would fail."""


OF_STATE = frozenset({20409, 21710, 21711, 21712, 30400, 30409})
"""The resource's state does not allow it, be it that what was asked for is done already."""


class CodeFacts(msgspec.Struct, frozen=True):
    """What a code stands for.

    Attributes:
        code: the number.
        meaning: a few words, without a full stop.
        action: what to do.
    """

    code: int
    meaning: str
    action: Action


_ADVICE: dict[Action, str] = {
    "retry": "try again, a few times at most",
    "wait": "give it some time first",
    "fix_configuration": "correct the account or its configuration first",
    "bad_recipient": "check the recipient's number or use another",
    "suppress_recipient": "send nothing more to this recipient",
    "fix_message": "change the message before sending it again",
}

_BY_STATUS = {
    401: "the credentials are wrong or lack the permission: correct them first",
    403: "the account may not do this: correct the account or its configuration first",
    404: "there is no such resource: check the sid and the account",
    409: "the resource's state does not allow this: read it before you change it",
    429: "too many calls at the same time, and this one was not processed: give it some time first",
}
_ANY_4XX = "Twilio refused the request: correct it before sending it again"
_ANY_5XX = "Twilio failed; a creation may have gone through all the same"
"""What can be said without a known code."""

_ROWS: dict[Action, dict[tuple[int, ...], str]] = {
    "retry": {
        (30003,): "the handset can't be reached: off, roaming or out of range",
        (30008,): "not delivered, the reason is unknown",
        (30017,): "the carrier's network is congested",
        (30020, 30021): "Twilio failed inside while it handled the message",
        (30036,): "the validity period ended before the message went out",
        (63009, 63010, 63012): "the channel's provider failed",
    },
    "wait": {
        (14107,): "too many automatic replies between two numbers",
        (20009,): "the message can't be deleted before it has a final status",
        (20429,): "too many calls at the same time; this one was not processed",
        (21611,): "the sender's queue is full",
        (30001,): "the sender's queue overflowed",
        (30022,): "the A2P rate limit is exceeded",
        (30023, 30027): "the carrier's daily cap is reached",
        (30025,): "half of T-Mobile's daily cap is used",
        (30026,): "70 % of T-Mobile's daily cap is used",
        (30035,): "the number's A2P campaign is still being set up",
        (30410,): "the provider did not answer in time and may have delivered the message",
        (30610,): "it is a quiet hour at the recipient's",
        (35125,): "the account has as many scheduled messages as it may",
        (63017,): "the account sends more messages a second than it may",
        (63018,): "the channel's sender sends more messages a second than it may",
        (63038,): "the account's daily cap is reached",
    },
    "fix_configuration": {
        (11200,): "the webhook's URL answered with an error",
        (11205,): "the webhook's URL can't be connected to",
        (11220,): "the webhook's TLS connection failed",
        (12100,): "the webhook's answer is not valid XML",
        (12300,): "the webhook's answer has a wrong content type",
        (20003,): "the credentials are wrong or lack the permission",
        (20005,): "the account is not active",
        (20006,): "access is denied",
        (20008,): "test credentials can't reach this resource",
        (20403,): "the account may not do this",
        (20404,): "there is no such resource",
        (21212,): "the sender's number is not valid",
        (21408,): "the account may not send to the recipient's country",
        (21601, 21606, 21607, 21616, 21657, 21659, 21660, 21661): "the sender can't be used",
        (21609, 21626): "the status callback's URL is not valid",
        (21701, 21702, 21703, 21704, 21705): "the messaging service can't be used or is empty",
        (21711, 21712, 21713): "the sender is not in this messaging service, or is in another",
        (21714,): "the messaging service's pool of senders is full",
        (30002,): "the account is suspended",
        (30007,): "the message was filtered as unwanted",
        (30016,): "the sender and the recipient are not on the same channel",
        (30018,): "the sender id must be registered with the carrier first",
        (30024,): "the sender is not provisioned by the carrier",
        (30032,): "the toll-free number is not verified",
        (30033,): "the A2P campaign is suspended",
        (30034,): "the number is not registered for A2P",
        (30440,): "the toll-free verification was rejected",
        (57012,): "the webhook's signature does not match",
        (63001, 63002, 63004, 63005, 63006, 63007, 63008, 63011): (
            "the channel refused the sender or its configuration"
        ),
        (63013,): "the channel's policy was violated",
        (63020, 63022): "the business manager or its certificate is not in order",
        (63026,): "the sender is flagged as unwanted",
        (63040,): "the template was rejected",
        (63041,): "the template is paused",
        (63042,): "the template is disabled",
        (63051,): "the WhatsApp Business account is locked",
    },
    "bad_recipient": {
        (21211, 21217, 21421): "the recipient's number is not valid",
        (21265,): "the recipient is a short code",
        (21608, 572005): "a trial account may only send to verified numbers",
        (21612,): "the recipient can't be reached from this sender",
        (21614, 21635): "the recipient's number is not a mobile number",
        (30005,): "the handset does not exist",
        (30006,): "the recipient is a landline or its carrier can't be reached",
        (63003, 63024): "the recipient is not on this channel",
        (63015,): "the recipient has not joined the sandbox",
        (63035,): "the RCS agent is not launched and the recipient is no tester",
        (63036,): "the recipient can't be reached by RCS",
    },
    "suppress_recipient": {
        (21610,): "the recipient has opted out",
        (30004,): "the recipient or the carrier blocks the message",
        (30450,): "the message looks like SMS pumping and was blocked",
        (30640,): "the recipient is known for lawsuits about messages",
        (63014, 63033): "the recipient has blocked the sender",
        (63032, 63049): "the channel holds back messages to this recipient for now",
    },
    "fix_message": {
        (20001,): "a parameter is wrong or unknown",
        (20409,): "the resource's state does not allow this",
        (21602, 21619): "the message has no text and no media",
        (21603, 21604): "the message has no sender or no recipient",
        (21617,): "the text is longer than 1,600 characters",
        (21618,): "the text can't be sent",
        (21620,): "a media URL is not valid",
        (21621, 21622): "the sender can't send media",
        (21623,): "the message has more than ten media files",
        (21624, 30012, 30013, 90007): "the validity period is not valid",
        (21654, 21655): "the content template's sid is missing or not valid",
        (21656,): "the content variables are not a JSON object in a text",
        (21664, 21666, 21667): "the fallback sender does not fit the sender or the service",
        (30011,): "the recipient can't receive media",
        (30019,): "the content is too large",
        (30113,): "the date is before the first list of deactivated numbers",
        (30400,): "the update's fields are not valid together",
        (30409,): "the message can't be cancelled any more",
        (35111, 35114, 35115, 35117, 35118): "the schedule is not valid",
        (63016,): "the recipient's 24 hours are over, so only a template may be sent",
        (63019, 63021, 63023, 63025): "the channel can't take the content or the media",
        (63027, 63028, 63029, 63030): "the template's language or variables are not valid",
        (63031,): "the sender and the recipient are the same",
        (63034, 63043, 63044, 63045, 63046, 63047): "the channel can't take the content",
    },
    "none": {
        (20500, 20503): _ANY_5XX,
        (21710,): "the sender is in this messaging service already",
        (30009,): "a part of an inbound message is missing",
        (30010,): "the message costs more than its maximum price",
        (30038,): "the text of an inbound one-time password was filtered",
        (63037,): "the channel could not take the media yet, and Twilio tries again itself",
    },
}

CODES: Mapping[int, CodeFacts] = MappingProxyType(
    {
        code: CodeFacts(code, meaning, action)
        for action, rows in _ROWS.items()
        for codes, meaning in rows.items()
        for code in codes
    }
)
"""Every code known by its own number."""


def facts_of(code: int) -> CodeFacts | None:
    """What is known of a code, or None.

    Beyond ``CODES`` it knows two families that Twilio numbers freely: 11230 to 11239, and 30800 to
    30899.
    """
    if known := CODES.get(code):
        return known
    if code // 10 == 1123:
        return CodeFacts(code, CODES[11220].meaning, "fix_configuration")
    if code // 100 == 308:
        return CodeFacts(code, CODES[30440].meaning, "fix_configuration")
    return None


def link_of(code: int) -> str:
    """Twilio's page about the code."""
    return f"https://www.twilio.com/docs/api/errors/{code}"


def advice_of(
    code: int | None,
    overrides: Mapping[int, CodeFacts] | None = None,
    *,
    status: int | None = None,
) -> str:
    """One sentence: what the code means and what to do."""
    facts = None if code is None else (overrides or {}).get(code) or facts_of(code)
    if facts is not None:
        todo = _ADVICE.get(facts.action)
        return _sentence(f"{facts.meaning}: {todo}" if todo else facts.meaning)
    page = "" if code is None else f"Twilio's page explains this code: {link_of(code)}"
    by_status = "" if status is None else _said_by(status)
    return _sentence("; ".join(part for part in (by_status, page) if part))


def _said_by(status: int) -> str:
    return _BY_STATUS.get(status) or (_ANY_5XX if status >= 500 else _ANY_4XX)


def _sentence(text: str) -> str:
    """With a capital at its beginning and a full stop, except after a link."""
    end = "" if "https://" in text else "."
    return text[:1].upper() + text[1:] + end
