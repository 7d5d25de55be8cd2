"""The senders of a messaging service, and an account's short codes. Twilio's reference: Services, ShortCodes."""

from __future__ import annotations

from .shown import Kept


class _OfService(Kept, frozen=True, kw_only=True, gc=False):
    service_sid: str | None = None
    capabilities: tuple[str, ...] | None = None
    url: str | None = None


class ServicePhoneNumber(_OfService, frozen=True, kw_only=True, gc=False):
    """A phone number of a service. Twilio's reference: PhoneNumbers of a Service.

    `capabilities` are words such as ``SMS``, ``MMS``, ``Voice``: an open set.
    """

    phone_number: str | None = None
    country_code: str | None = None


class ServiceShortCode(_OfService, frozen=True, kw_only=True, gc=False):
    """A short code of a service. Twilio's reference: ShortCodes of a Service.

    The account's own view of a short code is another model, `ShortCode`.
    """

    short_code: str | None = None
    country_code: str | None = None


class AlphaSender(_OfService, frozen=True, kw_only=True, gc=False):
    """An alphanumeric sender of a service. Twilio's reference: AlphaSenders of a Service."""

    alpha_sender: str | None = None


class DestinationAlphaSender(_OfService, frozen=True, kw_only=True, gc=False):
    """An alphanumeric sender for one country. Twilio's reference: DestinationAlphaSenders.

    `iso_country_code` is empty for the sender that serves all other countries.
    """

    alpha_sender: str | None = None
    iso_country_code: str | None = None


class ServiceChannelSender(Kept, frozen=True, kw_only=True, gc=False):
    """A WhatsApp, RCS or other channel sender of a service. Twilio's reference: ChannelSenders.

    `sender` is the channel's address (``whatsapp:+...``), `sender_type` the channel: an open set.
    """

    messaging_service_sid: str | None = None
    sender: str | None = None
    sender_type: str | None = None
    country_code: str | None = None
    url: str | None = None


class ShortCode(Kept, frozen=True, kw_only=True, gc=False):
    """A short code. Twilio's reference: ShortCodes resource.

    `sms_url` and `sms_fallback_url` are where Twilio sends messages that reach the code.
    """

    api_version: str | None = None
    friendly_name: str | None = None
    short_code: str | None = None
    sms_fallback_method: str | None = None
    sms_fallback_url: str | None = None
    sms_method: str | None = None
    sms_url: str | None = None
    uri: str | None = None
