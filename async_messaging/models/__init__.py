"""Twilio's resources as msgspec structs: data only. Unknown fields of an answer are ignored."""

from __future__ import annotations

from .attachment import Feedback, Media
from .draft import MessageDraft
from .message import Balance, Message
from .pricing import (
    CarrierPrices,
    MessagingCountry,
    MessagingCountrySummary,
    MessagingPrice,
)
from .shown import Shown

__all__ = [
    "Balance",
    "CarrierPrices",
    "Feedback",
    "Media",
    "Message",
    "MessageDraft",
    "MessagingCountry",
    "MessagingCountrySummary",
    "MessagingPrice",
    "Shown",
]
