from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from async_messaging.codec.reading import Unreadable, nothing, pages, reads
from async_messaging.models import (
    Balance,
    Feedback,
    Media,
    Message,
    MessagingCountry,
    MessagingCountrySummary,
)

SID = "SM" + "1" * 32
MEDIA_SID = "ME" + "2" * 32
MESSAGE: dict[str, Any] = {
    "sid": SID,
    "account_sid": "AC" + "a" * 32,
    "status": "queued",
    "direction": "outbound-api",
    "to": "+15558675310",
    "from": "+15017122661",
    "messaging_service_sid": None,
    "body": "Hi",
    "num_segments": "1",
    "num_media": "0",
    "price": "-0.00750",
    "price_unit": "USD",
    "error_code": None,
    "error_message": None,
    "api_version": "2010-04-01",
    "uri": f"/2010-04-01/Accounts/AC/Messages/{SID}.json",
    "subresource_uris": {"media": "/Media.json"},
    "tags": {"campaign": "spring"},
    "date_created": "Fri, 24 May 2019 17:18:27 +0000",
    "date_updated": "2019-05-24T17:18:28Z",
    "date_sent": None,
}
MEDIA: dict[str, Any] = {
    "sid": MEDIA_SID,
    "parent_sid": SID,
    "content_type": "image/png",
    "date_created": "Fri, 24 May 2019 17:18:27 +0000",
    "uri": "/x.json",
}
FULL: dict[type[Any], dict[str, Any]] = {
    Message: MESSAGE,
    Media: MEDIA,
    Feedback: {
        "message_sid": SID,
        "outcome": "confirmed",
        "date_created": "Fri, 24 May 2019 17:18:27 +0000",
    },
    Balance: {"account_sid": "AC", "balance": "12.34", "currency": "USD"},
    MessagingCountry: {
        "iso_country": "US",
        "country": "United States",
        "price_unit": "usd",
        "outbound_sms_prices": [
            {
                "carrier": "AT&T",
                "mcc": "310",
                "mnc": "410",
                "prices": [
                    {"number_type": "toll free", "base_price": "0.05", "current_price": 0.04}
                ],
            }
        ],
        "inbound_sms_prices": [{"number_type": "local", "base_price": "0.0075"}],
        "url": "https://pricing.twilio.com/v1/Messaging/Countries/US",
    },
    MessagingCountrySummary: {"iso_country": "US", "country": "United States", "url": "https://x"},
}
MODELS = list(FULL)
message = reads(Message)


def encoded(**changes: Any) -> bytes:
    return json.dumps({**MESSAGE, **changes}).encode()


def least(model: type[Any]) -> dict[str, Any]:
    """The one field that a model can't do without."""
    return {"sid": FULL[model]["sid"]} if "sid" in FULL[model] else {}


@pytest.mark.parametrize("model", MODELS)
def test_every_model_is_read_from_a_full_answer(model: type[Any]) -> None:
    value = reads(model)(json.dumps(FULL[model]).encode())
    for name, given_ in FULL[model].items():
        attribute = {"from": "from_"}.get(name, name)
        assert (getattr(value, attribute) is None) == (given_ is None), name


@pytest.mark.parametrize("model", MODELS)
def test_every_model_is_read_from_the_least_answer(model: type[Any]) -> None:
    assert type(reads(model)(json.dumps(least(model)).encode())) is model


@pytest.mark.parametrize("model", MODELS)
def test_null_everywhere_is_like_nothing(model: type[Any]) -> None:
    nulls = dict.fromkeys(FULL[model]) | least(model)
    assert reads(model)(json.dumps(nulls).encode()) == reads(model)(
        json.dumps(least(model)).encode()
    )


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("odd", [[], {"a": [1]}, True, -1, "", "\ud800"], ids=repr)
def test_a_field_of_the_wrong_type_is_dropped(model: type[Any], odd: object) -> None:
    for name in FULL[model].keys() - least(model).keys():
        value = reads(model)(json.dumps({**FULL[model], name: odd}).encode())
        assert type(value) is model
        for sid in least(model).values():
            assert value.sid == sid


@pytest.mark.parametrize("model", MODELS)
def test_unknown_fields_are_ignored(model: type[Any]) -> None:
    more = {**FULL[model], "new_in_2031": {"a": [1, {"b": None}]}, "": 1}
    assert reads(model)(json.dumps(more).encode()) == reads(model)(json.dumps(FULL[model]).encode())


@pytest.mark.parametrize(
    ("name", "given_", "expected"),
    [
        ("num_segments", "3", 3),
        ("num_segments", 3, 3),
        ("num_media", "10", 10),
        ("error_code", 30007, 30007),
        ("error_code", "30007", 30007),
        ("price", "-0.00750", Decimal("-0.00750")),
        ("price", -0.0075, Decimal("-0.0075")),
        ("price", None, None),
        ("status", "teleported", "teleported"),
        ("direction", "sideways", "sideways"),
        ("price_unit", "usd", "usd"),
        ("num_segments", "many", None),
        ("num_segments", 1.5, None),
        ("price", "free", None),
        ("price", {"usd": 1}, None),
        ("error_code", "E7", None),
        ("status", 7, ""),
        ("status", None, ""),
        ("direction", ["x"], ""),
        ("account_sid", None, ""),
        ("tags", {"a": 1}, None),
        ("subresource_uris", "/x", None),
        ("body", "", ""),
        ("body", "😜\u0000", "😜\u0000"),
    ],
)
def test_values_of_a_message(name: str, given_: object, expected: object) -> None:
    value = message(encoded(**{name: given_}))
    assert getattr(value, name) == expected
    assert value.sid == SID


