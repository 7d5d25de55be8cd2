from __future__ import annotations

import datetime as dt
from inspect import signature
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from async_messaging import InvalidInput
from async_messaging.operation import Call, Run
from async_messaging.resources.base import (
    Resource,
    fields_of,
    listing_query,
    page_size_of,
    sid,
    update_of,
)
from tests.contract.path_tricks import PATH_TRICKS
from tests.unit.resources.wire import SID

WRONG_SIDS: list[Any] = [
    *PATH_TRICKS,
    SID[:-1],
    SID + "0",
    SID.lower(),
    SID + "/../../Accounts",
    "AC" + "1" * 32,
    "SM" + "g" * 32,
    "SM" + "\u0661" * 32,
    "SM" + "1" * 30 + "..",
    SID + "\n",
    None,
    7,
    SID.encode(),
]


@pytest.mark.parametrize("value", WRONG_SIDS, ids=ascii)
def test_nothing_else_is_a_sid(value: Any) -> None:
    with pytest.raises(InvalidInput) as caught:
        sid(value, "SM", "MM")
    assert caught.value.field == "sid"


@pytest.mark.parametrize("value", [SID, "MM" + "aF" * 16])
def test_a_sid_is_two_letters_and_32_digits(value: str) -> None:
    assert sid(value, "SM", "MM") == value


def test_the_error_names_the_kinds_and_not_the_value() -> None:
    with pytest.raises(InvalidInput) as caught:
        sid("+15558675310", "SM", "MM", field="message_sid")
    assert str(caught.value) == "message_sid: must be SM or MM and 32 hexadecimal digits"


@given(st.text())
def test_what_passes_is_hexadecimal(value: str) -> None:
    with pytest.raises(InvalidInput):
        sid(value, "SM")


@pytest.mark.parametrize(
    ("page_size", "limit", "size"),
    [
        (None, None, 50),
        (None, 0, 1),
        (None, 1, 1),
        (None, 1000, 1000),
        (None, 1001, 1000),
        (7, 3, 7),
        (1, None, 1),
        (1000, None, 1000),
    ],
)
def test_page_sizes(page_size: int | None, limit: int | None, size: int) -> None:
    assert page_size_of(page_size, limit) == size


class Draft(msgspec.Struct):
    name: str
    size: int = 1

    def __post_init__(self) -> None:
        if not self.name:
            raise InvalidInput("is empty", field="name")


class Things(Resource):
    @fields_of(Draft)
    async def create(self, draft: Draft) -> Draft:
        """Make a thing."""
        return draft

    @update_of(Draft)
    async def update(self, thing_sid: str, changes: Draft) -> tuple[str, Draft]:
        """Change a thing."""
        return thing_sid, changes


class NoRun:
    async def __call__(self, call: Call[Any], /) -> Any:
        raise AssertionError


RUN: Run = NoRun()


async def test_a_drafts_fields_are_the_keywords() -> None:
    things = Things(RUN)
    assert await things.create("a", size=2) == Draft("a", 2)
    assert things.create.__doc__ == "Make a thing."
    with pytest.raises(InvalidInput):
        await things.create(name="")


async def test_an_update_takes_a_sid_first() -> None:
    things = Things(RUN)
    assert await things.update(SID, "a", size=2) == (SID, Draft("a", 2))
    assert await things.update(SID, name="a") == (SID, Draft("a", 1))
    assert things.update.__doc__ == "Change a thing."
    with pytest.raises(InvalidInput):
        await things.update(SID, name="")
    untyped: Any = things.update
    with pytest.raises(TypeError):
        await untyped(thing_sid=SID, name="a")


def test_help_shows_the_fields() -> None:
    things = Things(RUN)
    assert str(signature(things.create)) == "(name: str, size: int = 1)"
    assert str(signature(things.update)) == "(thing_sid: 'str', /, name: str, size: int = 1)"


@pytest.mark.parametrize(
    ("filters", "query"),
    [
        ({}, "PageSize=7"),
        ({"friendly_name": None}, "PageSize=7"),
        (
            {"friendly_name": "", "day": dt.date(2026, 1, 2)},
            "FriendlyName=&Day=2026-01-02&PageSize=7",
        ),
    ],
)
def test_a_listing_asks_for_what_is_given(filters: dict[str, object], query: str) -> None:
    assert listing_query(7, None, filters) == query
    assert listing_query(None, 7, filters) == query


@pytest.mark.parametrize(("limit", "page_size"), [(-1, None), (None, 0), (None, 1001), (3, -1)])
def test_a_listing_of_no_size(limit: int | None, page_size: int | None) -> None:
    with pytest.raises(InvalidInput):
        listing_query(limit, page_size)
