from __future__ import annotations

from typing import Any

import pytest

from async_messaging import InvalidInput
from async_messaging.models import (
    CallToActionAction,
    CardContent,
    ContentType,
    ListPickerContent,
    MediaContent,
    TextContent,
    UnknownContent,
)
from tests.contract.calls.content import TYPES
from tests.contract.spec import OPERATIONS

PUBLISHED: dict[str, Any] = OPERATIONS["content_v1", "CreateContent"]["body"]["fields"]["types"]


def test_each_type_bears_its_published_name() -> None:
    assert {one.content_type for one in TYPES} == set(PUBLISHED["fields"])


@pytest.mark.parametrize("kind", [type(one) for one in TYPES], ids=lambda kind: kind.__name__)
def test_what_twilio_requires_has_no_default(kind: Any) -> None:
    published = PUBLISHED["fields"][kind.__struct_config__.tag]
    names = kind.__struct_encode_fields__
    first_optional = len(names) - len(kind.__struct_defaults__)
    assert set(names[:first_optional]) == set(published.get("required", ()))


def test_a_part_is_checked_when_it_is_made() -> None:
    wrong: Any = {"phone": 15558675310}
    with pytest.raises(InvalidInput) as caught:
        CallToActionAction(type="PHONE_NUMBER", title="Call", **wrong)
    assert caught.value.field == "phone"


def test_parts_may_come_as_lists_of_dicts() -> None:
    wrong: Any = [{"id": "a", "item": "A"}]
    picker = ListPickerContent(body="Choose", button="Open", items=wrong)
    assert picker.items[0].item == "A"


@pytest.mark.parametrize(
    ("content", "shown"),
    [
        (TextContent(body="our secret"), "TextContent(body=<10 characters>)"),
        (MediaContent(media=("https://secret",)), "MediaContent(media=<1 items>)"),
        (
            UnknownContent(content_type="twilio/pay", fields={"body": "secret"}),
            "UnknownContent(content_type='twilio/pay', fields=<1 items>)",
        ),
    ],
)
def test_a_repr_shows_no_text(content: ContentType, shown: str) -> None:
    assert repr(content) == shown


def test_a_card_needs_nothing() -> None:
    assert CardContent() == CardContent()
