"""Twilio's resources as msgspec structs: data only. Unknown fields of an answer are ignored.

One module a chapter of Twilio's reference. What is named here is loaded on first use.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .a2p import (
        A2PBrand,
        A2PBrandOtp,
        A2PBrandVetting,
        A2PPreregistered,
        A2PRegistration,
        A2PRegistrationChanges,
        A2PRegistrationDraft,
        A2PUseCase,
    )
    from .channel_sender import (
        ChannelSender,
        SenderCarrier,
        SenderCompliance,
        SenderConfiguration,
        SenderCountry,
        SenderEmail,
        SenderOfflineReason,
        SenderPhoneNumber,
        SenderProfile,
        SenderProperties,
        SenderWebhook,
        SenderWebsite,
    )
    from .content import (
        ApprovalRequest,
        Content,
        ContentAndApprovals,
        ContentApprovals,
        LegacyContent,
    )
    from .content_types import (
        AuthenticationAction,
        CallToActionAction,
        CallToActionContent,
        CardAction,
        CardContent,
        CarouselAction,
        CarouselCard,
        CarouselContent,
        CatalogContent,
        CatalogItem,
        ContentType,
        FlowPage,
        FlowsContent,
        ListItem,
        ListPickerContent,
        LocationContent,
        MediaContent,
        QuickReplyAction,
        QuickReplyContent,
        ScheduleContent,
        TextContent,
        UnknownContent,
        WhatsAppAuthenticationContent,
        WhatsAppCardContent,
        WhatsAppFlowsContent,
    )
    from .draft import MessageDraft
    from .links import (
        DnsValidation,
        DomainAssociation,
        DomainCertificate,
        DomainConfig,
    )
    from .message import Balance, Feedback, Media, Message, TypingIndicator
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
        ShortCode,
    )
    from .service import Service, ServiceChanges, ServiceDraft, ServiceSettings, UseCase
    from .shown import Shown
    from .tollfree import (
        TollfreeChanges,
        TollfreeDraft,
        TollfreeSettings,
        TollfreeVerification,
    )

_HOMES = (
    *("message", "draft", "service", "sender", "pricing", "shown", "content", "content_types"),
    *("channel_sender", "a2p", "tollfree", "links"),
)
"""Modules in the order in which a name is looked for."""

__all__ = [
    "A2PBrand",
    "A2PBrandOtp",
    "A2PBrandVetting",
    "A2PPreregistered",
    "A2PRegistration",
    "A2PRegistrationChanges",
    "A2PRegistrationDraft",
    "A2PUseCase",
    "AlphaSender",
    "ApprovalRequest",
    "AuthenticationAction",
    "Balance",
    "CallToActionAction",
    "CallToActionContent",
    "CardAction",
    "CardContent",
    "CarouselAction",
    "CarouselCard",
    "CarouselContent",
    "CarrierPrices",
    "CatalogContent",
    "CatalogItem",
    "ChannelSender",
    "Content",
    "ContentAndApprovals",
    "ContentApprovals",
    "ContentType",
    "DestinationAlphaSender",
    "DnsValidation",
    "DomainAssociation",
    "DomainCertificate",
    "DomainConfig",
    "Feedback",
    "FlowPage",
    "FlowsContent",
    "LegacyContent",
    "ListItem",
    "ListPickerContent",
    "LocationContent",
    "Media",
    "MediaContent",
    "Message",
    "MessageDraft",
    "MessagingCountry",
    "MessagingCountrySummary",
    "MessagingPrice",
    "QuickReplyAction",
    "QuickReplyContent",
    "ScheduleContent",
    "SenderCarrier",
    "SenderCompliance",
    "SenderConfiguration",
    "SenderCountry",
    "SenderEmail",
    "SenderOfflineReason",
    "SenderPhoneNumber",
    "SenderProfile",
    "SenderProperties",
    "SenderWebhook",
    "SenderWebsite",
    "Service",
    "ServiceChanges",
    "ServiceChannelSender",
    "ServiceDraft",
    "ServicePhoneNumber",
    "ServiceSettings",
    "ServiceShortCode",
    "ShortCode",
    "Shown",
    "TextContent",
    "TollfreeChanges",
    "TollfreeDraft",
    "TollfreeSettings",
    "TollfreeVerification",
    "TypingIndicator",
    "UnknownContent",
    "UseCase",
    "WhatsAppAuthenticationContent",
    "WhatsAppCardContent",
    "WhatsAppFlowsContent",
]


def __getattr__(name: str) -> object:
    if name in __all__:
        for home in _HOMES:
            found = vars(import_module(f".{home}", __name__))
            if name in found:
                globals()[name] = found[name]
                return found[name]
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
