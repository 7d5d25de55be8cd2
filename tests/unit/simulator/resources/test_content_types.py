from __future__ import annotations

from typing import Any

import pytest

from async_messaging.simulator.answers import RefusedError
from async_messaging.simulator.resources.content_types import TYPES, check_types

URL = {"type": "URL", "title": "Shop", "url": "https://owl-lamps.example"}
COPY = {"type": "COPY_CODE", "copy_code_text": "Copy"}
SAID: dict[str, dict[str, Any]] = {
    "twilio/text": {"body": "Hi"},
    "twilio/media": {"media": ["https://owl-lamps.example/1.png"]},
    "twilio/location": {"latitude": 48.1, "longitude": 11.6},
    "twilio/list-picker": {"body": "Hi", "button": "Go", "items": [{"id": "1", "item": "One"}]},
    "twilio/call-to-action": {"body": "Hi", "actions": [URL]},
    "twilio/quick-reply": {"body": "Hi", "actions": [{"title": "Yes", "id": "yes"}]},
    "twilio/card": {"title": "Lamps", "actions": [URL]},
    "twilio/catalog": {"body": "Hi", "items": [{"id": "1", "price": 1.5}]},
    "twilio/carousel": {
        "body": "Hi",
        "cards": [{"body": "One", "media": "https://owl-lamps.example/1.png", "actions": [URL]}],
    },
    "twilio/flows": {
        "body": "Hi",
        "button_text": "Go",
        "pages": [{"id": "1", "title": "One", "layout": []}],
        "type": "OTHER",
    },
    "twilio/schedule": {"id": "1", "title": "When", "timeSlots": "{{1}}"},
    "whatsapp/card": {"body": "Hi", "footer": "Lamps", "actions": [URL]},
    "whatsapp/authentication": {"actions": [COPY]},
    "whatsapp/flows": {"body": "Hi", "button_text": "Go", "flow_id": "1"},
}
REQUIRED = {
    "twilio/text": ["body"],
    "twilio/media": ["media"],
    "twilio/location": ["latitude", "longitude"],
    "twilio/list-picker": ["body", "button", "items"],
    "twilio/call-to-action": ["body", "actions"],
    "twilio/quick-reply": ["body", "actions"],
    "twilio/catalog": ["body"],
    "twilio/carousel": ["body", "cards"],
    "twilio/flows": ["body", "button_text", "pages", "type"],
    "twilio/schedule": ["id", "title", "timeSlots"],
    "whatsapp/card": ["body"],
    "whatsapp/authentication": ["actions"],
    "whatsapp/flows": ["body", "button_text", "flow_id"],
}


def refusal(types: dict[str, dict[str, Any]]) -> str:
    """What is said of types that are refused."""
    with pytest.raises(RefusedError) as refused:
        check_types(types)
    assert refused.value.code == 20001
    return str(refused.value.value)


def test_all_types_are_tried() -> None:
    assert SAID.keys() == TYPES.keys()


@pytest.mark.parametrize("name", SAID)
def test_each_is_taken_as_it_is_given(name: str) -> None:
    assert check_types({name: SAID[name], "twilio/text": SAID["twilio/text"]})[name] == SAID[name]


@pytest.mark.parametrize(
    ("name", "field"), [(name, field) for name, fields in REQUIRED.items() for field in fields]
)
def test_what_is_required_is_named(name: str, field: str) -> None:
    said = {key: value for key, value in SAID[name].items() if key != field}
    told = refusal({name: said})
    assert (name in told, f"`{field}`" in told) == (True, True)


@pytest.mark.parametrize(
    ("name", "field", "value"),
    [
        ("twilio/text", "body", ""),
        ("twilio/text", "body", 5),
        ("twilio/media", "media", []),
        ("twilio/location", "latitude", 91),
        ("twilio/call-to-action", "actions", [{"type": "QUICK_REPLY", "title": "Yes"}]),
        ("twilio/quick-reply", "actions", [{"title": "Yes"}] * 11),
        ("whatsapp/authentication", "actions", [URL]),
        ("whatsapp/authentication", "code_expiration_minutes", 91),
    ],
)
def test_what_is_wrong_is_named(name: str, field: str, value: object) -> None:
    told = refusal({name: {**SAID[name], field: value}})
    assert (name in told, f"$.{field}" in told) == (True, True)


def test_what_is_null_is_not_given() -> None:
    card = {"title": "Lamps", "body": None, "actions": [{**URL, "phone": None}]}
    assert check_types({"twilio/card": card, "twilio/text": None}) == {
        "twilio/card": {"title": "Lamps", "actions": [URL]}
    }


@pytest.mark.parametrize(
    "card", [{}, {"actions": [URL]}, {"title": "", "subtitle": "Lamps"}], ids=str
)
def test_a_card_has_a_title_or_a_text(card: dict[str, Any]) -> None:
    assert "`title` or `body`" in refusal({"twilio/card": card})


@pytest.mark.parametrize("card", [{"title": "Lamps"}, {"body": "Lamps", "actions": []}], ids=str)
def test_a_card_has_something_besides(card: dict[str, Any]) -> None:
    assert "one more field" in refusal({"twilio/card": card})


def test_an_unknown_type_is_named() -> None:
    assert "twilio/lamp" in refusal({"twilio/lamp": {"body": "Hi"}})
