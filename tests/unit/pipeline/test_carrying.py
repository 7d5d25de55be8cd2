"""What an attempt leaves behind: its place, the breaker's count, and a doubt where nobody knows."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from typing import Any

import pytest

from async_messaging.codec.codes import CODES
from async_messaging.errors import (
    AnswerTimeout,
    BadRequest,
    CircuitOpen,
    ClientClosed,
    ConnectFailed,
    ConnectionLost,
    MessagingError,
    OutcomeUnknown,
    ServerFailed,
)
from async_messaging.operation import Call
from async_messaging.pipeline.events import LateAnswer
from async_messaging.pipeline.pipeline import Pipeline
from async_messaging.pipeline.shared import Shared
from async_messaging.resources.messages import creation
from async_messaging.settings import Options
from async_messaging.testing import FakeClock
from async_messaging.transport import Hold, Request, Response
from async_messaging.transport.base import Pending, Streamed
from tests.unit.pipeline.calls import DRAFT, SID, created, problem, scripted_client

CALL = creation(DRAFT)
FETCH: Call[None] = Call("FetchMessage", "GET", "api", "/x.json", lambda _: None, "read")


class Memory:
    """Remembers what it is told of an account's creations."""

    def __init__(self) -> None:
        self.doubts: list[tuple[str, str, float, float, bool]] = []
        self.ends: list[tuple[str, object, BaseException | None, float, float, bool]] = []

    def answered(self, headers: Mapping[str, str], sent_at: float, now: float) -> None:
        pass

    def made(
        self, call: Call[Any], value: object, sent_at: float, now: float, *, kept: bool
    ) -> bool:
        return True

    def doubted(
        self, call: Call[Any], error: OutcomeUnknown, sent_at: float, now: float, *, kept: bool
    ) -> None:
        self.doubts.append((call.operation, type(error).__name__, sent_at, now, kept))

    def ended(
        self,
        call: Call[Any],
        value: object,
        error: BaseException | None,
        sent_at: float,
        now: float,
        *,
        kept: bool,
    ) -> None:
        sid = getattr(value, "sid", None)
        self.ends.append((call.operation, sid, error, sent_at, now, kept))

    def of_account(self, account_sid: str) -> Memory:
        return self


class Broken:
    """A transport that fails before anything could be told of it."""

    def __init__(self, failure: Exception) -> None:
        self.failure = failure

    def begin_at_once(self, _request: Request, /) -> Pending | None:
        raise self.failure

    async def send(self, _request: Request, /) -> Response:
        raise self.failure

    def stream(self, _request: Request, /) -> AbstractAsyncContextManager[Streamed]:
        raise self.failure

    async def close(self) -> None:
        pass


def over(script: list[Any], clock: FakeClock, memory: Memory) -> Pipeline:
    client, transport = scripted_client(script, clock)
    return Pipeline(client.settings, CODES, Shared(transport, clock, memory))


async def failed(
    pipeline: Pipeline, call: Call[Any] = CALL, *, kept: bool = False
) -> MessagingError:
    with pytest.raises(MessagingError) as caught:
        await pipeline.run(call, Options(timeout=8, retries=0), kept=kept)
    return caught.value


async def settled() -> None:
    """All that was to happen at once has happened."""
    for _ in range(9):
        await asyncio.sleep(0)


@pytest.mark.parametrize("kept", [False, True])
async def test_a_creation_of_which_nobody_knows_is_remembered(kept: bool, clock: FakeClock) -> None:
    memory = Memory()
    pipeline = over([ConnectionLost("lost"), problem(500)], clock, memory)
    await clock.advance(3)
    assert isinstance(await failed(pipeline, kept=kept), ConnectionLost)
    assert isinstance(await failed(pipeline, kept=kept), ServerFailed)
    assert memory.doubts == [
        ("CreateMessage", "ConnectionLost", 3.0, 3.0, kept),
        ("CreateMessage", "ServerFailed", 3.0, 3.0, kept),
    ]


async def test_nothing_else_is_a_doubt(clock: FakeClock) -> None:
    memory = Memory()
    script = [ConnectFailed("refused"), problem(400, 21211), ConnectionLost("lost"), created()]
    pipeline = over(script, clock, memory)
    await failed(pipeline)
    await failed(pipeline)
    await failed(pipeline, FETCH)
    await pipeline.run(CALL, Options())
    assert not memory.doubts
    assert not memory.ends


async def test_an_answer_after_its_caller_ends_the_doubt(clock: FakeClock) -> None:
    memory, came = Memory(), asyncio.Event()
    pipeline = over([Hold(came, created())], clock, memory)
    assert isinstance(await failed(pipeline, kept=True), AnswerTimeout)
    came.set()
    await settled()
    assert memory.ends == [("CreateMessage", f"SM{1:032x}", None, 0.0, 8.0, True)]


async def test_what_a_read_comes_to_after_its_caller_is_nobodys(clock: FakeClock) -> None:
    memory, came = Memory(), asyncio.Event()
    pipeline = over([Hold(came, created())], clock, memory)
    await failed(pipeline, FETCH)
    came.set()
    await settled()
    assert not memory.ends
    assert not memory.doubts


async def test_an_error_after_its_caller_ends_the_doubt_too(clock: FakeClock) -> None:
    memory, came = Memory(), asyncio.Event()
    pipeline = over([Hold(came, problem(400, 21211))], clock, memory)
    await failed(pipeline)
    came.set()
    await settled()
    ((_, sid, error, _, _, _),) = memory.ends
    assert sid is None
    assert isinstance(error, BadRequest)


