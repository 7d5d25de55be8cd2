from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from async_messaging import InvalidInput, MessagingClient
from async_messaging.operation import Call, Run
from async_messaging.resources.base import Resource, fields_of, page_size_of, sid
from async_messaging.testing import FakeClock
from tests.contract.path_tricks import PATH_TRICKS
from tests.unit.resources.wire import MEDIA_SID, SID, client_over


async def download(client: MessagingClient, value: str) -> object:
    return await client.messages(SID).media.download(value, to=Path("/nowhere/x"))


async def opened(client: MessagingClient, value: str) -> object:
    async with client.messages(SID).media.open(value) as medium:
        return medium


# Every place of a resource that an id goes into.
PLACES: dict[str, Callable[[MessagingClient, str], Awaitable[object]]] = {
    "messages.fetch": lambda client, value: client.messages.fetch(value),
    "messages.redact": lambda client, value: client.messages.redact(value),
    "messages.cancel": lambda client, value: client.messages.cancel(value),
    "messages.update": lambda client, value: client.messages.update(value, body=""),
    "messages.delete": lambda client, value: client.messages.delete(value),
    "media.list": lambda client, value: client.messages(value).media.list(),
    "media.fetch": lambda client, value: client.messages(SID).media.fetch(value),
    "media.fetch of": lambda client, value: client.messages(value).media.fetch(MEDIA_SID),
    "media.delete": lambda client, value: client.messages(SID).media.delete(value),
    "media.download": download,
    "media.open": opened,
    "feedback.create": lambda client, value: client.messages(value).feedback.create(),
    "pricing.fetch": lambda client, value: client.pricing.messaging.fetch(value),
}
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


@pytest.mark.parametrize("place", PLACES)
async def test_nothing_but_a_sid_reaches_the_wire(place: str, clock: FakeClock) -> None:
    client, transport = client_over([], clock)
    for value in WRONG_SIDS:
        if place != "pricing.fetch" or isinstance(value, str):
            with pytest.raises(InvalidInput) as caught:
                await PLACES[place](client, value)
            assert caught.value.field in {"sid", "iso_country"}, ascii(value)
    assert transport.requests == []


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


async def test_a_drafts_fields_are_the_keywords() -> None:
    class NoRun:
        async def __call__(self, call: Call[Any], /) -> Any:
            raise AssertionError

    run: Run = NoRun()
    things = Things(run)
    assert await things.create("a", size=2) == Draft("a", 2)
    assert things.create.__doc__ == "Make a thing."
    with pytest.raises(InvalidInput):
        await things.create(name="")
