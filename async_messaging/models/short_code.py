"""The short codes of an account. Twilio's reference: ShortCodes resource."""

from __future__ import annotations

from ..codec.dates import Timestamp
from .shown import Shown, Sid

__all__ = ["ShortCode"]


class ShortCode(Shown, frozen=True, kw_only=True, gc=False):
    """A short code. Twilio's reference: ShortCodes resource.

    `sms_url` and `sms_fallback_url` are where Twilio sends messages that reach the code.
    """

    sid: Sid
    account_sid: str | None = None
    api_version: str | None = None
    date_created: Timestamp | None = None
    date_updated: Timestamp | None = None
    friendly_name: str | None = None
    short_code: str | None = None
    sms_fallback_method: str | None = None
    sms_fallback_url: str | None = None
    sms_method: str | None = None
    sms_url: str | None = None
    uri: str | None = None
