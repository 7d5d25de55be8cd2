"""What a content template may say, type by type. Twilio's reference: Content Types Overview.

Each type is a struct with a tag, its name at Twilio; the same structs are given and answered. Texts
may hold placeholders, ``{{1}}``, whose values come with the message.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import TypeAlias

import msgspec

from .checks import Typed
from .shown import Json, Shown


class TaggedContent(Typed, frozen=True, kw_only=True, gc=False, tag_field="content_type", tag=""):
    """The base of all types that are known."""

    @property
    def content_type(self) -> str:
        """The type's name at Twilio: ``twilio/text``."""
        return str(self.__struct_config__.tag)


class TextContent(TaggedContent, frozen=True, kw_only=True, gc=False, tag="twilio/text"):
    """Plain text, for every channel."""

    body: str


class MediaContent(TaggedContent, frozen=True, kw_only=True, gc=False, tag="twilio/media"):
    """Files, by their URLs, with a text."""

    media: tuple[str, ...]
    body: str | None = None


class LocationContent(TaggedContent, frozen=True, kw_only=True, gc=False, tag="twilio/location"):
    """A place on the map, in degrees."""

    latitude: float
    longitude: float
    label: str | None = None
    id: str | None = None
    address: str | None = None


class ListItem(Typed, frozen=True, kw_only=True, gc=False):
    """A line of a list to choose from; `id` comes back with the choice."""

    id: str
    item: str
    description: str | None = None


class ListPickerContent(TaggedContent, frozen=True, kw_only=True, tag="twilio/list-picker"):
    """A list to choose from, behind a button."""

    body: str
    button: str
    items: tuple[ListItem, ...]


class CallToActionAction(Typed, frozen=True, kw_only=True, gc=False):
    """A button that opens a page, calls, or copies a code.

    Attributes:
        type: ``URL``, ``PHONE_NUMBER``, ``COPY_CODE``, ``VOICE_CALL``, ``VOICE_CALL_REQUEST``.
        url: the page, for ``URL``.
        phone: the number in E.164, for ``PHONE_NUMBER``.
        code: what is copied, for ``COPY_CODE``.
    """

    type: str
    title: str
    url: str | None = None
    phone: str | None = None
    code: str | None = None
    id: str | None = None


class CallToActionContent(TaggedContent, frozen=True, kw_only=True, tag="twilio/call-to-action"):
    """A text with buttons that act."""

    body: str
    actions: tuple[CallToActionAction, ...]


class QuickReplyAction(Typed, frozen=True, kw_only=True, gc=False):
    """A button that answers; `id` comes back with the answer. `type` is ``QUICK_REPLY``."""

    title: str
    type: str | None = None
    id: str | None = None


class QuickReplyContent(TaggedContent, frozen=True, kw_only=True, tag="twilio/quick-reply"):
    """A text with ready answers."""

    body: str
    actions: tuple[QuickReplyAction, ...]


class CardAction(CallToActionAction, frozen=True, kw_only=True, gc=False):
    """A card's button: one that acts, as `CallToActionAction` has it, or one that answers.

    Attributes:
        type: ``URL``, ``PHONE_NUMBER``, ``QUICK_REPLY``, ``COPY_CODE``, ``VOICE_CALL``.
        id: comes back with a ``QUICK_REPLY``.
        webview_size: ``TALL``, ``FULL``, ``HALF`` or ``NONE``: how much of the screen a page takes.
    """

    webview_size: str | None = None


class CardContent(TaggedContent, frozen=True, kw_only=True, gc=False, tag="twilio/card"):
    """A card: title, subtitle, a medium, buttons."""

    title: str | None = None
    subtitle: str | None = None
    media: tuple[str, ...] | None = None
    actions: tuple[CardAction, ...] | None = None


class CatalogItem(Typed, frozen=True, kw_only=True, gc=False):
    """An article of a catalog."""

    id: str | None = None
    section_title: str | None = None
    name: str | None = None
    media_url: str | None = None
    price: Decimal | None = None
    description: str | None = None


