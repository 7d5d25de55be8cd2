"""Typing indicators. Twilio's reference: Typing Indicators resource."""

from __future__ import annotations

from .shown import Shown

__all__ = ["TypingIndicator"]


class TypingIndicator(Shown, frozen=True, kw_only=True, gc=False):
    """Whether the indicator was shown."""

    success: bool | None = None
