"""Downloads: opened with fresh credentials, repeated as reads are, and their place given back."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Iterable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager

import pytest

from async_messaging import MessagingClient
from async_messaging.errors import (
    AnswerTimeout,
    ClientClosed,
    ConnectionLost,
    NotFound,
    Unauthorized,
    UnexpectedAnswer,
)
from async_messaging.pipeline.events import Responded, Retried, Throttled
from async_messaging.resources import media
from async_messaging.testing import FakeClock
from async_messaging.transport import Hold, Request, Response
from async_messaging.transport.scripted import Item
from tests.contract.spec import sid_of
from tests.unit.pipeline.calls import (
    DRAFT,
    THROTTLED,
    client_on,
    created,
    problem,
    scripted_client,
)

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


class Dripping:
    """A transport whose body comes a byte in a second, for ever."""

    def __init__(self, clock: FakeClock, *, head: bool = True) -> None:
        self.clock = clock
        self.head = head
        self.open = 0

    @asynccontextmanager
    async def stream(self, request: Request, /) -> AsyncGenerator[Dripping]:
        self.open += 1
        try:
            request.written = True
            if not self.head:
                await asyncio.Event().wait()
            yield self
        finally:
            self.open -= 1

    status = 200
    headers: Mapping[str, str] = {}

    async def chunks(self) -> AsyncIterator[bytes]:
        while True:
            await self.clock.sleep(1)
            yield b"x"

    async def send(self, request: Request, /) -> Response:
        request.written = True
        return created()

    async def close(self) -> None:
        pass


def dripping(clock: FakeClock, *, head: bool = True) -> tuple[MessagingClient, Dripping]:
    transport = Dripping(clock, head=head)
    return client_on(transport, clock, timeout=5), transport  # type: ignore[arg-type]  # any transport


@pytest.mark.parametrize("head", [True, False])
async def test_a_download_ends_with_the_callers_time(*, head: bool, clock: FakeClock) -> None:
    client, transport = dripping(clock, head=head)
    with pytest.raises(AnswerTimeout):
        async with client.messages(SM).media.open(ME) as download:
            async for _ in download.chunks():
                pass
    assert clock.monotonic() == 5
    assert transport.open == 0
    assert client.stats().in_flight == 0


async def test_what_the_program_does_between_two_pieces_does_not_count(clock: FakeClock) -> None:
    client, _ = dripping(clock)
    size = 0
    async with client.messages(SM).media.open(ME) as download:
        async for piece in download.chunks():
            size += len(piece)
            await clock.sleep(100)
            if size == 4:
                break
    assert size == 4


async def test_open_downloads_take_no_place_from_sends(clock: FakeClock) -> None:
    client, _ = dripping(clock)
    async with AsyncExitStack() as stack:
        for _ in range(100):
            await stack.enter_async_context(client.messages(SM).media.open(ME))
        assert client.stats().in_flight == 0
        assert (await client.messages.send(DRAFT)).sid


async def test_a_download_has_a_longest(clock: FakeClock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(media, "DOWNLOAD_CAP", 3)
    with pytest.raises(UnexpectedAnswer, match="longer than 3 bytes"):
        await opened([AWAY, PICTURE], clock)


async def test_listeners_and_counters_hear_of_downloads(clock: FakeClock) -> None:
    client, _ = scripted_client([THROTTLED, ConnectionLost("x"), AWAY, PICTURE], clock)
    heard: list[object] = []
    client.events.on_response(heard.append)
    client.events.on_retry(heard.append)
    client.events.on_throttle(heard.append)
    async with client.messages(SM).media.open(ME):
        pass
    assert [type(event) for event in heard] == [Responded, Throttled, Retried, Responded]
    stats = client.stats()
    assert (stats.requests, stats.throttled, stats.retries) == (3, 1, 1)


async def test_a_closed_client_opens_none_and_one_that_closes_ends_what_is_not_open(
    clock: FakeClock,
) -> None:
    client, _ = scripted_client([Hold(asyncio.Event(), PICTURE, written=False)], clock)

    async def fetch() -> None:
        async with client.messages(SM).media.open(ME):
            pass

    task = asyncio.create_task(fetch())
    for _ in range(20):
        await asyncio.sleep(0)
    await client.close()
    for one in (task, fetch()):
        with pytest.raises(ClientClosed):
            await one


async def test_cancelled_at_every_moment_it_leaks_nothing(clock: FakeClock) -> None:
    for passes in range(30):
        client, transport = dripping(clock)

        async def fetch(client: MessagingClient = client) -> None:
            async with client.messages(SM).media.open(ME) as download:
                async for _ in download.chunks():
                    pass

        task = asyncio.create_task(fetch())
        for _ in range(passes):
            await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert (client.stats().in_flight, transport.open) == (0, 0), passes
        async with asyncio.timeout(5):
            await client.close(30)


async def test_a_refusal_ends_it(clock: FakeClock) -> None:
    with pytest.raises(Unauthorized):
        await opened([problem(401, 20003)], clock)
    with pytest.raises(NotFound):
        await opened([problem(404, 20404)], clock)
