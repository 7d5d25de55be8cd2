"""The short codes of an account. Twilio's reference: ShortCodes resource."""

from __future__ import annotations

from .shown import Kept

__all__ = ["ShortCode"]


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
