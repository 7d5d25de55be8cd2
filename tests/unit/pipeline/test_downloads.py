"""Downloads: opened with fresh credentials, repeated as reads are, and their place given back."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from async_messaging.errors import ConnectionLost, NotFound, Unauthorized
from async_messaging.testing import FakeClock
from async_messaging.transport import Response
from async_messaging.transport.scripted import Item
from tests.contract.spec import sid_of
from tests.unit.pipeline.calls import THROTTLED, problem, scripted_client

SM, ME = sid_of("SM"), sid_of("ME")
PICTURE = Response(200, {"content-type": "image/png"}, b"picture")
AWAY = Response(307, {"location": "https://media.twiliocdn.com/x"}, b"")


async def opened(script: Iterable[Item], clock: FakeClock, **options: object) -> list[str | None]:
    """Download once; the Authorization headers of all requests."""
    client, transport = scripted_client(script, clock, **options)  # type: ignore[arg-type]  # Options
    try:
        async with client.messages(SM).media.open(ME) as download:
            assert b"".join([piece async for piece in download.chunks()]) == b"picture"
            assert client.stats().in_flight == 0  # Twilio has answered
    finally:
        assert client.stats().in_flight == 0
    return [request.headers.get("Authorization") for request in transport.requests]


async def test_credentials_go_to_twilio_only(clock: FakeClock) -> None:
    first, second = await opened([AWAY, PICTURE], clock)
    assert first is not None
    assert second is None


@pytest.mark.parametrize(
    "failure", [THROTTLED, problem(500, 20500), ConnectionLost("lost")], ids=["429", "500", "lost"]
)
async def test_opening_is_repeated_as_a_read_is(failure: Item, clock: FakeClock) -> None:
    assert len(await opened([failure, failure, AWAY, PICTURE], clock)) == 4


async def test_a_secret_that_was_refused_is_asked_for_again(clock: FakeClock) -> None:
    secrets = iter(["old", "new"])
    first, second = await opened(
        [problem(401, 20003), PICTURE], clock, auth_token=lambda: next(secrets)
    )
    assert first != second


async def test_a_refusal_ends_it(clock: FakeClock) -> None:
    with pytest.raises(Unauthorized):
        await opened([problem(401, 20003)], clock)
    with pytest.raises(NotFound):
        await opened([problem(404, 20404)], clock)
