from __future__ import annotations

import datetime as dt
import enum
import html
import json
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from importlib import import_module
from pkgutil import iter_modules
from types import MappingProxyType
from typing import Any
from urllib.parse import parse_qsl, urlencode

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import UNSET, UnsetType

from async_messaging import models
from async_messaging.codec import form as forms
from async_messaging.codec.form import (
    encode_pairs,
    form,
    keywords,
    pairs_of,
    pascal,
    path,
    query,
    quoter,
)
from async_messaging.errors import InvalidInput
from tests.contract.path_tricks import PATH_TRICKS

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)


class Sample(msgspec.Struct, frozen=True, kw_only=True, rename=pascal):
    body: str | UnsetType = UNSET
    media_url: Sequence[str] | UnsetType = UNSET
    content_variables: Mapping[str, str] | str | UnsetType = UNSET
    send_at: dt.datetime | UnsetType = UNSET
    start_date: dt.date | UnsetType = UNSET
    shorten_urls: bool | UnsetType = UNSET
    validity_period: int | UnsetType = UNSET
    max_price: Decimal | float | UnsetType = UNSET
    anything: Any = UNSET
    from_: str | UnsetType = UNSET
    extra: Mapping[str, str] = msgspec.field(default_factory=dict[str, str], name="extra")


@given(st.lists(st.tuples(TEXTS, TEXTS)))
def test_forms_are_those_of_urlencode_but_for_what_means_nothing_in_them(
    pairs: list[tuple[str, str]],
) -> None:
    assert encode_pairs(pairs) == urlencode(pairs, safe="!$'()*,")


def test_no_field_has_a_name_that_needs_quoting() -> None:
    drafts = [
        kind
        for module in iter_modules(models.__path__)
        for kind in vars(import_module(f"{models.__name__}.{module.name}")).values()
        if isinstance(kind, type) and issubclass(kind, msgspec.Struct)
    ]
    names = {name for draft in drafts for name in draft.__struct_encode_fields__}
    assert {"MessagingServiceSid", "extra"} <= names
    assert {name for name in names if quoter()(name) != name} == set()


@given(st.lists(st.tuples(TEXTS.filter(bool), TEXTS)))
def test_forms_are_read_back_as_they_were(pairs: list[tuple[str, str]]) -> None:
    assert parse_qsl(encode_pairs(pairs), keep_blank_values=True) == pairs


@pytest.mark.parametrize(
    ("sample", "encoded"),
    [
        (Sample(), ""),
        (Sample(body=""), "Body="),
        (Sample(body="a b+c&d=é"), "Body=a+b%2Bc%26d%3D%C3%A9"),
        (Sample(from_="+15017122661"), "From=%2B15017122661"),
        (Sample(shorten_urls=True), "ShortenUrls=true"),
        (Sample(shorten_urls=False), "ShortenUrls=false"),
        (Sample(validity_period=0), "ValidityPeriod=0"),
        (Sample(media_url=("https://a/1", "https://a/2")), "MediaUrl=https%3A%2F%2Fa%2F1&MediaUrl=https%3A%2F%2Fa%2F2"),
        (Sample(max_price=Decimal("1E-7")), "MaxPrice=0.0000001"),
        (Sample(max_price=Decimal("1E+2")), "MaxPrice=100"),
        (Sample(max_price=0.5), "MaxPrice=0.5"),
        (Sample(start_date=dt.date(2026, 11, 22)), "StartDate=2026-11-22"),
        (Sample(extra={"Tag[]": "x", "Empty": ""}), "Tag%5B%5D=x&Empty="),
        (Sample(body="x", extra={"MessageIntent": "otp"}), "Body=x&MessageIntent=otp"),
    ],
)  # fmt: skip
def test_values_are_written_as_twilio_wants_them(sample: Sample, encoded: str) -> None:
    assert form(sample) == encoded.encode()
    assert query(sample) == encoded


@pytest.mark.parametrize(
    ("moment", "written"),
    [
        (dt.datetime(2026, 11, 22, 9, 0, tzinfo=dt.timezone(dt.timedelta(hours=-8))), "2026-11-22T17:00:00Z"),
        (dt.datetime(2026, 11, 22, 9, 0, 5, 999_999, tzinfo=dt.UTC), "2026-11-22T09:00:05Z"),
        (dt.datetime(2026, 1, 1, 0, 0, tzinfo=dt.timezone(dt.timedelta(hours=5, minutes=45))), "2025-12-31T18:15:00Z"),
    ],
)  # fmt: skip
def test_moments_are_written_in_utc(moment: dt.datetime, written: str) -> None:
    assert list(pairs_of(Sample(send_at=moment))) == [("SendAt", written)]


@given(st.datetimes(dt.datetime(2, 1, 1), dt.datetime(9998, 1, 1), timezones=st.timezones()))  # noqa: DTZ001 - hypothesis adds the zone
def test_any_aware_moment_is_the_same_moment(moment: dt.datetime) -> None:
    ((_, written),) = pairs_of(Sample(send_at=moment))
    assert dt.datetime.fromisoformat(written) == moment.astimezone(dt.UTC).replace(microsecond=0)


class Word(str, enum.Enum):  # noqa: UP042 - the older kind is the point
    """`str()` of a member is its name."""

    HELLO = "a & b"


class Markup(str):
    """As template engines have it: what it replaces is escaped first, and `str()` leaves it as it is."""

    __slots__ = ()

    def __str__(self) -> str:
        return self

    def replace(self, old: str, new: str, count: Any = -1, /) -> Markup:
        return Markup(super().replace(html.escape(old), html.escape(new), count))


