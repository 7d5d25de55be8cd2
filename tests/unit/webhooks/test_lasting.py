"""A request lasts as long as its handler, by whatever loop or thread it came in."""

from __future__ import annotations

import asyncio
import threading

import pytest

from async_messaging.testing import FakeClock
from async_messaging.webhooks import StatusCallback
from tests.unit.webhooks.receivers import Early, Gate, deliver, receiver
from tests.unit.webhooks.requests import SID, inbound, status


async def test_a_slow_handler_goes_on_behind_its_answer(
    clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    hooks = receiver(clock, answer_within=10)
    gate = hooks.on_message(Gate("too late"))
    copies = [Early(), Early()]
    requests = [asyncio.create_task(deliver(hooks, inbound(), early=early)) for early in copies]
    for early in copies:
        await early.came.wait()
        assert [answer.status for answer in early.answers] == [204]
    assert (clock.monotonic(), gate.ended) == (10.0, [])
    gate.open.set()
    assert [(await request).status for request in requests] == [200, 200]
    assert gate.began == gate.ended == [SID]
    assert "a reply came after 10 s" in caplog.text


async def test_a_quick_handler_is_answered_once() -> None:
    hooks, early = receiver(), Early()
    assert (await deliver(hooks, inbound(), early=early)).status == 204
    assert early.answers == []


def test_where_each_request_has_a_loop_of_its_own_nothing_is_cut_off(clock: FakeClock) -> None:
    hooks = receiver(clock, answer_within=1)
    done: list[str] = []

    @hooks.on_status
    async def track(event: StatusCallback) -> None:
        await clock.sleep(60)
        done.append(event.sid)

    assert asyncio.run(deliver(hooks, status())).status == 204
    assert (done, clock.monotonic()) == ([SID], 60.0)
    assert asyncio.run(deliver(hooks, status())).status == 204
    assert done == [SID]


def test_a_copy_by_another_threads_loop_comes_again() -> None:
    hooks = receiver()
    entered, copied = threading.Event(), threading.Event()
    told: list[str] = []

    @hooks.on_status
    async def track(event: StatusCallback) -> None:
        entered.set()
        await asyncio.to_thread(copied.wait)
        told.append(event.sid)

    answers: list[int] = []
    first = threading.Thread(
        target=lambda: answers.append(asyncio.run(deliver(hooks, status())).status)
    )
    first.start()
    entered.wait()
    assert asyncio.run(deliver(hooks, status())).status == 503
    copied.set()
    first.join()
    assert (answers, told) == ([204], [SID])


def test_a_loop_that_is_gone_holds_nothing_back(caplog: pytest.LogCaptureFixture) -> None:
    hooks, early = receiver(answer_within=0), Early()
    gate = hooks.on_status(Gate())

    async def left_early() -> None:
        request = asyncio.create_task(deliver(hooks, status(), early=early))
        await early.came.wait()
        request.cancel()

    asyncio.run(left_early())
    assert "a webhook handler was cut off when Twilio had its answer" in caplog.text
    gate.open = asyncio.Event()
    gate.open.set()
    assert asyncio.run(deliver(hooks, status())).status == 204
    assert (gate.began, gate.ended) == ([SID, SID], [SID])


def test_a_loop_that_was_closed_at_work_holds_nothing_back() -> None:
    hooks = receiver(answer_within=0)
    gate, early = hooks.on_status(Gate()), Early()
    loop = asyncio.new_event_loop()
    loop.set_exception_handler(lambda *_: None)  # it would tell of tasks that never end
    request = loop.create_task(deliver(hooks, status(), early=early))
    loop.run_until_complete(early.came.wait())
    loop.close()  # what was under way never ends, and nobody cancels it
    gate.open = asyncio.Event()
    gate.open.set()
    assert asyncio.run(deliver(hooks, status())).status == 204
    assert (gate.began, gate.ended, request.done()) == ([SID, SID], [SID], False)
