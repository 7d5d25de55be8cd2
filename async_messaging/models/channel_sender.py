"""Senders of WhatsApp and RCS. Twilio's reference: Senders resource."""

from __future__ import annotations

from .checks import Typed
from .shown import Shown, Sid


class SenderConfiguration(Typed, frozen=True, kw_only=True, gc=False):
    """How a sender is set up. What is None is not sent, and stays as it is.

    Attributes:
        waba_id: the id of the WhatsApp Business Account.
        verification_method: how the verification code comes: ``sms`` or ``voice``.
        verification_code: the code that came.
        voice_application_sid: the application that takes calls.
        account_type: ``ISV`` or ``ISVSubAccount``; empty to clear it.
    """

    waba_id: str | None = None
    verification_method: str | None = None
    verification_code: str | None = None
    voice_application_sid: str | None = None
    account_type: str | None = None


class SenderWebhook(Typed, frozen=True, kw_only=True, gc=False):
    """Where Twilio tells of messages. What is None is not sent."""

    callback_url: str | None = None
    callback_method: str | None = None
    fallback_url: str | None = None
    fallback_method: str | None = None
    status_callback_url: str | None = None
    status_callback_method: str | None = None


class SenderWebsite(Typed, frozen=True, kw_only=True, gc=False):
    """A web site in a profile."""

    website: str | None = None
    label: str | None = None


class SenderEmail(Typed, frozen=True, kw_only=True, gc=False):
    """A mail address in a profile."""

    email: str | None = None
    label: str | None = None


class SenderPhoneNumber(Typed, frozen=True, kw_only=True, gc=False):
    """A phone number in a profile."""

    phone_number: str | None = None
    label: str | None = None


class SenderProfile(Typed, frozen=True, kw_only=True, gc=False):
    """What recipients see of a sender. What is None is not sent.

    Attributes:
        name: the display name; WhatsApp needs one.
        accent_color: six hexadecimal digits after ``#``.
        vertical: the trade, in Meta's words: ``Education``, ``Travel and Transportation``, ...
    """

    name: str | None = None
    about: str | None = None
    address: str | None = None
    description: str | None = None
    logo_url: str | None = None
    banner_url: str | None = None
    privacy_url: str | None = None
    terms_of_service_url: str | None = None
    accent_color: str | None = None
    vertical: str | None = None
    websites: tuple[SenderWebsite, ...] | None = None
    emails: tuple[SenderEmail, ...] | None = None
    phone_numbers: tuple[SenderPhoneNumber, ...] | None = None


class SenderProperties(Shown, frozen=True, kw_only=True, gc=False):
    """How a sender does: its quality, and how many it may write to in a day."""

    quality_rating: str | None = None
    messaging_limit: str | None = None


class SenderOfflineReason(Shown, frozen=True, kw_only=True, gc=False):
    """Why a sender is offline."""

    code: int | None = None
    message: str | None = None
    more_info: str | None = None


class SenderCarrier(Shown, frozen=True, kw_only=True, gc=False):
    """How far a carrier has let an RCS sender in: ``CARRIER_REVIEW``, ``APPROVED``, ..."""

    name: str | None = None
    status: str | None = None


class SenderCountry(Shown, frozen=True, kw_only=True, gc=False):
    """How far an RCS sender is registered in a country."""

    country: str | None = None
    registration_sid: str | None = None
    status: str | None = None
    carriers: tuple[SenderCarrier, ...] | None = None


class SenderCompliance(Shown, frozen=True, kw_only=True, gc=False):
    """An RCS sender's registrations; `registration_sid` is for countries without their own."""

    registration_sid: str | None = None
    countries: tuple[SenderCountry, ...] | None = None


class ChannelSender(Shown, frozen=True, kw_only=True, gc=False):
    """A sender of WhatsApp or RCS. Twilio's reference: Senders resource.

    Attributes:
        sender_id: its address: ``whatsapp:+15017122661``, ``rcs:brand_agent``.
        status: ``CREATING``, ``PENDING_VERIFICATION``, ``VERIFYING``, ``ONLINE``, ``OFFLINE``, ...
        friendly_name: a name for it in Twilio's console.
        offline_reasons: why it is offline.
        compliance: registrations of an RCS sender.
    """

    sid: Sid
    status: str | None = None
    sender_id: str | None = None
    friendly_name: str | None = None
    configuration: SenderConfiguration | None = None
    webhook: SenderWebhook | None = None
    profile: SenderProfile | None = None
    properties: SenderProperties | None = None
    offline_reasons: tuple[SenderOfflineReason | None, ...] | None = None
    compliance: SenderCompliance | None = None
    url: str | None = None