def test_dates_of_models_are_in_utc() -> None:
    media = reads(Media)(
        json.dumps({**MEDIA, "date_updated": "2019-05-24T19:18:28+02:00"}).encode()
    )
    assert media.date_created == dt.datetime(2019, 5, 24, 17, 18, 27, tzinfo=dt.UTC)
    assert media.date_updated == dt.datetime(2019, 5, 24, 17, 18, 28, tzinfo=dt.UTC)


def test_prices_are_decimals() -> None:
    country = reads(MessagingCountry)(json.dumps(FULL[MessagingCountry]).encode())
    assert country.outbound_sms_prices is not None
    (price,) = country.outbound_sms_prices[0].prices or ()
    assert (price.base_price, price.current_price) == (Decimal("0.05"), Decimal("0.04"))


def test_a_carrier_without_prices_costs_no_other_its_own() -> None:
    carriers = [{"carrier": "A", "prices": None}, {"prices": [{"base_price": "1"}]}]
    country = reads(MessagingCountry)(json.dumps({"outbound_sms_prices": carriers}).encode())
    assert country.outbound_sms_prices is not None
    assert [len(one.prices or ()) for one in country.outbound_sms_prices] == [0, 1]


LEAST = b'"sid":"' + SID.encode() + b'"'

# An odd answer with a sid, and the body that is read from it.
ODD_BUT_ACCEPTED: list[tuple[bytes, str | None]] = [
    (b"{" + LEAST + b"}", None),
    (b"\xef\xbb\xbf{" + LEAST + b"}", None),
    (b" \r\n\t{" + LEAST + b"}\n", None),
    (b"{" + LEAST + b',"body":"a\\ud800b"}', "a\ufffdb"),
    (b"{" + LEAST + b',"body":"\\ud83d\\ude1c\\ude1c"}', "😜\ufffd"),
    (b"{" + LEAST + b',"body":"\\ud83d\\ud83d\\ude1c"}', "\ufffd😜"),
    (b"{" + LEAST + b',"body":"\\\\ud800 \\ud800"}', "\\ud800 \ufffd"),
    (b"{" + LEAST + b',"body":"\\uD800","x":"\\uDFFF"}', "\ufffd"),
    (b"{" + LEAST + b',"ignored":"\\udc00"}', None),
    (b"{" + LEAST + b',"body":"a\xff\xfeb"}', "a\ufffd\ufffdb"),
    (b"{" + LEAST + b',"body":"\xed\xa0\x80"}', "\ufffd\ufffd\ufffd"),
    (b"{" + LEAST + b',"body":1,"status":{},"price":[],"num_segments":"x"}', None),
    (b'{"sid":"x",' + LEAST + b"}", None),
    (b'{"body":"a","body":"b",' + LEAST + b"}", "b"),
]


@pytest.mark.parametrize(
    ("content", "body"), ODD_BUT_ACCEPTED, ids=lambda given_: repr(given_)[:60]
)
def test_what_has_a_sid_is_accepted(content: bytes, body: str | None) -> None:
    value = message(content)
    assert value.sid == SID
    assert value.body == body


DEEP = b"[" * 200_000 + b"]" * 200_000

UNREADABLE = [
    b"",
    b" ",
    b"null",
    b"[]",
    b'"' + SID.encode() + b'"',
    b"{",
    b"{}",
    b'{"status":"queued"}',
    b'{"sid":null}',
    b'{"sid":""}',
    b'{"sid":7}',
    b'{"sid":["' + SID.encode() + b'"]}',
    b"{" + LEAST,
    b"{" + LEAST + b"}}",
    b"{" + LEAST + b',"sid":null}',
    b"{" + LEAST + b',"deep":' + DEEP + b"}",
    DEEP,
    b"<html><body>502 Bad Gateway</body></html>",
    ("{" + f'"sid":"{SID}"' + "}").encode("utf-16"),
    b"\x00\x01\x02",
    b"{" + LEAST + b',"n":' + b"9" * 5000 + b"x}",
]


@pytest.mark.parametrize("content", UNREADABLE, ids=lambda content: repr(content)[:60])
def test_what_has_no_sid_or_is_no_json_is_unreadable(content: bytes) -> None:
    with pytest.raises(Unreadable) as caught:
        message(content)
    assert SID not in str(caught.value)
    assert caught.value.__context__ is None


@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_any_bytes_are_read_or_unreadable(content: bytes) -> None:
    for read in (message, reads(Balance), pages(Message, "messages")):
        try:
            read(content)
        except Unreadable as error:
            context = error.__context__
            assert context is None  # msgspec's error may hold the answer


