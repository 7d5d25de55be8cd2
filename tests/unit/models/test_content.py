from __future__ import annotations

import json
from typing import Any

import pytest

from async_messaging import InvalidInput
from async_messaging.codec.reading import reads
from async_messaging.models import (
    CatalogContent,
    Content,
    LocationContent,
    MediaContent,
    TextContent,
    UnknownContent,
)
from async_messaging.models.content import read_types, wire_types
from tests.contract.calls.content import TYPES

SID = "HX" + "1" * 32


def decoded(types: object) -> Content:
    return reads(Content)(json.dumps({"sid": SID, "types": types}).encode())


def test_every_type_comes_back_as_it_went() -> None:
    wire = json.loads(json.dumps(wire_types(TYPES), default=float))
    assert decoded(wire).types == TYPES


def test_an_unknown_type_is_kept_raw() -> None:
    fields = {"body": "Pay", "amount": {"value": 3}}
    content = decoded({"twilio/pay": fields, "twilio/text": {"body": "Hi"}})
    unknown = UnknownContent(content_type="twilio/pay", fields=fields)
    assert content.types == (unknown, TextContent(body="Hi"))
    assert wire_types(content.types) == content.types_raw


@pytest.mark.parametrize(
    ("name", "fields"),
    [
        ("twilio/text", {"body": None}),
        ("twilio/text", {}),
        ("twilio/media", {"media": "https://example.com/a.png"}),
        ("twilio/location", {"latitude": "{{1}}", "longitude": "{{2}}"}),
        ("twilio/list-picker", {"body": "", "button": "", "items": [{"id": 1}]}),
    ],
)
def test_a_known_type_of_another_form_is_kept_raw(name: str, fields: dict[str, Any]) -> None:
    assert read_types({name: fields}) == (UnknownContent(content_type=name, fields=fields),)


@pytest.mark.parametrize("odd", [None, [], "text", 7])
def test_what_is_no_object_is_no_type(odd: object) -> None:
    content = decoded({"twilio/media": odd, "twilio/text": {"body": "Hi"}})
    assert content.types == (TextContent(body="Hi"),)
    assert content.types_raw == {"twilio/media": odd, "twilio/text": {"body": "Hi"}}


def test_fields_may_be_null_new_or_numbers_as_texts() -> None:
    place = {"latitude": "37.7", "longitude": -122, "label": None, "mood": "fine"}
    catalog = {"body": "Buy", "items": [{"id": "1", "price": "9.90"}]}
    media = {"media": ["a"], "body": None}
    content = decoded({"twilio/location": place, "twilio/catalog": catalog, "twilio/media": media})
    first, second, third = content.types
    assert first == LocationContent(latitude=37.7, longitude=-122)
    assert isinstance(second, CatalogContent)
    assert second.items is not None
    assert str(second.items[0].price) == "9.90"
    assert third == MediaContent(media=("a",))


@pytest.mark.parametrize("types", [None, [], {}])
def test_a_template_may_say_nothing(types: object) -> None:
    assert decoded(types).types == ()


@pytest.mark.parametrize(
    "types",
    [
        [],
        (),
        None,
        "twilio/text",
        TextContent(body="Hi"),
        [TextContent(body="a"), TextContent(body="b")],
        [TextContent(body="a"), UnknownContent(content_type="twilio/text", fields={})],
        [{"twilio/text": {"body": "Hi"}}],
        {"twilio/text": TextContent(body="Hi")},
    ],
)
def test_what_is_no_list_of_types_is_refused(types: Any) -> None:
    with pytest.raises(InvalidInput) as caught:
        wire_types(types)
    assert caught.value.field == "types"


def test_templates_can_stand_in_sets() -> None:
    one, again = decoded({"twilio/text": {"body": "Hi"}}), decoded({})
    assert len({one, again}) == 2
    assert hash(one) == hash(again)
