"""What a content template may say: one struct a type, with the fields that Twilio requires.

Fields that are not named here are kept as they were given. Source: Twilio's reference, "Content types".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Annotated, Any, Literal, cast

import msgspec

from ..answers import RefusedError
from ..records import Record

_Kind = type[msgspec.Struct]
_NONE: Mapping[str, Any] = MappingProxyType({})


def _struct(optional: Mapping[str, Any] = _NONE, **required: Any) -> _Kind:
    """A struct with these fields, by their types."""
    lenient: list[Any] = [(name, kind, None) for name, kind in optional.items()]
    return msgspec.defstruct("Said", [*required.items(), *lenient])


def _list(kind: Any) -> Any:
    return list[kind]


def _some(kind: Any, most: int | None = None) -> Any:
    """A list of these that is not empty."""
    return Annotated[list[kind], msgspec.Meta(min_length=1, max_length=most)]


_TEXT = Annotated[str, msgspec.Meta(min_length=1)]
_ITEM = _struct(id=_TEXT, item=_TEXT)
_ACTION = _struct(
    type=Literal["URL", "PHONE_NUMBER", "QUICK_REPLY", "COPY_CODE", "VOICE_CALL"], title=_TEXT
)
_CALL = _struct(
    type=Literal["URL", "PHONE_NUMBER", "COPY_CODE", "VOICE_CALL", "VOICE_CALL_REQUEST"],
    title=_TEXT,
)
_ANSWER = _struct({"type": Literal["QUICK_REPLY"]}, title=_TEXT)
_PAGE = _struct(id=_TEXT, title=_TEXT, layout=list[dict[str, Any]])
_COPY = _struct(type=Literal["COPY_CODE"], copy_code_text=_TEXT)
_SLIDE = _struct(body=_TEXT, media=_TEXT, actions=_list(_ACTION))
_EXTRAS = {"media": list[str], "actions": _list(_ACTION)}
_CARD = _struct({"title": str, "body": str, "subtitle": str, **_EXTRAS})
_MINUTES = Annotated[float, msgspec.Meta(ge=1, le=90)]

TYPES: dict[str, _Kind] = {
    "twilio/text": _struct(body=_TEXT),
    "twilio/media": _struct({"body": str}, media=_some(_TEXT)),
    "twilio/location": _struct(
        latitude=Annotated[float, msgspec.Meta(ge=-90, le=90)],
        longitude=Annotated[float, msgspec.Meta(ge=-180, le=180)],
    ),
    "twilio/list-picker": _struct(body=_TEXT, button=_TEXT, items=_some(_ITEM, 10)),
    "twilio/call-to-action": _struct(body=_TEXT, actions=_some(_CALL)),
    "twilio/quick-reply": _struct(body=_TEXT, actions=_some(_ANSWER, 10)),
    "twilio/card": _CARD,
    "twilio/catalog": _struct({"items": list[dict[str, Any]]}, body=_TEXT),
    "twilio/carousel": _struct(body=_TEXT, cards=_some(_SLIDE, 10)),
    "twilio/flows": _struct(body=_TEXT, button_text=_TEXT, pages=_some(_PAGE), type=_TEXT),
    "twilio/schedule": _struct(id=_TEXT, title=_TEXT, timeSlots=_TEXT),
    "whatsapp/card": _struct(_EXTRAS, body=_TEXT),
    "whatsapp/authentication": _struct(
        {"add_security_recommendation": bool, "code_expiration_minutes": _MINUTES},
        actions=_some(_COPY, 1),
    ),
    "whatsapp/flows": _struct(body=_TEXT, button_text=_TEXT, flow_id=_TEXT),
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
    """The types of a template, without what is null; what is wrong is named (20001)."""
    given: dict[str, dict[str, Any]] = _given(types)
    if not given:
        raise RefusedError(20001, "types must have at least one content type")
    for name, value in given.items():
        known = TYPES.get(name)
        if known is None:
            raise RefusedError(20001, f"types: {name} is no content type")
        try:
            msgspec.convert(value, known)
        except msgspec.ValidationError as error:
            raise RefusedError(20001, f"types: {name}: {error}") from None
        if name == "twilio/card":
            _check_card(name, value)
    return given


def _check_card(name: str, card: Mapping[str, Any]) -> None:
    """A card has a title or a text, and something besides."""
    if not card.get("title") and not card.get("body"):
        raise RefusedError(20001, f"types: {name}: `title` or `body` is required")
    if sum(bool(card.get(field)) for field in _CARD.__struct_fields__) == 1:
        raise RefusedError(20001, f"types: {name}: at least one more field is required")
