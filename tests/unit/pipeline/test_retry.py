"""What is tried again, how often, and after how long."""

from __future__ import annotations

import pytest

from async_messaging import errors
from async_messaging.errors import (
    AnswerTimeout,
    ConnectFailed,
    ConnectionLost,
    MessagingError,
    RateLimited,
    ServerError,
    Unauthorized,
    UnexpectedAnswer,
)
from async_messaging.pipeline.retry import Plan, Quota
from async_messaging.testing import FakeClock
from async_messaging.transport import Request, scripted
from async_messaging.transport.scripted import Item
from tests.unit.pipeline.calls import DRAFT, SID, THROTTLED, created, problem, scripted_client

INFINITE = float("inf")


@pytest.mark.parametrize("lost", [AnswerTimeout, ConnectionLost, UnexpectedAnswer])
async def test_a_creation_that_may_have_been_accepted_is_never_repeated(
    lost: type[MessagingError], clock: FakeClock
) -> None:
    client, transport = scripted_client([lost("lost"), created()], clock)
    with pytest.raises(lost) as caught:
        await client.messages.send(DRAFT)
    assert caught.value.outcome == "unknown"
    assert caught.value.attempts == 1
    assert len(transport.requests) == 1


async def test_a_creation_that_was_never_written_goes_again(clock: FakeClock) -> None:
    script: list[Item] = [ConnectFailed("refused"), ConnectFailed("refused"), created()]
    client, transport = scripted_client(script, clock)
    done = await client.with_raw_response(client.messages.send(DRAFT))
    assert (done.attempts, len(transport.requests)) == (3, 3)


async def test_never_written_attempts_are_bounded_by_retries(clock: FakeClock) -> None:
    client, transport = scripted_client(lambda _: ConnectFailed("refused"), clock, retries=2)
    with pytest.raises(ConnectFailed) as caught:
        await client.messages.send(DRAFT)
    assert (caught.value.attempts, len(transport.requests)) == (3, 3)


@pytest.mark.parametrize("lost", [AnswerTimeout, ConnectionLost])
async def test_reads_are_repeated_after_a_lost_answer(
    lost: type[MessagingError], clock: FakeClock
) -> None:
    script: list[Item] = [
        lost("lost"),
        problem(500, 20500),
        THROTTLED,
        ConnectFailed("x"),
        created(),
    ]
    client, transport = scripted_client(script, clock)
    assert (await client.messages.fetch(SID)).sid == f"SM{1:032x}"
    assert len(transport.requests) == 5


async def test_repeatable_updates_are_repeated(clock: FakeClock) -> None:
    client, transport = scripted_client([problem(503, 20503), created()], clock)
    await client.messages.redact(SID)
    assert len(transport.requests) == 2


async def test_a_whole_answer_that_makes_no_sense_is_not_asked_for_again(clock: FakeClock) -> None:
    client, transport = scripted_client([scripted.json(200, [1])], clock)
    with pytest.raises(UnexpectedAnswer):
        await client.messages.fetch(SID)
    assert len(transport.requests) == 1


async def test_on_unknown_retry_repeats_and_stays_unknown_when_nothing_better_comes(
    clock: FakeClock,
) -> None:
    script: list[Item] = [ConnectionLost("lost"), problem(400, 21610)]
    client, transport = scripted_client(script, clock)
    with pytest.raises(ConnectionLost) as caught:
        await client.with_options(on_unknown="retry").messages.send(DRAFT)
    assert caught.value.outcome == "unknown"
    assert len(transport.requests) == 2


async def test_on_unknown_retry_may_be_accepted(clock: FakeClock) -> None:
    client, transport = scripted_client([problem(500, 20500), created()], clock)
    assert (await client.with_options(on_unknown="retry").messages.send(DRAFT)).sid
    assert len(transport.requests) == 2


async def test_retry_after_is_waited_out_but_capped(clock: FakeClock) -> None:
    script: list[Item] = [problem(429, 20429, retry_after="7"), created()]
    client, _ = scripted_client(script, clock)
    await client.messages.send(DRAFT)
    assert clock.monotonic() == pytest.approx(7)
    script = [problem(429, 20429, retry_after="9999"), created()]
    client, _ = scripted_client(script, clock, timeout=None)
    await client.messages.send(DRAFT)
    assert clock.monotonic() == pytest.approx(67)