@pytest.mark.parametrize("text", [Word.HELLO, Markup("a & b")], ids=["enum", "markup"])
@pytest.mark.parametrize("quoter", [forms.quoter(), forms.quoted_by_us], ids=["usual", "ours"])
def test_a_text_of_another_class_is_sent_as_it_stands(
    text: str, quoter: Callable[[str], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(forms, "quoter", lambda: quoter)
    wanted = b"Body=a+%26+b"
    assert form(Sample(body=text)) == wanted
    assert form(Sample(body=text, validity_period=5)) == wanted + b"&ValidityPeriod=5"
    assert form(Sample(body="x", extra={"Tag": text})) == b"Body=x&Tag=a+%26+b"
    assert keywords({"body": text}).encode() == wanted
    assert encode_pairs([("Body", text)]).encode() == wanted


def test_a_naive_moment_is_refused() -> None:
    with pytest.raises(InvalidInput) as caught:
        form(Sample(send_at=dt.datetime(2026, 11, 22, 9, 0)))  # noqa: DTZ001 - the point
    assert caught.value.field == "send_at"


@pytest.mark.parametrize(
    "variables",
    [{"1": "Zoë", "2": 'a "b"'}, MappingProxyType({"1": "Zoë", "2": 'a "b"'})],
    ids=["dict", "another mapping"],
)
def test_a_mapping_is_json(variables: Mapping[str, str]) -> None:
    ((name, text),) = pairs_of(Sample(content_variables=variables))
    assert (name, text) == ("ContentVariables", '{"1":"Zoë","2":"a \\"b\\""}')
    assert json.loads(text) == dict(variables)
    assert dict(parse_qsl(form(Sample(content_variables=variables)).decode())) == {name: text}


def test_json_given_as_text_is_left_as_it_is() -> None:
    assert list(pairs_of(Sample(content_variables='{ "1": 2 }'))) == [
        ("ContentVariables", '{ "1": 2 }')
    ]


@pytest.mark.parametrize(
    ("sample", "field"),
    [
        (Sample(body="a\ud800b"), "body"),
        (Sample(from_="\udfff"), "from_"),
        (Sample(media_url=("https://a", "https://\ud83d")), "media_url"),
        (Sample(content_variables={"1": "\udc00"}), "content_variables"),
        (Sample(extra={"Tag": "\ud800"}), "Tag"),
        (Sample(extra={"\ud800": "x"}), "\ud800"),
    ],
)
def test_a_lone_surrogate_is_refused_by_its_field(sample: Sample, field: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        form(sample)
    assert (caught.value.field, caught.value.reason) == (
        field,
        "holds a lone surrogate, not a character",
    )


@given(st.text(st.characters(categories=["Cs"]), min_size=1), TEXTS)
def test_any_surrogate_is_refused_without_showing_the_text(bad: str, good: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        encode_pairs([("To", "x"), ("Body", f"{good}{bad}{good}")])
    assert str(caught.value) == "Body: holds a lone surrogate, not a character"
    assert caught.value.__context__ is None


@pytest.mark.parametrize("odd", [object(), None, b"bytes", {1, 2}])
def test_what_no_parameter_is_made_of_is_refused(odd: object) -> None:
    with pytest.raises(InvalidInput, match=f"can't be sent as a parameter .{type(odd).__name__}"):
        form(Sample(anything=odd))


def test_keywords_leave_out_what_is_not_given() -> None:
    given = {"from_": "a b", "on": True, "ids": ("1", "2"), "url": "", "off": msgspec.UNSET}
    assert keywords(given) == "From=a+b&On=true&Ids=1&Ids=2&Url="


@pytest.mark.parametrize("odd", [None, "\ud800", ("x", None)])
def test_a_keyword_that_can_not_be_sent_is_named(odd: object) -> None:
    with pytest.raises(InvalidInput) as caught:
        keywords({"media_url": odd})
    assert caught.value.field == "media_url"


@pytest.mark.parametrize(
    ("name", "wire"),
    [
        ("to", "To"),
        ("from_", "From"),
        ("media_url", "MediaUrl"),
        ("send_as_mms", "SendAsMms"),
        ("a2p_profile_bundle_sid", "A2PProfileBundleSid"),
    ],
)
def test_names_are_twilios(name: str, wire: str) -> None:
    assert pascal(name) == wire


@pytest.mark.parametrize("value", ["SM" + "0" * 32, "US", "a.b", "~x_y-z", "+15558675310", "a..b"])
def test_an_id_fills_its_place_in_the_path(value: str) -> None:
    filled = path("/2010-04-01/Accounts/{AccountSid}/Messages/{sid}.json", sid=value)
    assert filled == (
        f"/2010-04-01/Accounts/{{AccountSid}}/Messages/{value.replace('+', '%2B')}.json"
    )


@pytest.mark.parametrize("value", PATH_TRICKS, ids=ascii)
def test_nothing_leaves_its_segment_of_the_path(value: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        path("/Messages/{sid}.json", sid=value)
    assert caught.value.field == "sid"
    assert not value or str(caught.value) == "sid: is not an id that can stand in a path"


@given(st.text())
def test_whatever_passes_is_one_segment(value: str) -> None:
    try:
        filled = path("/a/{sid}/b", sid=value)
    except InvalidInput:
        return
    _, a, segment, b = filled.split("/")
    assert (a, b) == ("a", "b")
    assert segment not in {"", ".", ".."}
    assert not set(segment) & set("?#\\%{} \r\n") - {"%"}
