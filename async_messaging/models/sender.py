"""The senders of a messaging service. Twilio's reference: Services, and what hangs on them."""

from __future__ import annotations

from ..codec.dates import Timestamp
from .shown import Shown, Sid

__all__ = [
    "AlphaSender",
    "DestinationAlphaSender",
    "ServiceChannelSender",
    "ServicePhoneNumber",
    "ServiceShortCode",
]


class ServicePhoneNumber(Shown, frozen=True, kw_only=True, gc=False):
    """A phone number of a service. Twilio's reference: PhoneNumbers of a Service.

    `capabilities` are words such as ``SMS``, ``MMS``, ``Voice``: an open set.
    """

    sid: Sid
    account_sid: str | None = None
    service_sid: str | None = None
    date_created: Timestamp | None = None
    date_updated: Timestamp | None = None
    phone_number: str | None = None
    country_code: str | None = None
    capabilities: tuple[str, ...] | None = None
    url: str | None = None


class ServiceShortCode(Shown, frozen=True, kw_only=True, gc=False):
    """A short code of a service. Twilio's reference: ShortCodes of a Service.

    The account's own view of a short code is another model, `ShortCode`.
    """

    sid: Sid
    account_sid: str | None = None
    service_sid: str | None = None
    date_created: Timestamp | None = None
    date_updated: Timestamp | None = None
    short_code: str | None = None
    country_code: str | None = None
    capabilities: tuple[str, ...] | None = None
    url: str | None = None


class AlphaSender(Shown, frozen=True, kw_only=True, gc=False):
    """An alphanumeric sender of a service. Twilio's reference: AlphaSenders of a Service."""

    sid: Sid
    account_sid: str | None = None
    service_sid: str | None = None
    date_created: Timestamp | None = None
    date_updated: Timestamp | None = None
    alpha_sender: str | None = None
    capabilities: tuple[str, ...] | None = None
    url: str | None = None


class DestinationAlphaSender(Shown, frozen=True, kw_only=True, gc=False):
    """An alphanumeric sender for one country. Twilio's reference: DestinationAlphaSenders.

    `iso_country_code` is empty for the sender that serves all other countries.
    """

    sid: Sid
    account_sid: str | None = None
    service_sid: str | None = None
    date_created: Timestamp | None = None
    date_updated: Timestamp | None = None
    alpha_sender: str | None = None
    capabilities: tuple[str, ...] | None = None
    url: str | None = None
    iso_country_code: str | None = None


class ServiceChannelSender(Shown, frozen=True, kw_only=True, gc=False):
    """A WhatsApp, RCS or other channel sender of a service. Twilio's reference: ChannelSenders.

    `sender` is the channel's address (``whatsapp:+...``), `sender_type` the channel: an open set.
    """

    sid: Sid
    account_sid: str | None = None
    messaging_service_sid: str | None = None
    sender: str | None = None
    sender_type: str | None = None
    country_code: str | None = None
    date_created: Timestamp | None = None
    date_updated: Timestamp | None = None
    url: str | None = None
