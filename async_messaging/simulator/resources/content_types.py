"""What a content template may say: one struct a type, with the fields that Twilio requires.

Fields that are not named here are kept as they were given. Source: Twilio's reference, "Content types".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal, cast

import msgspec

from async_messaging.simulator.answers import RefusedError
from async_messaging.simulator.records import Record

_Text = Annotated[str, msgspec.Meta(min_length=1)]
_Texts = Annotated[list[str], msgspec.Meta(min_length=1)]


class Body(msgspec.Struct):
    """A text."""

    body: _Text


class Media(msgspec.Struct):
    """Files, and a text if there is one."""

    media: _Texts
    body: str = ""


class Location(msgspec.Struct):
    """A place; degrees."""

    latitude: Annotated[float, msgspec.Meta(ge=-90, le=90)]
    longitude: Annotated[float, msgspec.Meta(ge=-180, le=180)]


class Item(msgspec.Struct):
    """A line of a list."""

    id: _Text
    item: _Text


class ListPicker(Body):
    """A text and a list to choose from."""

    button: _Text
    items: Annotated[list[Item], msgspec.Meta(min_length=1, max_length=10)]


class Action(msgspec.Struct):
    """A button."""

    type: Literal["URL", "PHONE_NUMBER", "QUICK_REPLY", "COPY_CODE", "VOICE_CALL"]
    title: _Text


class Call(msgspec.Struct):
    """A button that leads somewhere."""

    type: Literal["URL", "PHONE_NUMBER", "COPY_CODE", "VOICE_CALL", "VOICE_CALL_REQUEST"]
    title: _Text


class CallToAction(Body):
    """A text and buttons that lead somewhere."""

    actions: Annotated[list[Call], msgspec.Meta(min_length=1)]


class Choice(msgspec.Struct):
    """A button that answers."""

    title: _Text
    type: Literal["QUICK_REPLY"] = "QUICK_REPLY"


class QuickReply(Body):
    """A text and buttons that answer."""

    actions: Annotated[list[Choice], msgspec.Meta(min_length=1, max_length=10)]


class Card(msgspec.Struct):
    """A title or a text, with a picture, buttons or more words: it must have something besides."""

    title: str = ""
    body: str = ""
    subtitle: str = ""
    media: list[str] = []
    actions: list[Action] = []


class Catalog(Body):
    """A text and products."""

    items: list[dict[str, Any]] = []


class CarouselCard(Body):
    """One card of a carousel."""

    media: _Text
    actions: list[Action]


class Carousel(Body):
    """A text and cards to leaf through."""

    cards: Annotated[list[CarouselCard], msgspec.Meta(min_length=1, max_length=10)]


class Page(msgspec.Struct):
    """One page of a form."""

    id: _Text
    title: _Text
    layout: list[dict[str, Any]]


class Flows(Body):
    """A text and a form of several pages."""

    button_text: _Text
    pages: Annotated[list[Page], msgspec.Meta(min_length=1)]
    type: _Text


class Schedule(msgspec.Struct):
    """Times to choose from."""

    id: _Text
    title: _Text
    time_slots: _Text = msgspec.field(name="timeSlots")


class WhatsAppCard(Body):
    """A text with a picture, a footer and buttons."""

    media: list[str] = []
    actions: list[Action] = []


class CopyCode(msgspec.Struct):
    """The button that copies a one-time code."""

    type: Literal["COPY_CODE"]
    copy_code_text: _Text


class Authentication(msgspec.Struct):
    """A one-time code, in WhatsApp's own words."""

    actions: Annotated[list[CopyCode], msgspec.Meta(min_length=1, max_length=1)]
    add_security_recommendation: bool = False
    code_expiration_minutes: Annotated[float, msgspec.Meta(ge=1, le=90)] | None = None


class WhatsAppFlows(Body):
    """A text and a form that WhatsApp keeps."""

    button_text: _Text
    flow_id: _Text


TYPES: dict[str, type[msgspec.Struct]] = {
    "twilio/text": Body,
    "twilio/media": Media,
    "twilio/location": Location,
    "twilio/list-picker": ListPicker,
    "twilio/call-to-action": CallToAction,
    "twilio/quick-reply": QuickReply,
    "twilio/card": Card,
    "twilio/catalog": Catalog,
    "twilio/carousel": Carousel,
    "twilio/flows": Flows,
    "twilio/schedule": Schedule,
    "whatsapp/card": WhatsAppCard,
    "whatsapp/authentication": Authentication,
    "whatsapp/flows": WhatsAppFlows,
}


def types_of(template: Record) -> dict[str, dict[str, Any]]:
    """What a template says, by type."""
    return cast("dict[str, dict[str, Any]]", template.fields["types"])


def _given(value: Any) -> Any:
    """Without what is null: some clients give every field."""
    if isinstance(value, dict):
        told = cast("dict[str, Any]", value)
        return {name: _given(part) for name, part in told.items() if part is not None}
    if isinstance(value, list):
        return [_given(part) for part in cast("Sequence[Any]", value)]
    return value


def check_types(types: Mapping[str, dict[str, Any] | None]) -> dict[str, dict[str, Any]]:
    """The types of a template, without what is null.

    Raises:
        RefusedError: 20001, there is none, one is unknown, or a field is missing or wrong; it is named.
    """
    given: dict[str, dict[str, Any]] = _given(types)
    if not given:
        raise RefusedError(20001, "types must have at least one content type")
    for name, value in given.items():
        known = TYPES.get(name)
        if known is None:
            raise RefusedError(20001, f"types: {name} is no content type")
        try:
            said = msgspec.convert(value, known)
        except msgspec.ValidationError as error:
            raise RefusedError(20001, f"types: {name}: {error}") from None
        if isinstance(said, Card):
            _check_card(name, said)
    return given


def _check_card(name: str, card: Card) -> None:
    if not card.title and not card.body:
        raise RefusedError(20001, f"types: {name}: `title` or `body` is required")
    if sum(map(bool, msgspec.structs.astuple(card))) == 1:
        raise RefusedError(20001, f"types: {name}: at least one more field is required")
