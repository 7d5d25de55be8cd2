"""The stop event: whatever a call waits for before its write, a stop ends it at once."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Awaitable, Callable

import pytest

from async_messaging import Limits, MessagingClient
from async_messaging.errors import (
    AnswerTimeout,
    ClientClosed,
    ConnectFailed,
    ConnectionLost,
    NotSent,
    SettingsError,
)
from async_messaging.pipeline.batch_run import BatchRun
from async_messaging.pipeline.stop import Caller, Stop, ended
from async_messaging.resources.messages import creation
from async_messaging.testing import FakeClock
from async_messaging.transport import Hold, Request, Response
from tests.unit.pipeline.calls import DRAFT, SID, THROTTLED, created, scripted_client

CALL = creation(DRAFT)
KEPT: list[object] = []
SLOW = Limits(sender={"+15017122661": 0.1})


def _stopped() -> NotSent:
    return NotSent("stopped")


async def turns(number: int = 20) -> None:
    for _ in range(number):
        await asyncio.sleep(0)


async def test_all_who_wait_get_the_reason_and_so_do_later_ones() -> None:
    stop, loop = Stop(), asyncio.get_running_loop()
    waiting = [asyncio.ensure_future(stop.wait(loop.create_future())) for _ in range(3)]
    await turns()
    stop.set(_stopped)
    for one in [*waiting, stop.wait(loop.create_future())]:
        with pytest.raises(NotSent, match="stopped"):
            await one
    assert stop.callers == set()


async def test_a_child_is_set_with_its_parent_and_for_its_reason() -> None:
    parent = Stop()
    child = Stop(parent)
    waiting = asyncio.ensure_future(child.wait(asyncio.get_running_loop().create_future()))
    await turns()
    parent.set(ClientClosed)
    with pytest.raises(ClientClosed):
        await waiting
    with pytest.raises(ClientClosed):
        await Stop(parent).wait(asyncio.get_running_loop().create_future())


def test_a_child_that_nobody_has_is_not_kept() -> None:
    parent = Stop()
    Stop(parent)
    gc.collect()
    assert len(parent.children) == 0


async def test_what_came_in_the_same_moment_as_the_stop_is_kept() -> None:
    stop, future = Stop(), asyncio.get_running_loop().create_future()
    waiting = asyncio.ensure_future(stop.wait(future))
    await turns()
    future.set_result(7)
    stop.set(_stopped)
    assert await waiting == 7


async def test_work_is_over_when_a_stop_has_ended_it() -> None:
    stop, over = Stop(), list[str]()

    async def work() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0)
            over.append("cleaned up")

    running = asyncio.ensure_future(stop.run(work()))
    await turns()
    stop.set(_stopped)
    with pytest.raises(NotSent):
        await running
    assert over == ["cleaned up"]


async def test_the_end_of_a_task_counts_its_error_as_read() -> None:
    async def fails() -> None:
        raise ValueError

    task = asyncio.ensure_future(fails())
    await ended(task)
    assert isinstance(task.exception(), ValueError)


async def waits_for_lanes(clock: FakeClock) -> MessagingClient:
    client, _ = scripted_client(lambda _: created(), clock, limits=SLOW, timeout=None)
    await client.messages.send(DRAFT)
    return client


async def waits_for_a_place(clock: FakeClock) -> MessagingClient:
    hold = Hold(asyncio.Event(), created())
    limits = Limits(in_flight=1)
    client, _ = scripted_client([hold], clock, limits=limits, timeout=None)
    KEPT.append(asyncio.gather(client.messages.send(DRAFT), return_exceptions=True))
    await hold.reached.wait()
    return client


async def waits_after_a_429(clock: FakeClock) -> MessagingClient:
    return scripted_client(lambda _: THROTTLED, clock, timeout=None)[0]


async def waits_after_a_failure(clock: FakeClock) -> MessagingClient:
    return scripted_client(lambda _: ConnectFailed("x"), clock, timeout=None, retries=99)[0]


async def waits_for_a_connection(clock: FakeClock) -> MessagingClient:
    hold = Hold(asyncio.Event(), created(), written=False)
    return scripted_client([hold], clock, timeout=None)[0]


WAITS = [
    waits_for_lanes,
    waits_for_a_place,
    waits_after_a_429,
    waits_after_a_failure,
    waits_for_a_connection,
]


@pytest.mark.parametrize("made", WAITS, ids=lambda made: made.__name__)
async def test_a_close_wakes_whoever_waits_and_no_time_passes(
    made: Callable[[FakeClock], Awaitable[MessagingClient]],
) -> None:
    clock = FakeClock()
    client = await made(clock)
    task = asyncio.create_task(client.messages.send(DRAFT))
    await turns()
    assert not task.done()
    closing = asyncio.create_task(client.close(0.01))
    with pytest.raises(ClientClosed):
        await task
    assert clock.monotonic() == 0
    await closing
    assert (client.stats().in_flight, client.stats().waiting) == (0, 0)


@pytest.mark.parametrize("made", WAITS, ids=lambda made: made.__name__)
async def test_a_halt_wakes_the_calls_of_its_batch(
    made: Callable[[FakeClock], Awaitable[MessagingClient]],
) -> None:
    clock = FakeClock()
    client = await made(clock)
    calls = client.open_batch()
    task = asyncio.create_task(calls.run(CALL))
    await turns()
    assert not task.done()
    calls.batch.halt()
    with pytest.raises(NotSent, match="the bulk send was stopped"):
        await task
    assert clock.monotonic() == 0
    await client.close(0.01)


async def test_a_close_wakes_whoever_waits_for_an_open_breaker(clock: FakeClock) -> None:
    client, _ = scripted_client(lambda _: ConnectionLost("out"), clock)
    calls = client.open_batch()
    for _ in range(10):
        with pytest.raises(ConnectionLost):
            await calls.run(CALL)
    waiting = [asyncio.create_task(calls.run(CALL)), asyncio.create_task(calls.admit(CALL))]
    await turns()
    await client.close()
    for task in waiting:
        with pytest.raises(ClientClosed):
            await task


async def test_a_halt_leaves_what_was_written_to_its_answer(clock: FakeClock) -> None:
    release = asyncio.Event()
    hold = Hold(release, created(3))
    client, _ = scripted_client([hold], clock)
    calls = client.open_batch()
    task = asyncio.create_task(calls.run(CALL))
    await hold.reached.wait()
    calls.batch.halt()
    await turns()
    release.set()
    assert (await task).value.sid == f"SM{3:032x}"


async def test_what_was_stopped_before_its_write_is_never_written(clock: FakeClock) -> None:
    hold = Hold(asyncio.Event(), created(), written=False)
    client, transport = scripted_client([hold], clock)
    calls = client.open_batch()
    task = asyncio.create_task(calls.run(CALL))
    await hold.reached.wait()
    calls.batch.halt()
    assert transport.requests[0].withdrawn  # at once: its connection may come in this very turn
    with pytest.raises(NotSent):
        await task
    assert not transport.requests[0].written


async def test_what_a_transport_writes_though_its_caller_has_left_is_not_called_unsent(
    clock: FakeClock,
) -> None:
    halted: list[BatchRun] = []

    async def heedless(request: Request) -> Response:
        for batch in halted:
            batch.batch.halt()  # while nothing is written yet
        request.written = True
        await clock.sleep(1.0)
        return created()

    client, _ = scripted_client(heedless, clock)
    halted.append(client.open_batch(kept=False))
    sending = asyncio.ensure_future(halted[0].run(CALL))
    await turns()
    with pytest.raises(AnswerTimeout) as told:
        await sending
    late = asyncio.ensure_future(told.value.late_answer())
    await clock.advance(2.0)
    assert (await late).sid == f"SM{1:032x}"


async def test_a_secret_is_asked_for_once_for_all_who_wait_and_one_who_leaves_ends_nothing(
    clock: FakeClock,
) -> None:
    asked, release = [0], asyncio.Event()

    async def token() -> str:
        asked[0] += 1
        await release.wait()
        return "t" * 32

    client, _ = scripted_client(lambda _: created(), clock, auth_token=token)
    leaving, staying = (asyncio.create_task(client.messages.send(DRAFT)) for _ in range(2))
    await turns()
    leaving.cancel()
    await turns()
    release.set()
    assert (await staying).sid
    assert asked == [1]
    assert client.stats().in_flight == 0


async def test_a_close_wakes_whoever_waits_for_a_secret(clock: FakeClock) -> None:
    async def token() -> str:
        await asyncio.Event().wait()
        return ""

    client, transport = scripted_client([created()], clock, auth_token=token)
    task = asyncio.create_task(client.messages.send(DRAFT))
    await turns()
    await client.close()
    with pytest.raises(ClientClosed):
        await task
    assert transport.requests == []


async def test_each_who_waited_for_a_secret_gets_an_error_of_its_own(clock: FakeClock) -> None:
    release = asyncio.Event()

    async def token() -> str:
        await release.wait()
        raise OSError

    client, _ = scripted_client([], clock, auth_token=token)
    tasks = [asyncio.create_task(client.messages.send(DRAFT)) for _ in range(2)]
    await turns()
    release.set()
    errors = await asyncio.gather(*tasks, return_exceptions=True)
    assert [type(error) for error in errors] == [SettingsError] * 2
    assert errors[0] is not errors[1]


def test_who_waits_on_a_paused_loop_is_told_when_another_loop_is_used() -> None:
    client, transport = scripted_client(lambda _: created(), FakeClock(), limits=SLOW)
    paused = asyncio.new_event_loop()
    paused.run_until_complete(client.messages.send(DRAFT))
    waiting = paused.create_task(client.messages.send(DRAFT))
    paused.run_until_complete(turns())
    asyncio.run(client.messages.fetch(SID))
    with pytest.raises(NotSent, match="another event loop"):
        paused.run_until_complete(asyncio.wait_for(waiting, 1))
    paused.close()
    assert client.stats().waiting == 0
    assert [request.method for request in transport.requests] == ["POST", "GET"]


def test_limits_are_kept_from_loop_to_loop() -> None:
    clock = FakeClock(autojump=True)
    client, _ = scripted_client(lambda _: created(), clock, limits=SLOW)
    for _ in range(3):
        asyncio.run(client.messages.send(DRAFT))
    assert clock.monotonic() == pytest.approx(20, abs=0.1)


async def test_two_closes_at_once_end_with_the_last_call(clock: FakeClock) -> None:
    release = asyncio.Event()
    hold = Hold(release, created())
    client, _ = scripted_client([hold], clock)
    task = asyncio.create_task(client.messages.send(DRAFT))
    await hold.reached.wait()
    closing = [asyncio.create_task(client.close(30)) for _ in range(2)]
    await turns()
    release.set()
    async with asyncio.timeout(5):
        await asyncio.gather(*closing)
    assert (await task).sid


async def test_a_caller_shows_nothing_of_its_request() -> None:
    assert repr(Caller(Stop())) == "<Caller>"
