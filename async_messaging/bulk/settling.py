"""Find out what became of one message, by reading Twilio's list.

Twilio lists a message some time after it accepted it. So the list is read once the message should
be in it, `settle` seconds after the attempt's end, and again `scan_interval` seconds later: two
complete scans without a candidate mean that it was not accepted. A candidate that can be no other
message means that it was. Anything else stays unknown. The rules are in `matching.py`.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl

from msgspec import UNSET

from ..clock import Clock
from ..errors import OutcomeUnknown
from ..models import Message, MessageDraft
from ..operation import Call
from ..resources.messages import Messages
from .matching import Attempt, Verdict, attempt_of, findings

__all__ = ["SCAN_INTERVAL", "SETTLE", "attempt_in", "scan", "settled"]

SETTLE = 120.0
SCAN_INTERVAL = 60.0
_NEGATIVES = 2
_SKEW = 5.0
_KEY = 0


def attempt_in(call: Call[Any], earliest: float, latest: float) -> Attempt:
    """The attempt that *call* was, made between two moments of the wall clock."""
    return attempt_of(_KEY, _draft_in(call), earliest, latest)


def _draft_in(call: Call[Any]) -> MessageDraft:
    """The draft whose form *call* carries: as much of it as matching needs."""
    fields = dict(parse_qsl(call.body.decode("ascii"), keep_blank_values=True))
    media = call.body.count(b"MediaUrl=")
    return MessageDraft(
        to=fields["To"],
        from_=fields.get("From", UNSET),
        messaging_service_sid=fields.get("MessagingServiceSid", UNSET),
        body=fields.get("Body", UNSET),
        media_url=("https://",) * media or UNSET,
        content_sid=fields.get("ContentSid", UNSET),
        address_retention=fields.get("AddressRetention", UNSET),
        content_retention=fields.get("ContentRetention", UNSET),
        smart_encoded=fields.get("SmartEncoded", "false") == "true",
        shorten_urls=fields.get("ShortenUrls", "false") == "true",
    )


async def scan(messages: Messages, attempt: Attempt) -> Verdict:
    """Read the list of messages to one number, back to the attempt's window, and hold it against.

    By number only: a filter by date would miss messages that were accepted and not sent yet.

    Raises:
        MessagingError: the list can't be read.
    """
    found: list[Message] = []
    listing = messages.list(to=attempt.to, page_size=1000)
    async for message in listing:
        found.append(message)
        created = message.date_created
        if created is not None and created.timestamp() < attempt.earliest - 2 * _SKEW:
            break
    return findings([attempt], found, (), skew=_SKEW, settle=SETTLE)[_KEY]


async def settled(
    messages: Messages,
    error: OutcomeUnknown,
    attempt: Attempt,
    clock: Clock,
    *,
    settle: float = SETTLE,
    scan_interval: float = SCAN_INTERVAL,
) -> Message | None:
    """The message that a failed creation made, or None if it made none.

    Args:
        messages: reads Twilio's list.
        error: what the creation ended with; raised again where the list decides nothing.
        attempt: the creation.
        clock: where time comes from.
        settle: seconds after the attempt's end until the list is believed.
        scan_interval: seconds between the two scans.

    Raises:
        OutcomeUnknown: *error*, still unknown.
        MessagingError: the list can't be read.
    """
    if error.sid is not None:
        return await messages.fetch(error.sid)
    verdict = await scan(messages, attempt)
    negatives = 0
    for pause in (attempt.latest + settle - clock.time(), scan_interval):
        if verdict.sid is not None:
            break
        await clock.sleep(pause)
        verdict = await scan(messages, attempt)
        negatives += verdict.finding == "absent"
    if verdict.sid is not None:
        return await messages.fetch(verdict.sid)
    if negatives == _NEGATIVES:
        return None
    raise error
