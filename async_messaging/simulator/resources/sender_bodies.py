"""What requests say of a sender of WhatsApp or RCS. Source: Twilio's reference, "Senders"."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

PARTS = ("configuration", "webhook", "profile")

_Url = Annotated[str, msgspec.Meta(pattern="^(https?://[^ ]+)?$")]
_Method = Literal["POST", "PUT"]


class Configuration(msgspec.Struct, frozen=True, kw_only=True):
    """The business account, and how a number is verified."""

    waba_id: str | None = None
    verification_method: Literal["sms", "voice"] | None = None
    verification_code: str | None = None
    voice_application_sid: str | None = None
    account_type: Literal["ISV", "ISVSubAccount", ""] | None = None


class Hooks(msgspec.Struct, frozen=True, kw_only=True):
    """Where Twilio tells of a sender's messages."""

    callback_url: _Url | None = None
    callback_method: _Method | None = None
    fallback_url: _Url | None = None
    fallback_method: _Method | None = None
    status_callback_url: _Url | None = None
    status_callback_method: _Method | None = None


class Website(msgspec.Struct, frozen=True, kw_only=True):
    """An address on the web."""

    website: _Url
    label: str = ""


class Email(msgspec.Struct, frozen=True, kw_only=True):
    """An address of electronic mail."""

    email: str
    label: str = ""


class PhoneNumber(msgspec.Struct, frozen=True, kw_only=True):
    """A phone number."""

    phone_number: str
    label: str = ""


class Profile(msgspec.Struct, frozen=True, kw_only=True):
    """What recipients see."""

    name: str | None = None
    about: Annotated[str, msgspec.Meta(max_length=139)] | None = None
    address: Annotated[str, msgspec.Meta(max_length=256)] | None = None
    description: Annotated[str, msgspec.Meta(max_length=512)] | None = None
    logo_url: _Url | None = None
    banner_url: _Url | None = None
    privacy_url: _Url | None = None
    terms_of_service_url: _Url | None = None
    accent_color: Annotated[str, msgspec.Meta(pattern="^#[0-9a-fA-F]{6}$")] | None = None
    vertical: str | None = None
    websites: list[Website] | None = None
    emails: list[Email] | None = None
    phone_numbers: list[PhoneNumber] | None = None


class SenderParts(msgspec.Struct, frozen=True, kw_only=True):
    """What an update may give; null leaves what is there."""

    configuration: Configuration | None = None
    webhook: Hooks | None = None
    profile: Profile | None = None
    friendly_name: str | None = None


class SenderBody(SenderParts, frozen=True, kw_only=True):
    """What a new sender is made from."""

    sender_id: str


CREATE = msgspec.json.Decoder(SenderBody)
UPDATE = msgspec.json.Decoder(SenderParts)