class CatalogContent(TaggedContent, frozen=True, kw_only=True, gc=False, tag="twilio/catalog"):
    """Articles to buy.

    Attributes:
        id: the catalog's id at Meta.
        dynamic_items: a placeholder through which articles come with the message.
    """

    body: str
    title: str | None = None
    subtitle: str | None = None
    id: str | None = None
    items: tuple[CatalogItem, ...] | None = None
    dynamic_items: str | None = None


class CarouselAction(Typed, frozen=True, kw_only=True, gc=False):
    """A button of a carousel's card. `type` is ``URL``, ``PHONE_NUMBER`` or ``QUICK_REPLY``."""

    type: str | None = None
    title: str | None = None
    url: str | None = None
    phone: str | None = None
    id: str | None = None


class CarouselCard(Typed, frozen=True, kw_only=True, gc=False):
    """One card of a carousel, with one medium."""

    body: str
    media: str
    actions: tuple[CarouselAction, ...]
    title: str | None = None


class CarouselContent(TaggedContent, frozen=True, kw_only=True, gc=False, tag="twilio/carousel"):
    """A text over cards to leaf through."""

    body: str
    cards: tuple[CarouselCard, ...]


class FlowPage(Typed, frozen=True, kw_only=True, gc=False):
    """One page of a form; `layout` holds its components as Twilio names them."""

    id: str
    title: str
    layout: tuple[Mapping[str, Json], ...]
    next_page_id: str | None = None
    subtitle: str | None = None


class FlowsContent(TaggedContent, frozen=True, kw_only=True, gc=False, tag="twilio/flows"):
    """A form of several pages. `type` is what it is for: ``SIGN_UP``, ``OTHER``, ..."""

    body: str
    button_text: str
    pages: tuple[FlowPage, ...]
    type: str
    subtitle: str | None = None
    media_url: str | None = None


class ScheduleContent(TaggedContent, frozen=True, kw_only=True, gc=False, tag="twilio/schedule"):
    """Times to choose from."""

    id: str
    title: str
    time_slots: str = msgspec.field(name="timeSlots")


class WhatsAppCardContent(TaggedContent, frozen=True, kw_only=True, gc=False, tag="whatsapp/card"):
    """A card as WhatsApp has it: header, text, footer, buttons."""

    body: str
    footer: str | None = None
    media: tuple[str, ...] | None = None
    header_text: str | None = None
    actions: tuple[CardAction, ...] | None = None


class AuthenticationAction(Typed, frozen=True, kw_only=True, gc=False):
    """The button that copies a one-time password. `type` is ``COPY_CODE``."""

    type: str
    copy_code_text: str


class WhatsAppAuthenticationContent(
    TaggedContent, frozen=True, kw_only=True, tag="whatsapp/authentication"
):
    """A one-time password; WhatsApp writes the text."""

    actions: tuple[AuthenticationAction, ...]
    add_security_recommendation: bool | None = None
    code_expiration_minutes: int | None = None


class WhatsAppFlowsContent(TaggedContent, frozen=True, kw_only=True, tag="whatsapp/flows"):
    """A form that was made at Meta."""

    body: str
    button_text: str
    flow_id: str
    subtitle: str | None = None
    media_url: str | None = None
    flow_token: str | None = None
    flow_first_page_id: str | None = None
    is_flow_first_page_endpoint: bool | None = None


class UnknownContent(Shown, frozen=True, kw_only=True, gc=False):
    """A type that this library does not know, or whose fields are not the published ones.

    Attributes:
        content_type: its name at Twilio.
        fields: its fields, as they are on the wire.
    """

    content_type: str
    fields: Mapping[str, Json]


KnownContent: TypeAlias = (
    TextContent
    | MediaContent
    | LocationContent
    | ListPickerContent
    | CallToActionContent
    | QuickReplyContent
    | CardContent
    | CatalogContent
    | CarouselContent
    | FlowsContent
    | ScheduleContent
    | WhatsAppCardContent
    | WhatsAppAuthenticationContent
    | WhatsAppFlowsContent
)
"""The types that have a struct of their own."""

ContentType: TypeAlias = KnownContent | UnknownContent
"""Any of the types; tell them apart with ``match`` or by `content_type`."""
