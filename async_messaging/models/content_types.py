"""What a content template may say, type by type. Twilio's reference: Content types.

Each type is a struct with a tag, its name at Twilio; the same structs are given and answered. Texts
may hold placeholders, ``{{1}}``, whose values come with the message.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, TypeAlias, cast

import msgspec

from ..errors import InvalidInput
from .shown import Shown
from .typed import Typed

__all__ = [
    "AuthenticationAction",
    "CallToActionAction",
    "CallToActionContent",
    "CardAction",
    "CardContent",
    "CarouselAction",
    "CarouselCard",
    "CarouselContent",
    "CatalogContent",
    "CatalogItem",
    "ContentType",
    "FlowPage",
    "FlowsContent",
    "ListItem",
    "ListPickerContent",
    "LocationContent",
    "MediaContent",
    "QuickReplyAction",
    "QuickReplyContent",
    "ScheduleContent",
    "TextContent",
    "UnknownContent",
    "WhatsAppAuthenticationContent",
    "WhatsAppCardContent",
    "WhatsAppFlowsContent",
    "read_types",
    "wire_types",
]

_TAG = "content_type"


class _Content(Typed, frozen=True, kw_only=True, gc=False, tag_field=_TAG, tag=""):
    @property
    def content_type(self) -> str:
        """The type's name at Twilio: ``twilio/text``."""
        return str(self.__struct_config__.tag)


class TextContent(_Content, frozen=True, kw_only=True, gc=False, tag="twilio/text"):
    """Plain text, for every channel."""

    body: str


class MediaContent(_Content, frozen=True, kw_only=True, gc=False, tag="twilio/media"):
    """Files, by their URLs, with a text."""

    media: tuple[str, ...]
    body: str | None = None


class LocationContent(_Content, frozen=True, kw_only=True, gc=False, tag="twilio/location"):
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


class ListPickerContent(_Content, frozen=True, kw_only=True, gc=False, tag="twilio/list-picker"):
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


class CallToActionContent(
    _Content, frozen=True, kw_only=True, gc=False, tag="twilio/call-to-action"
):
    """A text with buttons that act."""

    body: str
    actions: tuple[CallToActionAction, ...]


class QuickReplyAction(Typed, frozen=True, kw_only=True, gc=False):
    """A button that answers; `id` comes back with the answer. `type` is ``QUICK_REPLY``."""

    title: str
    type: str | None = None
    id: str | None = None


class QuickReplyContent(_Content, frozen=True, kw_only=True, gc=False, tag="twilio/quick-reply"):
    """A text with ready answers."""

    body: str
    actions: tuple[QuickReplyAction, ...]


class CardAction(Typed, frozen=True, kw_only=True, gc=False):
    """A card's button.

    Attributes:
        type: ``URL``, ``PHONE_NUMBER``, ``QUICK_REPLY``, ``COPY_CODE``, ``VOICE_CALL``.
        url: the page, for ``URL``.
        phone: the number in E.164, for ``PHONE_NUMBER``.
        id: comes back with a ``QUICK_REPLY``.
        code: what is copied, for ``COPY_CODE``.
        webview_size: ``TALL``, ``FULL``, ``HALF`` or ``NONE``: how much of the screen a page takes.
    """

    type: str
    title: str
    url: str | None = None
    phone: str | None = None
    id: str | None = None
    code: str | None = None
    webview_size: str | None = None


class CardContent(_Content, frozen=True, kw_only=True, gc=False, tag="twilio/card"):
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


class CatalogContent(_Content, frozen=True, kw_only=True, gc=False, tag="twilio/catalog"):
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


class CarouselContent(_Content, frozen=True, kw_only=True, gc=False, tag="twilio/carousel"):
    """A text over cards to leaf through."""

    body: str
    cards: tuple[CarouselCard, ...]


class FlowPage(Typed, frozen=True, kw_only=True, gc=False):
    """One page of a form; `layout` holds its components as Twilio names them."""

    id: str
    title: str
    layout: tuple[Mapping[str, Any], ...]
    next_page_id: str | None = None
    subtitle: str | None = None


class FlowsContent(_Content, frozen=True, kw_only=True, gc=False, tag="twilio/flows"):
    """A form of several pages. `type` is what it is for: ``SIGN_UP``, ``OTHER``, ..."""

    body: str
    button_text: str
    pages: tuple[FlowPage, ...]
    type: str
    subtitle: str | None = None
    media_url: str | None = None


class ScheduleContent(_Content, frozen=True, kw_only=True, gc=False, tag="twilio/schedule"):
    """Times to choose from."""

    id: str
    title: str
    time_slots: str = msgspec.field(name="timeSlots")


class WhatsAppCardContent(_Content, frozen=True, kw_only=True, gc=False, tag="whatsapp/card"):
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
    _Content, frozen=True, kw_only=True, gc=False, tag="whatsapp/authentication"
):
    """A one-time password; WhatsApp writes the text."""

    actions: tuple[AuthenticationAction, ...]
    add_security_recommendation: bool | None = None
    code_expiration_minutes: float | None = None


class WhatsAppFlowsContent(_Content, frozen=True, kw_only=True, gc=False, tag="whatsapp/flows"):
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
    fields: Mapping[str, Any]


_Known: TypeAlias = (
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
ContentType: TypeAlias = _Known | UnknownContent
"""Any of the types; tell them apart with ``match`` or by `content_type`."""


def read_types(types: Mapping[str, Any]) -> tuple[ContentType, ...]:
    """The types of an answer; what is no object is left out."""
    return tuple(
        _read(name, cast("dict[str, object]", fields))
        for name, fields in types.items()
        if isinstance(fields, dict)
    )


def _read(name: str, fields: dict[str, object]) -> ContentType:
    try:
        return msgspec.convert({**fields, _TAG: name}, _Known, strict=False)  # type: ignore[arg-type] # a union is no type to mypy
    except msgspec.ValidationError:
        return UnknownContent(content_type=name, fields=fields)


def wire_types(types: Sequence[ContentType]) -> dict[str, Any]:
    """The types as a request holds them: each under its name.

    Raises:
        InvalidInput: there is none, one is given twice, or it is no content type.
    """
    found: dict[str, Any] = {}
    for one in _listed(types):
        if not isinstance(one, _Content | UnknownContent) or one.content_type in found:
            raise InvalidInput("must be content types, each kind once", field="types")
        found[one.content_type] = _fields(one)
    return found


def _listed(types: object) -> Sequence[object]:
    if isinstance(types, Sequence) and types:
        return cast("Sequence[object]", types)
    raise InvalidInput("must be a list of content types, at least one", field="types")


def _fields(one: _Content | UnknownContent) -> Mapping[str, Any]:
    if isinstance(one, UnknownContent):
        return one.fields
    fields: dict[str, Any] = msgspec.to_builtins(one, builtin_types=(Decimal,))
    del fields[_TAG]
    return fields
