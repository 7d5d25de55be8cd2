"""P13 for calls: cancelled at any await, a call leaves no connection, place, task or lane behind.

Each call is cancelled at its first suspension, then at its second, and so on until it ends by itself.
What a creation wrote before is heard out, and told.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager

import pytest

from async_messaging import Limits, MessageDraft, MessagingClient
from async_messaging.errors import ConnectFailed
from async_messaging.pipeline.events import LateAnswer
from async_messaging.testing import FakeClock
from async_messaging.transport import Request, Response, scripted
from async_messaging.transport.base import Streamed
from async_messaging.transport.scripted import ScriptedTransport
from tests.contract.cancelled_at import CancelledAt
from tests.contract.spec import sid_of
from tests.unit.pipeline.calls import ACCOUNT, SID, created, problem

SENDER = "+15017122661"
ME = sid_of("ME")


class Twilio:
    """A transport that takes its time to connect, to answer and to be read."""

    def __init__(self, clock: FakeClock) -> None:
        self.clock = clock
        self.failures: list[Response | ConnectFailed] = []
        self.accepted: list[str] = []
        self.open = 0

    async def send(self, request: Request, /) -> Response:
        self.open += 1
        try:
            await self.clock.sleep(0.01)
            failure = self.failures.pop(0) if self.failures else None
            if request.withdrawn or isinstance(failure, ConnectFailed):
                raise ConnectFailed("nothing was written")
            request.written = True
            await self.clock.sleep(0.01)
            if failure is not None:
                return failure
            return self.answer(request)
        finally:
            self.open -= 1

    def answer(self, request: Request) -> Response:
        if request.url.endswith("/token"):
            return scripted.json(200, {"access_token": "secret", "expires_in": 86_400})
        if request.method == "POST" and request.url.endswith("/Messages.json"):
            self.accepted.append(f"SM{len(self.accepted) + 1:032x}")
            return created(len(self.accepted))
        if request.method == "DELETE":
            return Response(204, {}, b"")
        if "/Messages.json" in request.url:
            page: dict[str, object] = {"messages": [{"sid": SID}] * 2, "next_page_uri": None}
            if "PageToken" not in request.url:
                page["next_page_uri"] = request.url.partition(".com")[2] + "&PageToken=1"
            return scripted.json(200, page)
        return scripted.json(200, {"sid": SID, "status": "sent"})

    @asynccontextmanager
    async def stream(self, request: Request, /) -> AsyncIterator[Streamed]:
        async with ScriptedTransport([Response(200, {}, b"x" * 100_000)]).stream(request) as pieces:
            self.open += 1
            try:
                await self.clock.sleep(0.01)
                yield pieces
                await self.clock.sleep(0.01)
            finally:
                self.open -= 1

    async def close(self) -> None:
        await asyncio.sleep(0)


class Stage:
    """A client, what it was told late, and the sids that its calls gave."""

    def __init__(self, **options: object) -> None:
        self.clock = FakeClock(autojump=True)
        self.twilio = Twilio(self.clock)
        credentials: dict[str, object] = {"auth_token": "f" * 32}
        self.client = MessagingClient(
            account_sid=ACCOUNT,
            transport=self.twilio,
            clock=self.clock,
            limits=Limits(in_flight=1, sender={SENDER: 1.0}),
            **{**credentials, **options},  # type: ignore[arg-type]  # a test's own choice
        )
        self.sids: list[str] = []
        self.client.events.on_late_answer(self.late)

    def late(self, event: LateAnswer) -> None:
        if event.sid:
            self.sids.append(event.sid)

    async def create(self, client: MessagingClient | None = None) -> None:
        messages = (client or self.client).messages
        sent = await messages.create(to="+14155550100", from_=SENDER, body="Hi")
        self.sids.append(sent.sid)


async def create(stage: Stage) -> None:
    await stage.create()


async def create_after_failures(stage: Stage) -> None:
    stage.twilio.failures = [ConnectFailed("no"), problem(429, 20429, Retry_After="2")]
    await stage.create()


async def create_twice_in_a_lane(stage: Stage) -> None:
    async with asyncio.TaskGroup() as group:
        group.create_task(stage.create())
        group.create_task(stage.create())


async def bulk(stage: Stage) -> None:
    drafts = [MessageDraft(to="+14155550100", body="Hi", from_=s) for s in (SENDER, "ACME") * 2]
    results = stage.client.bulk(drafts, concurrency=2, rate=50)
    found = []
    try:
        async with results:
            async for result in results:
                found.append(result)
    finally:
        found += results.uncollected
        stage.sids += [result.message.sid for result in found if result.message]
        assert len({result.index for result in found}) == len(found)


async def fetch_after_failures(stage: Stage) -> None:
    stage.twilio.failures = [problem(500), ConnectFailed("no")]
    await stage.client.messages.fetch(SID)


async def change(stage: Stage) -> None:
    await stage.client.messages.redact(SID)
    await stage.client.messages.delete(SID)


async def list_all(stage: Stage) -> None:
    assert len(await stage.client.messages.list()) == 4


async def iterate(stage: Stage) -> None:
    async with AsyncExitStack() as stack:
        listing = aiter(stage.client.messages.list())
        if close := getattr(listing, "aclose", None):
            stack.push_async_callback(close)
        assert len([message async for message in listing]) == 4


async def download(stage: Stage) -> None:
    async with stage.client.messages(SID).media.open(ME) as picture:
        assert len(b"".join([piece async for piece in picture.chunks()])) == 100_000


async def with_a_token(stage: Stage) -> None:
    await stage.create()
    await stage.client.messages.fetch(SID)


async def close(stage: Stage) -> None:
    sending = asyncio.create_task(stage.create())
    await asyncio.sleep(0)
    try:
        await stage.client.close()
    finally:
        sending.cancel()
        await asyncio.gather(sending, return_exceptions=True)


CALLS: list[Callable[[Stage], Awaitable[None]]] = [
    create,
    create_after_failures,
    create_twice_in_a_lane,
    bulk,
    fetch_after_failures,
    change,
    list_all,
    iterate,
    download,
    with_a_token,
    close,
]


@pytest.mark.parametrize("call", CALLS, ids=lambda call: call.__name__)
async def test_a_call_that_is_cancelled_at_any_await_leaves_nothing(
    call: Callable[[Stage], Awaitable[None]],
) -> None:
    options = {"auth_token": None, "client_id": "OQ1", "client_secret": "s"}
    at, ended = 0, False
    while not ended:
        at += 1
        stage = Stage(**(options if call is with_a_token else {}))
        work = CancelledAt(call(stage), at)
        task = asyncio.create_task(wrapped(work))
        done, _ = await asyncio.wait((task,), timeout=20)
        assert done, f"it hangs when it is cancelled at suspension {at}"
        if not task.cancelled():
            task.result()
        await is_clean(stage)
        ended = work.suspensions < at
    assert at > 1


async def wrapped(work: CancelledAt) -> None:
    await work


async def is_clean(stage: Stage) -> None:
    """Nothing is left, at the latest when the client is closed, and every sid was told."""
    await stage.client.close()
    for _ in range(5):
        await asyncio.sleep(0)
    assert asyncio.all_tasks() == {asyncio.current_task()}
    stats = stage.client.stats()
    assert (stats.in_flight, stats.waiting, stats.pending_late) == (0, 0, 0)
    assert stage.twilio.open == 0
    assert sorted(stage.sids) == sorted(stage.twilio.accepted)
