"""Time, cancellation, late answers, loops: what becomes of a call whose caller goes away."""

from __future__ import annotations

import asyncio
import logging
import threading
from typing import Any

import pytest

from async_messaging import Limits, MessagingClient
from async_messaging.errors import (
    AnswerTimeout,
    ClientClosed,
    ConnectFailed,
    MessagingError,
    NotSent,
    RateLimited,
    SettingsError,
    WaitTooLong,
)
from async_messaging.pipeline.events import LateAnswer, Responded, Retried, Throttled
from async_messaging.testing import FakeClock
from async_messaging.transport import Hold, scripted
from async_messaging.transport.scripted import Item
from tests.unit.pipeline.calls import (
    ACCOUNT,
    DRAFT,
    SID,
    THROTTLED,
    created,
    problem,
    scripted_client,
)


def idle(client: MessagingClient) -> bool:
    stats = client.stats()
    return (stats.in_flight, stats.waiting, stats.pending_late) == (0, 0, 0)


async def test_a_request_carries_what_twilio_wants(clock: FakeClock) -> None:
    client, transport = scripted_client([created(), created()], clock)
    await client.messages.send(DRAFT)
    await client.messages.fetch(SID)
    post, get = transport.requests
    assert post.url == f"https://api.twilio.com/2010-04-01/Accounts/{ACCOUNT}/Messages.json"
    assert post.body == b"To=%2B15558675310&From=%2B15017122661&Body=Hi"
    assert post.headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert post.headers["Authorization"].startswith("Basic ")
    assert post.headers["Accept"] == "application/json"
    assert "Content-Type" not in get.headers


async def test_time_that_runs_out_before_the_write_means_not_sent(clock: FakeClock) -> None:
    never = asyncio.Event()
    hold = Hold(never, created(), written=False)
    client, transport = scripted_client([hold], clock, timeout=5)
    with pytest.raises(NotSent):
        await client.messages.send(DRAFT)
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert clock.monotonic() == 2.5  # with half of the time left, a POST may still be written
    assert idle(client)
    assert not transport.requests[0].written


