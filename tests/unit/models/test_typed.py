from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from msgspec import UNSET, UnsetType

from async_messaging import InvalidInput
from async_messaging.models.checks import Typed


class Inner(Typed, frozen=True, kw_only=True):
    name: str


class Outer(Typed, frozen=True, kw_only=True):
    text: str
    maybe: str | UnsetType = UNSET
    count: int | None = None
    flag: bool | None = None
    price: Decimal | None = None
    texts: tuple[str, ...] | None = None
    inner: tuple[Inner, ...] | None = None
    pairs: Mapping[str, str] | None = None


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"text": 7}, "text"),
        ({"text": None}, "text"),
        ({"text": "", "maybe": None}, "maybe"),
        ({"text": "", "count": "7"}, "count"),
        ({"text": "", "count": True}, "count"),
        ({"text": "", "flag": 1}, "flag"),
        ({"text": "", "price": "cheap"}, "price"),
        ({"text": "", "texts": "abc"}, "texts"),
        ({"text": "", "texts": ["a", 1]}, "texts"),
        ({"text": "", "inner": [Inner(name="a"), "b"]}, "inner"),
        ({"text": "", "pairs": {"a": 1}}, "pairs"),
        ({"text": "", "pairs": [("a", "b")]}, "pairs"),
    ],
)
def test_a_wrong_type_is_refused_by_name(fields: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        Outer(**fields)
    assert caught.value.field == field


def test_a_refusal_does_not_show_the_value() -> None:
    with pytest.raises(InvalidInput) as caught:
        Outer(text="x", pairs={"secret": b"secret"})  # type: ignore[dict-item] # what is tested
    assert "secret" not in str(caught.value)


def test_lists_become_tuples() -> None:
    given: Any = {"texts": ["a"], "inner": [Inner(name="b")]}
    outer = Outer(text="", **given)
    assert outer == Outer(text="", texts=("a",), inner=(Inner(name="b"),))


def test_numbers_fit_where_they_are_exact() -> None:
    given: Any = {"price": 3}
    assert Outer(text="", **given).price == Decimal(3)


def test_defaults_stay_off_the_wire() -> None:
    assert json.loads(msgspec.json.encode(Outer(text="", maybe="", count=0))) == {
        "text": "",
        "maybe": "",
        "count": 0,
    }


def test_what_is_decoded_is_the_same() -> None:
    outer = Outer(text="a", texts=("b",), inner=(Inner(name="c"),), pairs={"d": "e"})
    assert msgspec.json.decode(msgspec.json.encode(outer), type=Outer) == outer