async def test_429s_end_as_rate_limited_at_the_deadline(clock: FakeClock) -> None:
    client, transport = scripted_client(lambda _: THROTTLED, clock, timeout=20)
    with pytest.raises(RateLimited) as caught:
        await client.messages.send(DRAFT)
    assert caught.value.outcome == "not_sent"
    assert caught.value.attempts == 0
    assert clock.monotonic() <= 20
    assert len(transport.requests) > 4


async def test_a_daily_cap_is_not_retried(clock: FakeClock) -> None:
    client, transport = scripted_client(lambda _: problem(429, 63038, retry_after="1"), clock)
    with pytest.raises(errors.DailyLimitReached):
        await client.messages.send(DRAFT)
    assert len(transport.requests) == 1


async def test_a_callable_secret_is_asked_again_after_a_401(clock: FakeClock) -> None:
    secrets = iter(["old", "new"])
    client, transport = scripted_client(
        [problem(401, 20003), created()], clock, auth_token=lambda: next(secrets)
    )
    await client.messages.send(DRAFT)
    first, second = (request.headers["Authorization"] for request in transport.requests)
    assert first != second


async def test_a_401_after_the_new_secret_is_raised(clock: FakeClock) -> None:
    client, transport = scripted_client(
        lambda _: problem(401, 20003), clock, auth_token=lambda: "same"
    )
    with pytest.raises(errors.Unauthorized):
        await client.messages.send(DRAFT)
    assert len(transport.requests) == 2


async def test_the_quota_bounds_repeated_reads_and_refills(clock: FakeClock) -> None:
    working = False

    def answer(_: Request) -> object:
        return created() if working else problem(500, 20500)

    client, transport = scripted_client(answer, clock)
    for _ in range(12):
        with pytest.raises(ServerError):
            await client.messages.fetch(SID)
    retries = len(transport.requests) - 12
    assert retries == Quota.FULL // Quota.COST
    assert client.stats().retry_quota < Quota.COST
    working = True
    for _ in range(20):
        await client.messages.fetch(SID)
    assert client.stats().retry_quota == Quota.FULL % Quota.COST + 20


async def test_creations_do_not_draw_on_the_quota(clock: FakeClock) -> None:
    client, _ = scripted_client([ConnectFailed("x")] * 3 + [created()], clock)
    await client.messages.send(DRAFT)
    assert client.stats().retry_quota == Quota.FULL


def test_a_successful_retry_gives_its_tokens_back() -> None:
    quota = Quota()
    plan = Plan("read", 4, "raise", INFINITE, quota, renewable=False)
    plan.attempts = 1
    assert plan.allows(ConnectionLost("lost"))
    assert quota.tokens == Quota.FULL - Quota.COST
    plan.attempts = 2
    plan.succeeded()
    assert quota.tokens == Quota.FULL


def test_all_tokens_of_a_calls_retries_come_back_and_no_more() -> None:
    quota = Quota()
    quota.tokens = 200
    plan = Plan("read", 4, "raise", INFINITE, quota, renewable=False)
    for plan.attempts in (1, 2):
        assert plan.allows(ConnectionLost("lost"))
    assert quota.tokens == 200 - 2 * Quota.COST
    plan.attempts = 3
    plan.succeeded()
    assert quota.tokens == 200


def test_the_last_tokens_pay_for_a_retry() -> None:
    quota = Quota()
    quota.tokens = Quota.COST
    assert quota.draw()
    assert (quota.tokens, quota.draw()) == (0, False)


@pytest.mark.parametrize(
    "error",
    [ServerError("failed", status=502), UnexpectedAnswer("cut off", status=200, raw="{")],
    ids=["no explanation", "a part of an answer"],
)
def test_a_read_is_made_again_after(error: MessagingError) -> None:
    plan = Plan("read", 4, "raise", INFINITE, Quota(), renewable=False)
    assert plan.allows(error)