async def test_time_that_runs_out_after_the_write_means_unknown_and_the_answer_comes_late(
    clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    release = asyncio.Event()
    client, transport = scripted_client([Hold(release, created(7))], clock, timeout=5)
    told: list[LateAnswer] = []
    client.events.on_late_answer(told.append)
    with pytest.raises(AnswerTimeout) as caught:
        await client.messages.send(DRAFT)
    assert caught.value.outcome == "unknown"
    assert client.stats().pending_late == 1
    release.set()
    with caplog.at_level(logging.INFO, "async_messaging"):
        message = await caught.value.late_answer()
    sid = f"SM{7:032x}"
    assert message.sid == sid
    assert [event.sid for event in told] == [sid]
    assert sid in caplog.text
    assert idle(client)
    assert len(transport.requests) == 1


async def test_a_late_answer_may_be_an_error(clock: FakeClock) -> None:
    release = asyncio.Event()
    client, _ = scripted_client([Hold(release, problem(400, 21610))], clock, timeout=5)
    with pytest.raises(AnswerTimeout) as caught:
        await client.messages.send(DRAFT)
    release.set()
    with pytest.raises(MessagingError) as late:
        await caught.value.late_answer()
    assert late.value.code == 21610


async def test_a_cancelled_caller_leaves_a_written_creation_running(clock: FakeClock) -> None:
    release = asyncio.Event()
    hold = Hold(release, created(3))
    client, _ = scripted_client([hold], clock)
    told: list[LateAnswer] = []
    client.events.on_late_answer(told.append)
    task = asyncio.create_task(client.messages.send(DRAFT))
    await hold.reached.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert client.stats().pending_late == 1
    release.set()
    await client.close()
    assert [event.sid for event in told] == [f"SM{3:032x}"]
    assert idle(client)


async def test_a_cancelled_caller_ends_what_was_not_written(clock: FakeClock) -> None:
    hold = Hold(asyncio.Event(), created(), written=False)
    client, transport = scripted_client([hold, created()], clock, limits=Limits(in_flight=1))
    task = asyncio.create_task(client.messages.send(DRAFT))
    await hold.reached.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert (await client.messages.send(DRAFT)).sid
    assert not transport.requests[0].written
    assert idle(client)


async def test_a_cancelled_read_ends_at_once(clock: FakeClock) -> None:
    hold = Hold(asyncio.Event(), created())
    client, _ = scripted_client([hold], clock)
    task = asyncio.create_task(client.messages.fetch(SID))
    await hold.reached.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert idle(client)


async def test_cancellation_at_every_moment_leaks_nothing(clock: FakeClock) -> None:
    """Cancel after 0, 1, 2 ... passes of the loop, with a 429, a lane and a place in the way."""
    limits = Limits(in_flight=1, sender={"+15017122661": 100.0})
    for passes in range(40):
        script: list[Item] = [THROTTLED, ConnectFailed("x"), created(1), created(2), created(3)]
        client, _ = scripted_client(script, clock, limits=limits)
        others = asyncio.create_task(client.messages.send(DRAFT))
        task = asyncio.create_task(client.messages.send(DRAFT))
        for _ in range(passes):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        assert (await others).sid
        await client.close()
        assert idle(client), passes


async def test_the_deadline_counts_retries_and_waits(clock: FakeClock) -> None:
    client, _ = scripted_client(lambda _: problem(429, 20429, retry_after="4"), clock, timeout=20)
    with pytest.raises(RateLimited):
        await client.messages.send(DRAFT)
    assert clock.monotonic() == pytest.approx(8)


async def test_max_wait_refuses_a_long_wait_at_once(clock: FakeClock) -> None:
    limits = Limits(sender={"+15017122661": 0.1})
    client, transport = scripted_client([created(), created()], clock, limits=limits)
    await client.messages.send(DRAFT)
    with pytest.raises(WaitTooLong):
        await client.with_options(max_wait=5).messages.send(DRAFT)
    assert clock.monotonic() == 0
    await client.messages.send(DRAFT)
    assert clock.monotonic() == pytest.approx(10, abs=0.01)
    assert len(transport.requests) == 2


async def test_without_max_wait_a_lane_is_waited_for_until_the_deadline(clock: FakeClock) -> None:
    limits = Limits(sender={"+15017122661": 0.001})
    client, transport = scripted_client([created()], clock, limits=limits)
    await client.messages.send(DRAFT)
    with pytest.raises(NotSent) as caught:
        await client.messages.send(DRAFT)
    assert type(caught.value) is NotSent
    assert clock.monotonic() == 30  # half of the time is left for the answer
    assert len(transport.requests) == 1


async def test_a_wait_beyond_max_wait_is_refused_at_once(clock: FakeClock) -> None:
    limits = Limits(sender={"+15017122661": 0.001})
    client, _ = scripted_client([created()], clock, limits=limits)
    await client.messages.send(DRAFT)
    with pytest.raises(WaitTooLong):
        await client.with_options(max_wait=5.0).messages.send(DRAFT)
    assert clock.monotonic() == 0


async def test_a_closed_client_refuses(clock: FakeClock) -> None:
    client, transport = scripted_client([created()], clock)
    await client.close()
    with pytest.raises(ClientClosed):
        await client.messages.send(DRAFT)
    assert transport.requests == []


async def test_events_tell_what_happens(clock: FakeClock) -> None:
    script: list[Item] = [THROTTLED, ConnectFailed("x"), created()]
    client, _ = scripted_client(script, clock)
    seen: list[object] = []
    client.events.on_response(seen.append)
    client.events.on_retry(seen.append)
    client.events.on_throttle(seen.append)
    await client.messages.send(DRAFT)
    kinds = [type(event) for event in seen]
    assert kinds == [Responded, Throttled, Retried, Responded]
    assert "5558675310" not in repr(seen)


async def test_a_failing_listener_does_not_fail_the_send(
    clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    client, _ = scripted_client([created()], clock)
    client.events.on_response(lambda _: 1 / 0)
    assert (await client.messages.send(DRAFT)).sid
    assert "ZeroDivisionError" in caplog.text


class Listener:
    async def __call__(self, event: object) -> None:
        """Would never run."""


async def _hears(event: object) -> None:
    """Would never run."""


@pytest.mark.parametrize("handler", [_hears, Listener(), None])
def test_a_handler_that_would_never_run_is_refused(handler: Any, clock: FakeClock) -> None:
    client, _ = scripted_client([], clock)
    events = client.events
    for register in (
        events.on_response,
        events.on_retry,
        events.on_throttle,
        events.on_late_answer,
    ):
        with pytest.raises(TypeError, match="handler"):
            register(handler)


async def test_stats_count_outcomes(clock: FakeClock) -> None:
    script: list[Item] = [
        created(),
        problem(400, 21610),
        problem(500, 20500),
        problem(401, 20003),
        THROTTLED,
        created(),
    ]
    client, _ = scripted_client(script, clock)
    for _ in range(5):
        try:
            await client.messages.send(DRAFT)
        except MessagingError:
            continue
    stats = client.stats()
    assert (stats.accepted, stats.refused, stats.unknown, stats.not_sent) == (2, 1, 1, 1)
    assert (stats.requests, stats.throttled) == (6, 1)


async def test_extra_parameters_reach_the_wire(clock: FakeClock) -> None:
    client, transport = scripted_client([created(), created()], clock)
    view = client.with_options(extra={"NewThing": "a b"})
    await view.messages.send(DRAFT)
    await view.messages.fetch(SID)
    assert transport.requests[0].body.endswith(b"&NewThing=a+b")
    assert transport.requests[1].url.endswith("?NewThing=a+b")


def test_one_client_serves_one_loop_after_another(clock: FakeClock) -> None:
    client, transport = scripted_client(lambda _: created(), clock)
    for _ in range(3):
        asyncio.run(client.messages.fetch(SID))
    assert len(transport.requests) == 3


async def test_a_second_running_loop_is_refused(clock: FakeClock) -> None:
    client, _ = scripted_client(lambda _: created(), clock)
    await client.messages.fetch(SID)
    caught: list[BaseException] = []

    def elsewhere() -> None:
        async def use() -> None:
            await client.messages.fetch(SID)

        try:
            asyncio.run(use())
        except SettingsError as error:
            caught.append(error)

    thread = threading.Thread(target=elsewhere)
    thread.start()
    await asyncio.to_thread(thread.join)
    assert len(caught) == 1


async def test_the_answer_is_capped(clock: FakeClock) -> None:
    huge = scripted.json(201, {"sid": SID, "body": "x" * (1 << 20)})
    client, _ = scripted_client([huge], clock)
    with pytest.raises(MessagingError) as caught:
        await client.messages.send(DRAFT)
    assert caught.value.outcome == "unknown"


async def test_nobody_is_slowed_by_a_guess_about_what_a_number_may_do(clock: FakeClock) -> None:
    """200 sends a second for 10 s from one +1 number, with nothing configured."""
    client, transport = scripted_client(lambda _: created(), clock)
    for _ in range(2000):
        answer = await client.with_raw_response(client.messages.send(DRAFT))
        assert answer.elapsed == 0
        await clock.sleep(0.005)
    assert len(transport.requests) == 2000
    assert clock.monotonic() == pytest.approx(10)


async def test_an_attempt_that_was_not_written_gives_its_segments_back(clock: FakeClock) -> None:
    limits = Limits(sender={"+15017122661": 0.1})
    client, _ = scripted_client([ConnectFailed("refused"), created()], clock, limits=limits)
    await client.messages.send(DRAFT)
    assert clock.monotonic() < 1
