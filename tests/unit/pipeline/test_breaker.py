"""The breaker counts unknown outcomes, holds creations back, and probes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from async_messaging.errors import (
    CircuitOpen,
    ConnectFailed,
    ConnectionLost,
    NotSent,
    SettingsError,
)
from async_messaging.pipeline.admission import Admission, Slot
from async_messaging.pipeline.breaker import Breaker
from async_messaging.pipeline.stop import Wait, bare
from async_messaging.settings import Limits
from async_messaging.testing import FakeClock

ADMISSION = Admission(Limits(), lambda: asyncio.sleep(0, 200), FakeClock())


LOST = ConnectionLost("lost")


class Twilio:
    def __init__(self) -> None:
        self.status = 500
        self.probed: list[float] = []
        self.clock: FakeClock | None = None
        self.then: Callable[[], object] = lambda: None

    async def probe(self) -> int:
        assert self.clock is not None
        self.probed.append(self.clock.monotonic())
        if self.status == 0:
            raise ConnectionError
        asyncio.get_running_loop().call_soon(self.then)
        return self.status


def is_open(breaker: Breaker) -> bool:
    return breaker.is_open


@pytest.fixture
def twilio() -> Twilio:
    return Twilio()


async def entered(breaker: Breaker, wait: Wait | None = None) -> Slot:
    """Leave for a creation that has nothing else to wait for."""
    while True:
        await breaker.lets_pass(wait)
        if (trial := breaker.enter()) is not None:
            return Slot(ADMISSION, (), 0, breaker, trial)


async def opened(twilio: Twilio, clock: FakeClock) -> Breaker:
    twilio.clock = clock
    breaker = Breaker(twilio.probe, clock)
    for _ in range(10):
        (await entered(breaker)).used(LOST)
    return breaker


async def test_ten_unknown_of_the_last_twenty_open_it(clock: FakeClock, twilio: Twilio) -> None:
    twilio.clock = clock
    breaker = Breaker(twilio.probe, clock)
    for _ in range(50):
        for _ in range(9):
            (await entered(breaker)).used(LOST)
        for _ in range(11):
            (await entered(breaker)).used(None)
    assert not is_open(breaker)
    for _ in range(10):
        (await entered(breaker)).used(LOST)
    assert is_open(breaker)
    with pytest.raises(CircuitOpen) as caught:
        await entered(breaker)
    assert caught.value.outcome == "not_sent"
    breaker.stop()


async def test_it_probes_after_5_10_20_and_then_every_30_seconds(
    clock: FakeClock, twilio: Twilio
) -> None:
    breaker = await opened(twilio, clock)
    await clock.sleep(130)
    breaker.stop()
    assert twilio.probed == [5, 15, 35, 65, 95, 125]


@pytest.mark.parametrize("status", [200, 401, 404, 429])
async def test_any_answer_below_500_lets_one_creation_go_alone(
    status: int, clock: FakeClock, twilio: Twilio
) -> None:
    breaker = await opened(twilio, clock)
    twilio.status = status
    waiting = [asyncio.create_task(entered(breaker, bare)) for _ in range(5)]
    await clock.sleep(40)
    done = [task for task in waiting if task.done()]
    assert len(done) == 1
    with pytest.raises(CircuitOpen):
        await entered(breaker)
    done[0].result().used(None)
    assert not is_open(breaker)
    await asyncio.gather(*waiting)
    for _ in range(9):
        (await entered(breaker)).used(LOST)
    assert not is_open(breaker)


async def test_a_trial_that_ends_unknown_keeps_it_open_and_probing(
    clock: FakeClock, twilio: Twilio
) -> None:
    breaker = await opened(twilio, clock)
    twilio.status = 200
    (await entered(breaker, bare)).used(LOST)
    assert is_open(breaker)
    before = len(twilio.probed)
    await clock.sleep(40)
    assert len(twilio.probed) > before
    breaker.stop()


async def test_a_trial_that_was_not_sent_leaves_its_leave_to_the_next(
    clock: FakeClock, twilio: Twilio
) -> None:
    breaker = await opened(twilio, clock)
    twilio.status = 200
    (await entered(breaker, bare)).unused()
    (await entered(breaker)).used(None)
    assert not is_open(breaker)


async def test_a_probe_that_fails_is_no_answer(clock: FakeClock, twilio: Twilio) -> None:
    breaker = await opened(twilio, clock)
    twilio.status = 0
    await clock.sleep(40)
    assert len(twilio.probed) == 3
    assert is_open(breaker)
    breaker.stop()


async def test_a_cancelled_waiter_does_not_use_up_the_trial(
    clock: FakeClock, twilio: Twilio
) -> None:
    breaker = await opened(twilio, clock)
    twilio.status = 200
    quitter = asyncio.create_task(entered(breaker, bare))
    await asyncio.sleep(0)
    quitter.cancel()
    await asyncio.gather(quitter, return_exceptions=True)
    (await entered(breaker, bare)).used(None)
    assert not is_open(breaker)


async def test_a_woken_waiter_that_is_cancelled_wakes_the_next(
    clock: FakeClock, twilio: Twilio
) -> None:
    breaker = await opened(twilio, clock)
    first, second = (asyncio.create_task(entered(breaker, bare)) for _ in range(2))
    await asyncio.sleep(0)
    twilio.status = 200
    twilio.then = first.cancel  # runs after the waiter was woken and before it goes on
    await asyncio.gather(first, return_exceptions=True)
    assert first.cancelled()
    for _ in range(5):
        await asyncio.sleep(0)
    second.result().used(None)
    assert not is_open(breaker)


def no_secret() -> SettingsError:
    error = SettingsError("the secret's source failed")
    error.stops = False
    return error


@pytest.mark.parametrize(
    "error", [ConnectFailed("refused"), no_secret()], ids=["connect", "secret"]
)
async def test_in_bulk_sends_what_never_began_counts_too(
    error: Exception, clock: FakeClock, twilio: Twilio, caplog: pytest.LogCaptureFixture
) -> None:
    twilio.clock = clock
    breaker = Breaker(twilio.probe, clock, counts_unsent=True)
    for _ in range(10):
        assert not is_open(breaker)
        (await entered(breaker)).unused(error)
    assert is_open(breaker)
    assert "creations wait until it answers" in caplog.text
    twilio.status = 200
    (await entered(breaker, bare)).unused(error)
    assert is_open(breaker)
    (await entered(breaker, bare)).used(None)
    assert not is_open(breaker)
    assert "creations go on" in caplog.text


@pytest.mark.parametrize(
    ("counts", "error"),
    [
        (False, ConnectFailed("refused")),
        (True, NotSent("stopped")),
        (True, asyncio.CancelledError()),
        (True, SettingsError("the credentials are none")),
    ],
)
async def test_else_what_was_not_written_counts_for_nothing(
    counts: bool, error: BaseException, clock: FakeClock, twilio: Twilio
) -> None:
    twilio.clock = clock
    breaker = Breaker(twilio.probe, clock, counts_unsent=counts)
    for _ in range(40):
        (await entered(breaker)).unused(error)
    assert not is_open(breaker)
