"""A message that has not been sent: keyword signature, form, row of a file, all in one struct."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from decimal import Decimal

import msgspec
from msgspec import UNSET, UnsetType
from msgspec.structs import astuple

from ..codec.form import pascal
from ..codec.numbers import is_address
from ..codec.segments import weight_of
from ..errors import InvalidInput
from .checks import check_given
from .shown import Shown

_LONGEST_BODY = 1600
_USUAL = ("to", "from_", "body")
_SERVICE = re.compile(r"MG[0-9a-fA-F]{32}")
_SENDER = re.compile(r"[^\x00-\x1f\x7f]{1,256}")


class MessageDraft(Shown, frozen=True, kw_only=True, rename=pascal):
    """Everything Twilio takes when a message is created. Twilio's reference: Create a Message.

    Attributes:
        to: the recipient: E.164 (``+15558675310``) or a channel address (``whatsapp:+1...``).
        from_: the sender: E.164, a short code, an alphanumeric id, a channel address; or a
            messaging service's ``MG...`` sid, which is sent as `messaging_service_sid`.
        messaging_service_sid: the messaging service that chooses the sender.
        body: the text, up to 1,600 characters: a longer one would only take its sender's rate and be
            refused (21617). Beside a content template it is not sent, and may be of any length.
        media_url: up to ten URLs of media.
        content_sid: a content template, ``HX...``.
        content_variables: the template's variables, a mapping or its JSON.
        status_callback: the URL that Twilio tells of every change of status.
        application_sid: the application whose status callback is used.
        validity_period: seconds the message may wait in Twilio's queue, 1 to 36,000.
        send_at: when to send, an aware datetime; needs a messaging service.
        schedule_type: ``fixed``; set by itself with `send_at`.
        send_as_mms: deliver as MMS.
        smart_encoded: let Twilio replace characters that cost a UCS-2 encoding.
        provide_feedback: feedback on the delivery will be given.
        force_delivery: reserved by Twilio.
        shorten_urls: shorten the links; needs a messaging service.
        risk_check: ``enable`` or ``disable`` the check for SMS pumping.
        content_retention: ``retain`` or ``discard`` the body.
        address_retention: ``retain`` or ``obfuscate`` the number.
        persistent_action: actions of a channel (``geo:...``).
        traffic_type: ``free``.
        attempt: how many times this message was attempted before.
        max_price: without effect since 2024-06-03.
        fallback_from: the SMS sender where RCS does not reach.
        message_intent: what the message is for: ``otp``, ``marketing``, ...
        tags: labels of the message, a mapping or its JSON.
        extra: further parameters, by Twilio's names.

    Raises:
        InvalidInput: a field has the wrong type or form; `.field` names it.
    """

    to: str
    from_: str | UnsetType = UNSET
    messaging_service_sid: str | UnsetType = UNSET
    body: str | UnsetType = UNSET
    media_url: Sequence[str] | UnsetType = UNSET
    content_sid: str | UnsetType = UNSET
    content_variables: Mapping[str, str] | str | UnsetType = UNSET
    status_callback: str | UnsetType = UNSET
    application_sid: str | UnsetType = UNSET
    validity_period: int | UnsetType = UNSET
    send_at: dt.datetime | UnsetType = UNSET
    schedule_type: str | UnsetType = UNSET
    send_as_mms: bool | UnsetType = UNSET
    smart_encoded: bool | UnsetType = UNSET
    provide_feedback: bool | UnsetType = UNSET
    force_delivery: bool | UnsetType = UNSET
    shorten_urls: bool | UnsetType = UNSET
    risk_check: str | UnsetType = UNSET
    content_retention: str | UnsetType = UNSET
    address_retention: str | UnsetType = UNSET
    persistent_action: Sequence[str] | UnsetType = UNSET
    traffic_type: str | UnsetType = UNSET
    attempt: int | UnsetType = UNSET
    max_price: Decimal | UnsetType = UNSET
    fallback_from: str | UnsetType = UNSET
    message_intent: str | UnsetType = UNSET
    tags: Mapping[str, str] | str | UnsetType = UNSET
    extra: Mapping[str, str] = msgspec.field(default_factory=dict[str, str], name="extra")

    def __post_init__(self) -> None:
        _check_usual(self, self.to, self.from_, self.body)
        values: tuple[object, ...] = astuple(self)
        usual = 2 + (self.from_ is not UNSET) + (self.body is not UNSET)
        if len(values) - values.count(UNSET) != usual or self.extra or type(self.extra) is not dict:
            check_given(self, *_USUAL)
        if self.send_at is not UNSET and self.schedule_type is UNSET:
            msgspec.structs.force_setattr(self, "schedule_type", "fixed")

    def __hash__(self) -> int:
        return hash((self.to, self.from_, self.messaging_service_sid, self.body))

    @property
    def weight(self) -> int:
        """Segments that the message takes of a rate; an MMS or a template counts 1."""
        if self.body is UNSET or self.media_url is not UNSET or self.content_sid is not UNSET:
            return 1
        return weight_of(self.body)

    @property
    def lanes(self) -> tuple[str, ...]:
        """The senders whose rates apply: number or name, and messaging service."""
        sender, service = self.from_, self.messaging_service_sid
        if sender is UNSET:
            return () if service is UNSET else (service,)
        return (sender,) if service is UNSET else (sender, service)


def _check_usual(draft: MessageDraft, to: object, sender: object, body: object) -> None:
    """The fields that nearly every message has and most have alone, in one go."""
    if not isinstance(to, str) or not is_address(to):
        raise InvalidInput(
            "must be E.164 (+15558675310) or a channel address (whatsapp:+...)", field="to"
        )
    if sender is not UNSET:
        if not isinstance(sender, str) or not _SENDER.fullmatch(sender):
            raise InvalidInput("must be a sender: number, short code or name", field="from_")
        if sender.startswith("MG"):
            _move_service(draft, sender)
    if body is not UNSET:
        if not isinstance(body, str):
            raise InvalidInput("must be text", field="body")
        if draft.content_sid is UNSET:
            fit(body)


def fit(body: str) -> str:
    """The body, if Twilio takes one of this length.

    Raises:
        InvalidInput: it has more than 1,600 characters.
    """
    if len(body) > _LONGEST_BODY:
        raise InvalidInput(
            f"has {len(body):,} characters, Twilio takes {_LONGEST_BODY:,} (21617)", field="body"
        )
    return body


def _move_service(draft: MessageDraft, value: str) -> None:
    """A messaging service's sid given as sender moves to the field that Twilio has for it."""
    if not _SERVICE.fullmatch(value):
        return
    if draft.messaging_service_sid not in {UNSET, value}:
        raise InvalidInput("names another service than messaging_service_sid", field="from_")
    msgspec.structs.force_setattr(draft, "messaging_service_sid", value)
    msgspec.structs.force_setattr(draft, "from_", UNSET)
