from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import UNSET, UnsetType

from async_messaging import InvalidInput
from async_messaging.codec.body import json_body, texts_of


class Sample(msgspec.Struct):
    value: Any = None
    more: Any = UNSET
    given: str | UnsetType = UNSET


# What a UTF-8 JSON text can hold.
TEXTS = st.text(st.characters(exclude_categories=["Cs"]))
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | TEXTS,
    lambda inner: st.lists(inner) | st.dictionaries(TEXTS, inner),
)


@settings(max_examples=30)
@given(VALUES)
def test_any_json_arrives_as_it_was(value: object) -> None:
    assert json.loads(json_body(Sample(value=value))) == {"value": value}


def test_what_is_not_given_is_left_out_and_null_is_kept() -> None:
    assert json_body(Sample(given="")) == b'{"value":null,"given":""}'


def test_a_decimal_is_a_number_with_its_digits() -> None:
    assert json_body(Sample(value=Decimal("9.90"))) == b'{"value":9.90}'


def endless() -> list[object]:
    value: list[object] = []
    value.append(value)
    return value


@pytest.mark.parametrize(
    "value", ["\ud800", {"a": ["\udfff secret"]}, object(), {1: {("a",): 1}}, endless()]
)
def test_what_is_no_json_is_refused_and_not_shown(value: object) -> None:
    with pytest.raises(InvalidInput) as caught:
        json_body(Sample(value="fine", more=value))
    assert caught.value.field == "more"
    assert "secret" not in str(caught.value)
    assert caught.value.__context__ is None


@settings(max_examples=30)
@given(st.dictionaries(TEXTS, st.lists(TEXTS | st.integers(0, 9))))
def test_texts_are_found_wherever_they_are(value: dict[str, list[object]]) -> None:
    texts = [one for inner in value.values() for one in inner if isinstance(one, str)]
    assert texts_of(json.dumps({"top": value}).encode()) == texts


@pytest.mark.parametrize("body", [b"", b"a=b", b"\xff", b"7", b"[" * 5000])
def test_what_is_no_json_has_no_texts(body: bytes) -> None:
    assert texts_of(body) == []