async def test_what_is_given_up_after_its_caller_ended_without_an_answer(clock: FakeClock) -> None:
    memory = Memory()
    pipeline = over([Hold(asyncio.Event(), created())], clock, memory)
    await failed(pipeline)
    carrier = pipeline.account.here.carrier
    assert len(list(carrier.under_way())) == len(carrier.late) == 1
    await carrier.drain(0)
    ((_, sid, error, _, _, _),) = memory.ends
    assert sid is None
    assert isinstance(error, asyncio.CancelledError)
    assert list(carrier.under_way()) == []
    assert pipeline.account.here.admission.in_flight.count == 0


@pytest.mark.parametrize("failure", [ConnectionLost("lost"), RuntimeError("broken")])
async def test_whatever_a_transport_raises_the_place_is_given_back(
    failure: Exception, clock: FakeClock
) -> None:
    memory = Memory()
    client, _ = scripted_client([], clock)
    pipeline = Pipeline(client.settings, CODES, Shared(Broken(failure), clock, memory))
    with pytest.raises(type(failure)):
        await pipeline.run(CALL, Options(retries=0))
    assert pipeline.account.here.admission.in_flight.count == 0
    assert list(pipeline.account.here.carrier.under_way()) == []
    lost = isinstance(failure, ConnectionLost)
    assert [doubt[1] for doubt in memory.doubts] == ["ConnectionLost"] * lost


@pytest.mark.parametrize("written", [False, True])
async def test_a_request_that_is_given_up_was_lost_if_it_was_written(
    written: bool, clock: FakeClock
) -> None:
    hold = Hold(asyncio.Event(), created(), written=written)
    client, _ = scripted_client([hold], clock)
    sending = asyncio.create_task(client.messages.send(DRAFT))
    await hold.reached.wait()
    await client.close(grace=0)
    with pytest.raises(ConnectionLost if written else ClientClosed) as caught:
        await sending
    if written:
        assert str(caught.value) == "the request was given up before its answer came"


async def test_a_part_of_an_answer_may_name_what_was_made(clock: FakeClock) -> None:
    raw = f'\u20ac{{"sid": "{SID}"'
    client, _ = scripted_client([ConnectionLost("cut off", raw=raw)], clock)
    with pytest.raises(ConnectionLost) as caught:
        await client.messages.send(DRAFT)
    assert caught.value.sid == SID
    assert caught.value.call is not None
    assert caught.value.call.operation == "CreateMessage"


async def test_ten_creations_of_which_nobody_knows_open_the_circuit(clock: FakeClock) -> None:
    script = [ConnectionLost("lost")] * 10
    pipeline = over(script, clock, Memory())
    for _ in script:
        assert isinstance(await failed(pipeline), ConnectionLost)
    assert isinstance(await failed(pipeline), CircuitOpen)


@pytest.mark.parametrize("refused", [False, True])
@pytest.mark.parametrize("passes", range(5))
async def test_an_answer_that_comes_as_its_caller_goes_is_not_lost(
    passes: int, refused: bool, clock: FakeClock
) -> None:
    came = asyncio.Event()
    hold = Hold(came, problem(400, 21211) if refused else created(3))
    client, _ = scripted_client([hold], clock)
    told: list[LateAnswer] = []
    client.events.on_late_answer(told.append)
    sending = asyncio.create_task(client.messages.send(DRAFT))
    await hold.reached.wait()
    came.set()
    for _ in range(passes):
        await asyncio.sleep(0)
    sending.cancel()
    (result,) = await asyncio.gather(sending, return_exceptions=True)
    await client.close()
    if isinstance(result, asyncio.CancelledError):
        (late,) = told
        found: object = late.error if refused else late
    else:
        found = result
    if refused:
        assert isinstance(found, BadRequest)
    else:
        assert getattr(found, "sid", None) == f"SM{3:032x}"
    assert client.stats().in_flight == client.stats().pending_late == 0


@pytest.mark.parametrize("written", [False, True])
async def test_a_request_knows_whether_its_caller_took_it_back(
    written: bool, clock: FakeClock
) -> None:
    hold = Hold(asyncio.Event(), created(), written=written)
    client, transport = scripted_client([hold], clock)
    sending = asyncio.create_task(client.messages.send(DRAFT))
    await hold.reached.wait()
    sending.cancel()
    await asyncio.gather(sending, return_exceptions=True)
    assert transport.requests[0].withdrawn is not written
    await client.close(grace=0)


async def test_late_answers_are_told_counted_and_logged(
    clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    came = asyncio.Event()
    script = [Hold(came, created(3)), Hold(came, problem(400, 21211))]
    client, _ = scripted_client(script, clock, timeout=8)
    told: list[LateAnswer] = []
    client.events.on_late_answer(told.append)
    for _ in script:
        with pytest.raises(AnswerTimeout):
            await client.messages.send(DRAFT)
    came.set()
    await client.close()
    found = sorted(told, key=lambda late: late.sid or "")
    assert [(late.operation, late.sid, type(late.error)) for late in found] == [
        ("CreateMessage", None, BadRequest),
        ("CreateMessage", f"SM{3:032x}", type(None)),
    ]
    assert client.stats().late == 2
    assert sorted(line for line in caplog.messages if "late answer" in line) == [
        "CreateMessage: late answer: BadRequest",
        f"CreateMessage: late answer: SM{3:032x}",
    ]