def test_a_new_secret_is_tried_once_and_at_once() -> None:
    plan = Plan("creates", 4, "raise", INFINITE, Quota(), renewable=True)
    refused = Unauthorized("refused")
    assert plan.delay(refused) == 0.0
    assert (plan.allows(refused), plan.allows(refused)) == (True, False)


def test_delays_grow_and_stay_below_their_caps() -> None:
    plan = Plan("creates", 99, "raise", INFINITE, Quota(), renewable=False)
    for attempt in range(1, 60):
        plan.failures = attempt
        bound = min(20.0, 0.05 * 2.0 ** (attempt - 1))
        assert max(plan.delay(ConnectFailed("x")) for _ in range(40)) <= bound
    for _ in range(60):
        assert plan.delay(RateLimited("x")) <= 30.0


def test_the_longest_delay_doubles_up_to_its_cap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("random.uniform", lambda low, high: low + high)
    plan = Plan("creates", 99, "raise", INFINITE, Quota(), renewable=False)
    too_fast = [plan.delay(RateLimited("too fast")) for _ in range(11)]
    assert too_fast == [0.1 * 2**step for step in range(9)] + [30.0, 30.0]
    failed: list[float] = []
    for plan.failures in range(1, 12):
        failed.append(plan.delay(ConnectFailed("refused")))
    assert failed == [0.05 * 2**step for step in range(9)] + [20.0, 20.0]


@pytest.mark.parametrize("given", ["0", "-5", "0.0", "Wed, 21 Oct 1969 07:28:00 GMT"])
async def test_a_retry_after_that_asks_for_nothing_is_backed_off_all_the_same(
    given: str, clock: FakeClock
) -> None:
    client, transport = scripted_client(
        lambda _: problem(429, 20429, retry_after=given), clock, timeout=20
    )
    with pytest.raises(RateLimited):
        await client.messages.send(DRAFT)
    assert len(transport.requests) < 40


@pytest.mark.parametrize("status", [500, 503])
async def test_a_read_waits_as_long_as_a_server_error_asks(status: int, clock: FakeClock) -> None:
    script: list[Item] = [problem(status, 20503, retry_after="7"), created()]
    client, _ = scripted_client(script, clock)
    await client.messages.fetch(SID)
    assert 7 <= clock.monotonic() < 7.1


async def test_a_wait_that_ends_after_the_deadline_is_not_begun(clock: FakeClock) -> None:
    script: list[Item] = [problem(503, 20503, retry_after="30"), created()]
    client, transport = scripted_client(script, clock, timeout=20)
    with pytest.raises(ServerError):
        await client.messages.fetch(SID)
    assert (clock.monotonic(), len(transport.requests)) == (0, 1)


@pytest.mark.parametrize("failures", [1, 4])
async def test_a_secret_that_can_not_be_had_is_asked_for_again(
    failures: int, clock: FakeClock
) -> None:
    left = [OSError("away")] * failures

    def source() -> str:
        if left:
            raise left.pop()
        return "secret"

    client, transport = scripted_client([created()], clock, auth_token=source)
    await client.messages.send(DRAFT)
    assert len(transport.requests) == 1
    assert clock.monotonic() > 0


async def test_a_secret_that_is_never_had_ends_the_call_after_its_retries(
    clock: FakeClock,
) -> None:
    asked = []

    def source() -> str:
        asked.append(1)
        raise OSError("away")

    client, transport = scripted_client([], clock, auth_token=source, timeout=None)
    with pytest.raises(errors.SettingsError) as caught:
        await client.messages.send(DRAFT)
    assert len(asked) == 5
    assert not transport.requests
    assert not caught.value.stops


async def test_a_failing_secret_ends_no_bulk_send(clock: FakeClock) -> None:
    left = [OSError("away")] * 2

    def source() -> str:
        if left:
            raise left.pop()
        return "secret"

    client, _ = scripted_client(lambda _: created(), clock, auth_token=source)
    async with client.bulk([DRAFT] * 20, concurrency=2) as bulk:
        outcomes = [result.outcome async for result in bulk]
    assert outcomes == ["accepted"] * 20
