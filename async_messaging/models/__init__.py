"""Twilio's resources as msgspec structs: data only. Unknown fields of an answer are ignored.

One module a chapter of Twilio's reference. What is named here is loaded on first use.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .attachment import Feedback, Media
    from .draft import MessageDraft
    from .message import Balance, Message
    from .pricing import (
        CarrierPrices,
        MessagingCountry,
        MessagingCountrySummary,
        MessagingPrice,
    )
    from .sender import (
        AlphaSender,
        DestinationAlphaSender,
        ServiceChannelSender,
        ServicePhoneNumber,
        ServiceShortCode,
    )
    from .service import Service, ServiceChanges, ServiceDraft, ServiceSettings, UseCase
    from .short_code import ShortCode
    from .shown import Shown

_HOMES = {
    "attachment": "Feedback Media",
    "draft": "MessageDraft",
    "message": "Balance Message",
    "pricing": "CarrierPrices MessagingCountry MessagingCountrySummary MessagingPrice",
    "sender": "AlphaSender DestinationAlphaSender ServiceChannelSender ServicePhoneNumber"
    " ServiceShortCode",
    "service": "Service ServiceChanges ServiceDraft ServiceSettings UseCase",
    "short_code": "ShortCode",
    "shown": "Shown",
}
_HOME = {name: home for home, names in _HOMES.items() for name in names.split()}

__all__ = [
    "AlphaSender",
    "Balance",
    "CarrierPrices",
    "DestinationAlphaSender",
    "Feedback",
    "Media",
    "Message",
    "MessageDraft",
    "MessagingCountry",
    "MessagingCountrySummary",
    "MessagingPrice",
    "Service",
    "ServiceChanges",
    "ServiceChannelSender",
    "ServiceDraft",
    "ServicePhoneNumber",
    "ServiceSettings",
    "ServiceShortCode",
    "ShortCode",
    "Shown",
    "UseCase",
]


def __getattr__(name: str) -> object:
    if name in _HOME:
        value: object = getattr(import_module(f".{_HOME[name]}", __name__), name)
        globals()[name] = value
        return value
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