@given(st.recursive(st.none() | st.booleans() | st.floats() | st.text(max_size=9), st.lists, max_leaves=9))  # fmt: skip
def test_a_message_with_any_value_anywhere_is_accepted(value: object) -> None:
    for name in MESSAGE.keys() - {"sid"}:
        assert message(msgspec.json.encode({"sid": SID, name: value})).sid == SID


def test_what_comes_where_nothing_is_expected_is_not_read() -> None:
    for content in (b"", b"{}", b"<html>"):
        nothing(content)


messages = pages(Message, "messages")
countries = pages(MessagingCountrySummary, "countries")


def page(**envelope: Any) -> bytes:
    return json.dumps({"messages": [MESSAGE], **envelope}).encode()


# A page's own fields, and path and query of the next one.
LINKS: list[tuple[dict[str, Any], str | None]] = [
    ({}, None),
    ({"next_page_uri": None}, None),
    ({"next_page_uri": ""}, None),
    ({"meta": None, "next_page_uri": None}, None),
    ({"meta": {}, "next_page_uri": "/a?Page=1"}, "/a?Page=1"),
    ({"meta": {"next_page_url": None}}, None),
    ({"next_page_uri": "/a.json?PageToken=PA%2F%3D%2Bx&Page=1"}, "/a.json?PageToken=PA%2F%3D%2Bx&Page=1"),
    ({"next_page_uri": "/a.json?DateSent%3E=2008-01-02"}, "/a.json?DateSent%3E=2008-01-02"),
    ({"next_page_uri": "/a%2Fb.json"}, "/a%2Fb.json"),
    ({"meta": {"next_page_url": "https://messaging.twilio.com/v1/S?PageToken=a%2Fb"}}, "/v1/S?PageToken=a%2Fb"),
    ({"meta": {"next_page_url": "https://evil.example/v1/S?Page=1"}}, "/v1/S?Page=1"),
    ({"next_page_uri": "https://user:pw@evil.example:8080/x?Page=1#top"}, "/x?Page=1"),
    ({"next_page_uri": "//evil.example/x?Page=1"}, "/x?Page=1"),
]  # fmt: skip


@pytest.mark.parametrize(("envelope", "link"), LINKS)
@pytest.mark.parametrize("body", ["Hi", "\ud800"], ids=["plain", "mended"])
def test_a_link_is_path_and_query_and_never_a_host(
    envelope: dict[str, Any], link: str | None, body: str
) -> None:
    found = messages(page(messages=[{**MESSAGE, "body": body}], **envelope))
    assert found.next_path == link
    assert [one.sid for one in found.items] == [SID]


def test_both_envelopes_are_read() -> None:
    v1 = {"countries": [{"iso_country": "US"}], "meta": {"key": "countries", "page": 0}}
    found = countries(json.dumps(v1).encode())
    assert [one.iso_country for one in found.items] == ["US"]
    assert messages(page(page=0, page_size=50, uri="/x", start=0)).items[0].body == "Hi"
    assert messages(b'{"messages":[]}').items == ()


@pytest.mark.parametrize(
    ("items", "bodies"),
    [
        ([{**MESSAGE, "body": 7}, MESSAGE], [None, "Hi"]),
        ([{**MESSAGE, "body": "\ud800"}, MESSAGE], ["\ufffd", "Hi"]),
        ([{**MESSAGE, "num_media": "x"}, {**MESSAGE, "price": "x"}], ["Hi", "Hi"]),
    ],
)
def test_one_odd_item_leaves_the_others_alone(items: list[Any], bodies: list[str | None]) -> None:
    assert [one.body for one in messages(page(messages=items)).items] == bodies


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[]",
        b"{}",
        b"<html>",
        b'{"messages":null}',
        b'{"messages":{"a":1}}',
        b'{"messages":[1]}',
        b'{"messages":[{}]}',
        b'{"messages":[],"next_page_uri":7}',
        b'{"messages":[],"meta":7}',
        b'{"messages":[],"x":' + DEEP + b"}",
        page(next_page_uri="relative.json?Page=1"),
        page(next_page_uri="https://evil.example?Page=1"),
        page(next_page_uri="/a b"),
        page(next_page_uri="/é"),
        page(next_page_uri="/a\x00b"),
        page(next_page_uri="https://[evil/x"),
        page(next_page_uri="javascript:alert(1)"),
    ],
    ids=lambda content: repr(content)[-60:],
)
def test_a_page_that_would_lose_items_is_unreadable(content: bytes) -> None:
    with pytest.raises(Unreadable) as caught:
        messages(content)
    assert caught.value.__context__ is None


def test_decoders_are_made_once(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[object] = []
    decoder: Callable[..., Any] = msgspec.json.Decoder

    def counted(*args: object, **kwargs: object) -> object:
        made.append(args)
        return decoder(*args, **kwargs)

    monkeypatch.setattr(msgspec.json, "Decoder", counted)
    read, listed = reads(Message), pages(Message, "messages")
    assert made == []
    for _ in range(3):
        read(encoded())
        listed(page())
    assert len(made) == 2
