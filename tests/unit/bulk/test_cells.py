from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from async_messaging.bulk.cells import read_field, read_sender
from async_messaging.bulk.records import Value
from async_messaging.errors import InvalidInput
from async_messaging.models import MessageDraft

FIELDS = [name for name in MessageDraft.__struct_fields__ if name != "to"]
WHOLE = "must be a whole number"
FLAG = "must be true or false, yes or no, 1 or 0"
MOMENT = "must be a date and time such as 2030-01-31T09:00:00Z"
MAPPING = "must be a JSON object of texts"


@pytest.mark.parametrize(
    ("field", "cell", "value"),
    [
        ("body", " Hi\n there ", " Hi\n there "),
        ("from_", " +1 (501) 712-2661", "+15017122661"),
        ("from_", "WhatsApp:+1 501 712 2661", "whatsapp:+15017122661"),
        ("from_", " ACME ", "ACME"),
        ("from_", "12345", "12345"),
        ("media_url", " https://a/1.png  https://a/2.png", ["https://a/1.png", "https://a/2.png"]),
        ("media_url", ["https://a/1.png"], ["https://a/1.png"]),
        ("persistent_action", "geo:1,2|Our shop", ("geo:1,2|Our shop",)),
        ("persistent_action", ["geo:1,2"], ["geo:1,2"]),
        ("content_variables", '{"1": "Ada"}', {"1": "Ada"}),
        ("content_variables", {"1": "Ada"}, {"1": "Ada"}),
        ("tags", '{"team": "a"}', {"team": "a"}),
        ("extra", '{"NewField": "x"}', {"NewField": "x"}),
        ("send_at", "2030-01-31T09:00:00Z", dt.datetime(2030, 1, 31, 9, tzinfo=dt.UTC)),
        ("send_at", "2030-01-31 11:00+02:00", dt.datetime(2030, 1, 31, 9, tzinfo=dt.UTC)),
        ("max_price", "0.05", Decimal("0.05")),
        ("validity_period", " 3600 ", 3600),
        ("attempt", "0", 0),
        ("send_as_mms", "TRUE", True),
        ("smart_encoded", "no", False),
        ("shorten_urls", "1", True),
        ("content_sid", " HX1 ", "HX1"),
    ],
)
def test_a_cell_as_a_field(field: str, cell: Value, value: object) -> None:
    assert read_field(field, cell) == value


@pytest.mark.parametrize(
    ("field", "cell", "reason"),
    [
        ("body", ["Hi"], "must be a text"),
        ("body", "x" * 1601, "has 1,601 characters, Twilio takes 1,600 (21617)"),
        ("from_", "+1501", "has 4 digits, a number has 7 to 15"),
        ("media_url", {"a": 1}, "must be a text"),
        ("content_variables", "Ada", MAPPING),
        ("content_variables", '{"1": 2}', MAPPING),
        ("content_variables", '["1"]', MAPPING),
        ("tags", ["a"], MAPPING),
        ("extra", "[" * 5_000, MAPPING),
        ("send_at", "tomorrow", MOMENT),
        ("send_at", "2030-02-31T09:00:00Z", MOMENT),
        ("send_at", "2030-01-31T09:00:00", "needs a time zone: Z, or an offset such as +02:00"),
        ("max_price", "cheap", "must be a number"),
        ("max_price", "NaN", "must be a number"),
        ("validity_period", "1.5", WHOLE),
        ("validity_period", "-1", WHOLE),
        ("validity_period", "9" * 5_000, WHOLE),
        ("attempt", "\N{SUPERSCRIPT TWO}", WHOLE),
        ("send_as_mms", "maybe", FLAG),
        ("content_sid", {"a": 1}, "must be a text"),
    ],
)
def test_a_cell_that_can_not_be_read_says_why(field: str, cell: Value, reason: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        read_field(field, cell)
    assert caught.value.reason == reason


@pytest.mark.parametrize("field", FIELDS)
def test_a_blank_cell_is_not_given(field: str) -> None:
    assert read_field(field, " \u00a0") is None


@given(field=st.sampled_from(FIELDS), cell=st.text())
def test_any_text_is_read_or_refused(field: str, cell: str) -> None:
    reason = "read"
    try:
        read_field(field, cell)
    except InvalidInput as error:
        reason = error.reason
    assert reason


def test_a_blank_sender_is_none() -> None:
    assert read_sender(" ") is None
