from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from decimal import Decimal
from types import MappingProxyType
from typing import Any

import pytest
from msgspec import UNSET, UnsetType

from async_messaging.errors import InvalidInput
from async_messaging.models.checks import Checked


class Draft(Checked, frozen=True, kw_only=True):
    text: str | UnsetType = UNSET
    flag: bool | UnsetType = UNSET
    whole: int | UnsetType = UNSET
    price: Decimal | UnsetType = UNSET
    moment: dt.datetime | UnsetType = UNSET
    pairs: Mapping[str, str] | UnsetType = UNSET
    labels: Mapping[str, str] | str | UnsetType = UNSET
    urls: Sequence[str] | UnsetType = UNSET
    more: Sequence[str] | UnsetType = UNSET


NOW = dt.datetime(2026, 1, 2, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("field", "value", "kept"),
    [
        ("text", "", ""),
        ("flag", False, False),
        ("whole", 0, 0),
        ("price", Decimal("0.01"), Decimal("0.01")),
        ("price", 1, 1),
        ("price", 0.5, 0.5),
        ("moment", NOW, NOW),
        ("pairs", {}, {}),
        ("pairs", MappingProxyType({"a": "b"}), {"a": "b"}),
        ("labels", '{"a": "b"}', '{"a": "b"}'),
        ("labels", {"a": "b"}, {"a": "b"}),
        ("urls", "one", ("one",)),
        ("urls", ["one", "two"], ("one", "two")),
        ("more", ("one",), ("one",)),
        ("more", UNSET, UNSET),
    ],
)
def test_what_is_right_is_kept(field: str, value: Any, kept: object) -> None:
    assert getattr(Draft(**{field: value}), field) == kept


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("text", [None, 7, b"x", ["x"]]),
        ("flag", [None, 1, "true"]),
        ("whole", [None, True, 1.0, "1"]),
        ("price", [None, True, "0.01"]),
        ("moment", [None, NOW.replace(tzinfo=None), NOW.date(), "2026-01-02"]),
        ("pairs", [None, "{}", [("a", "b")], {"a": 1}, {1: "a"}, (), 0]),
        ("labels", [None, 7, {"a": None}]),
        ("urls", [None, [], (), ["", 7], 7, {"a"}]),
    ],
)
def test_what_is_wrong_is_named(field: str, values: list[Any]) -> None:
    for value in values:
        with pytest.raises(InvalidInput) as caught:
            Draft(**{field: value})
        assert caught.value.field == field


def test_a_draft_keeps_a_copy() -> None:
    pairs = {"a": "b"}
    draft = Draft(pairs=pairs)
    pairs["c"] = "d"
    assert draft.pairs == {"a": "b"}
