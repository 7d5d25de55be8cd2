"""The time of a call: when a request may still be written, and who wins at the last moment."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from async_messaging import Limits
from async_messaging.errors import MessagingError
from async_messaging.settings import AttemptTimeout
from async_messaging.testing import FakeClock
from async_messaging.transport import Hold, Request, Response
from tests.unit.pipeline.calls import DRAFT, SID, client_on, created, problem, scripted_client
from tests.unit.pipeline.test_stop import turns


async def test_deadlines_hold_while_a_client_closes() -> None:
    clock = FakeClock()
    hold = Hold(asyncio.Event(), created())
    client, _ = scripted_client([hold], clock, timeout=1)
    task = asyncio.create_task(client.messages.fetch(SID))
    await hold.reached.wait()
    closing = asyncio.create_task(client.close(30))
    await clock.advance(1.1)
    with pytest.raises(MessagingError) as caught:
        await task
    assert caught.value.outcome == "unknown"
    async with asyncio.timeout(5):
        await closing


class Straight:
    """A transport that writes at once, and answers when it is told."""

    def __init__(self, answer: Response) -> None:
        self.answer = answer
        self.requests: list[Request] = []
        self.done = False
        self.future: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def begin_at_once(self, request: Request, /) -> Straight:
        request.written = True
        self.requests.append(request)
        return self

    def wait(self) -> asyncio.Future[None]:
        return self.future

    def result(self) -> Response:
        return self.answer

    def abandon(self) -> None:
        self.done = True

    async def send(self, request: Request, /) -> Response:
        raise NotImplementedError

    def stream(self, request: Request, /) -> Any:
        raise NotImplementedError

    async def close(self) -> None:
        pass


@pytest.mark.parametrize(
    ("answer", "read", "outcome"),
    [
        (created(1), False, f"SM{1:032x}"),
        (problem(400, 21610), False, 21610),
        (problem(429, 20429), False, 20429),
        (problem(404, 20404), True, 20404),
        (None, False, "unknown"),
        (None, True, "unknown"),
    ],
)
async def test_an_answer_and_a_deadline_in_one_moment_are_an_answer(
    answer: Response | None, outcome: object, *, read: bool
) -> None:
    clock = FakeClock()
    transport = Straight(answer or created())
    client = client_on(transport, clock, timeout=1)  # type: ignore[arg-type]  # any transport
    send = client.messages.fetch(SID) if read else client.messages.send(DRAFT)
    task = asyncio.ensure_future(send)
    await turns()
    transport.done = answer is not None  # read, and its waiter not yet told
    await clock.advance(1.1)
    try:
        found: object = (await task).sid
    except MessagingError as error:
        found = error.code or error.outcome
    assert found == outcome
    transport.done = True
    if not transport.future.done():
        transport.future.set_result(None)
    await client.close(0.01)


@pytest.mark.parametrize(
    ("whole", "read", "least"), [(60.0, 30.0, 30.0), (10.0, 30.0, 5.0), (60.0, 4.0, 4.0)]
)
async def test_a_post_is_written_only_while_there_is_time_for_its_answer(
    whole: float, read: float, least: float
) -> None:
    """The smaller of the read time and half of the timeout is left, or nothing is written."""
    for early, outcome in ((0.01, "accepted"), (-0.01, "not_sent")):
        clock = FakeClock(autojump=True)
        limits = Limits(sender={"+15017122661": 1 / (whole - least - early)})
        attempt = AttemptTimeout(10.0, read, 45.0)
        client, transport = scripted_client(
            lambda _: created(), clock, limits=limits, timeout=whole, attempt_timeout=attempt
        )
        await client.messages.send(DRAFT)
        try:
            told = "accepted" if (await client.messages.send(DRAFT)).sid else ""
        except MessagingError as error:
            told = error.outcome
        assert told == outcome
        assert len(transport.requests) == 1 + (outcome == "accepted")


@pytest.mark.parametrize(("read", "outcome"), [(True, "answered"), (False, "not_sent")])
async def test_a_read_may_be_made_until_the_last_moment(outcome: str, *, read: bool) -> None:
    clock, release = FakeClock(), asyncio.Event()
    client, _ = scripted_client([Hold(release, created(), written=False)], clock, timeout=10)
    call = client.messages.fetch(SID) if read else client.messages.send(DRAFT)
    task = asyncio.ensure_future(call)
    await turns()
    await clock.advance(9)  # then it gets a connection
    release.set()
    try:
        found = "answered" if (await task).sid else ""
    except MessagingError as error:
        found = error.outcome
    assert found == outcome
