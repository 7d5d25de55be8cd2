from __future__ import annotations

import datetime as dt
from collections.abc import AsyncGenerator
from contextlib import aclosing, asynccontextmanager
from typing import Any

import pytest

from async_messaging import (
    BadRequest,
    ConnectionLost,
    InvalidInput,
    MessagingClient,
    Redirected,
    UnexpectedAnswer,
)
from async_messaging.testing import FakeClock
from async_messaging.transport import Request, Response, scripted
from async_messaging.transport.base import Streamed
from tests.unit.resources.wire import client_over, wire

DAY = dt.date(2026, 1, 2)
STORE = "https://x.s3.amazonaws.com/2026-01-02.txt?X-Amz-Signature=a%2Fb"
REDIRECT = scripted.json(307, {"redirect_to": STORE})


def over(content: bytes, clock: FakeClock) -> MessagingClient:
    return client_over([REDIRECT, Response(200, {}, content)], clock)[0]


async def test_the_list_is_fetched_from_the_store(clock: FakeClock) -> None:
    file = Response(200, {}, b"+15558675310\n+15558675311\n")
    client, transport = client_over([REDIRECT, file], clock)
    found = [number async for number in client.deactivations.fetch(DAY)]
    assert found == ["+15558675310", "+15558675311"]
    first, second = transport.requests
    assert wire(first) == (
        "GET",
        "https://messaging.twilio.com/v1/Deactivations?Date=2026-01-02",
        "",
    )
    assert wire(second) == ("GET", STORE, "")
    assert "Authorization" in first.headers
    assert "Authorization" not in second.headers


@pytest.mark.parametrize(
    ("content", "numbers"),
    [
        (b"", []),
        (b"\n\n", []),
        (b"+15558675310", ["+15558675310"]),
        (b"15558675310\r\n5558675311\r\n", ["+15558675310", "+15558675311"]),
        (b"\xef\xbb\xbf+15558675310\n \n +15558675311 \n", ["+15558675310", "+15558675311"]),
        (b"+447700900123\n", ["+447700900123"]),
    ],
)
async def test_lines_become_e164(content: bytes, numbers: list[str], clock: FakeClock) -> None:
    assert await over(content, clock).deactivations.fetch(DAY) == numbers


async def test_a_number_may_come_in_two_pieces(clock: FakeClock) -> None:
    """A transport gives 64 KiB at most, which no whole number of lines fills."""
    numbers = [f"+1555{number:07d}" for number in range(20_000)]
    content = "".join(f"{number}\n" for number in numbers).encode()
    assert (1 << 16) % len("+15550000000\n") != 0
    assert await over(content, clock).deactivations.fetch(DAY) == numbers


@pytest.mark.parametrize(
    "content",
    [
        b"<html>Sorry</html>\n",
        b'{"code": 20404}',
        b"+15558675310,AT&T\n",
        b"+1555867531\xff\n",
        b"0\n",
        b"+0123456789\n",
        b"+1234567890123456\n",
        b"1" * 100_000,
        "+1555867531\u0665\n".encode(),
    ],
)
async def test_what_is_no_list_is_an_error(content: bytes, clock: FakeClock) -> None:
    client = over(b"+15558675310\n" + content, clock)
    found: list[str] = []
    with pytest.raises(UnexpectedAnswer) as caught:
        async for number in client.deactivations.fetch(DAY):
            found.append(number)
    assert found == ["+15558675310"]
    assert str(caught.value) == "FetchDeactivation: the file is no list of phone numbers"
    assert client.stats().in_flight == 0


async def test_who_leaves_early_gives_the_connection_back(
    clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    client, transport = client_over([REDIRECT, Response(200, {}, b"+15558675310\n" * 9)], clock)
    left: list[str] = []
    stream = transport.stream

    @asynccontextmanager
    async def watched(request: Request, /) -> AsyncGenerator[Streamed]:
        async with stream(request) as body:
            try:
                yield body
            finally:
                left.append(request.url)

    monkeypatch.setattr(transport, "stream", watched)
    async with aclosing(aiter(client.deactivations.fetch(DAY))) as numbers:
        assert await anext(numbers) == "+15558675310"
        assert client.stats().in_flight == 0  # Twilio has answered long ago
        assert left == []
    assert left[0] == STORE


async def test_each_use_asks_anew(clock: FakeClock) -> None:
    """The store's address is good for two minutes only."""
    script = [REDIRECT, Response(200, {}, b"+15558675310\n")] * 2
    client, transport = client_over(script, clock)
    numbers = client.deactivations.fetch(DAY)
    assert transport.requests == []
    assert await numbers == await numbers == ["+15558675310"]
    assert len(transport.requests) == 4


@pytest.mark.parametrize(
    ("day", "query"),
    [
        (dt.datetime(2026, 1, 2, 23, tzinfo=dt.timezone(dt.timedelta(hours=-5))), "2026-01-03"),
        (dt.date(2020, 8, 27), "2020-08-27"),
    ],
)
async def test_a_day_in_utc(day: dt.date, query: str, clock: FakeClock) -> None:
    client, transport = client_over([REDIRECT, Response(200, {}, b"")], clock)
    assert await client.deactivations.fetch(day) == []
    assert transport.requests[0].url.endswith(f"?Date={query}")


@pytest.mark.parametrize("day", ["2026-01-02", None, 7, dt.datetime(2026, 1, 2)])  # noqa: DTZ001 - a naive one is refused
def test_what_is_no_day_is_not_sent(day: Any, clock: FakeClock) -> None:
    client, transport = client_over([], clock)
    with pytest.raises(InvalidInput) as caught:
        client.deactivations.fetch(day)
    assert caught.value.field == "date"
    assert transport.requests == []


async def test_a_day_too_long_ago(clock: FakeClock) -> None:
    body = {"code": 30113, "message": "too old", "status": 400}
    client, _ = client_over([scripted.json(400, body)], clock)
    with pytest.raises(BadRequest) as caught:
        await client.deactivations.fetch(dt.date(2019, 1, 1))
    assert caught.value.code == 30113


async def test_opening_is_tried_again(clock: FakeClock) -> None:
    file = Response(200, {}, b"+15558675310\n")
    client, transport = client_over([REDIRECT, ConnectionLost("reset"), REDIRECT, file], clock)
    assert await client.deactivations.fetch(DAY) == ["+15558675310"]
    assert len(transport.requests) == 4


async def test_a_redirect_elsewhere_is_not_followed(clock: FakeClock) -> None:
    elsewhere = scripted.json(307, {"redirect_to": "https://evil.example/x"})
    client, transport = client_over([elsewhere], clock)
    with pytest.raises(Redirected):
        await client.deactivations.fetch(DAY)
    assert len(transport.requests) == 1
