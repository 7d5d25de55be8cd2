"""What a key promises, asked of both stores."""

from __future__ import annotations

import asyncio
import traceback
from typing import Any

import pytest

from async_messaging import OutboxResult
from async_messaging.errors import (
    AnswerTimeout,
    BadRequest,
    ClientClosed,
    ConnectFailed,
    ConnectionLost,
    InvalidInput,
    KeyReused,
    NotSent,
    OutcomeUnknown,
)
from tests.unit.outbox.yard import SENDER, TO, Yard


def message(**fields: Any) -> dict[str, Any]:
    return {"to": TO, "from_": SENDER, "body": "Code 1", **fields}


async def test_the_first_result_comes_again_and_nothing_is_sent_again(yard: Yard) -> None:
    async with yard.opened() as one, yard.opened() as other:
        first = await yard.send(one)
        assert first == OutboxResult(
            key="a", sid=f"SM{1:032x}", status="queued", at=first.at, again=False
        )
        for outbox in (one, other):
            again = await yard.send(outbox)
            assert (again.sid, again.status, again.at) == (first.sid, "queued", first.at)
            assert again.again
    assert len(yard.twilio.posts) == 1


async def test_keys_are_remembered_when_all_have_gone(yard: Yard) -> None:
    async with yard.opened() as outbox:
        first = await yard.send(outbox)
    async with yard.opened() as outbox:
        assert (await yard.send(outbox)).sid == first.sid
    assert len(yard.twilio.posts) == 1


@pytest.mark.parametrize("field", ["body", "to", "from_", "validity_period"])
async def test_another_message_is_refused_under_the_key(yard: Yard, field: str) -> None:
    other: dict[str, Any] = {
        "body": "Code 2",
        "to": "+14155550111",
        "from_": "+15017122662",
        "validity_period": 60,
    }
    async with yard.opened() as outbox:
        await yard.send(outbox)
        found = await yard.send(outbox, **{field: other[field]})
    assert type(found) is KeyReused
    assert len(yard.twilio.posts) == 1


async def test_another_message_is_refused_while_the_first_is_under_way(yard: Yard) -> None:
    async with yard.opened() as outbox:
        first = asyncio.ensure_future(outbox.send(key="a", **message()))
        await yard.quiet()
        assert type(await yard.send(outbox, body="Code 2")) is KeyReused
        await yard.drive(_wait(first))
    assert len(yard.twilio.posts) == 1


async def test_a_refusal_is_remembered(yard: Yard) -> None:
    async with yard.opened(lambda *_: "refused") as one, yard.opened(lambda *_: "refused") as other:
        first = await yard.send(one)
        again = await yard.send(other)
    assert type(first) is type(again) is BadRequest
    assert (again.status, again.code, str(again), again.advice) == (
        400,
        21610,
        str(first),
        first.advice,
    )
    assert len(yard.twilio.posts) == 1


async def test_what_was_not_sent_may_be_tried_again(yard: Yard) -> None:
    async with yard.opened(lambda number, _: "connect" if number == 1 else "accept") as outbox:
        assert type(await yard.send(outbox)) is ConnectFailed
        assert await yard.state() == "READY"
        assert not (await yard.send(outbox)).again
    assert len(yard.twilio.posts) == 2


async def test_what_is_unknown_is_never_sent_again(yard: Yard) -> None:
    async with yard.opened(lambda *_: "lost after") as one, yard.opened(lambda *_: "lost") as other:
        assert type(await yard.send(one)) is ConnectionLost
        for outbox in (one, other):
            found = await yard.send(outbox)
            assert type(found) is OutcomeUnknown
    assert len(yard.twilio.posts) == 1


async def test_repeat_sends_at_once_what_is_unknown(yard: Yard) -> None:
    fails_once = {1: "lost"}
    behave = lambda number, _: fails_once.get(number, "accept")  # noqa: E731
    async with yard.opened(behave, on_unknown="repeat") as outbox:
        await yard.send(outbox)
        assert not (await yard.send(outbox)).again
    assert len(yard.twilio.posts) == 2


async def test_a_clients_wish_to_repeat_is_not_heeded(yard: Yard) -> None:
    eager = {"on_unknown": "retry", "retries": 3}
    async with yard.opened(lambda *_: "500", client_options=eager) as outbox:
        await yard.send(outbox)
    assert len(yard.twilio.posts) == 1


async def test_callers_at_the_same_time_have_one_message(yard: Yard) -> None:
    async with yard.opened() as one, yard.opened() as other:
        calls = [box.send(key="a", **message()) for box in (one, other, one, other)]
        found = await yard.drive(_gathered(*calls), step=0.01)
    assert len({result.sid for result in found}) == 1
    assert sorted(result.again for result in found) == [False, True, True, True]
    assert len(yard.twilio.posts) == 1


@pytest.mark.parametrize("same", [True, False], ids=["same outbox", "another"])
async def test_whoever_waits_for_another_call_in_vain_knows_nothing(yard: Yard, same: bool) -> None:
    yard.twilio.latency = 30.0
    async with yard.opened() as one, yard.opened() as other:
        first = asyncio.ensure_future(one.send(key="a", **message()))
        await yard.quiet()
        began = yard.clock.monotonic()
        found = await yard.send(one if same else other, timeout=8)
        assert type(found) is OutcomeUnknown
        assert found.outcome == "unknown"
        assert 8 <= yard.clock.monotonic() - began < 9.5
        assert not (await yard.drive(_wait(first))).again
    assert len(yard.twilio.posts) == 1


async def test_a_dead_owners_call_is_unknown_at_once(yard: Yard) -> None:
    yard.twilio.latency = 30.0
    dead, store = yard.outbox()
    calling = asyncio.ensure_future(dead.send(key="a", **message()))
    await yard.quiet()
    assert len(yard.twilio.posts) == 1
    store.abandon()
    async with yard.opened() as outbox:
        began = yard.clock.monotonic()
        found = await yard.send(outbox)
        assert type(found) is OutcomeUnknown
        assert yard.clock.monotonic() - began < 2
        assert len(yard.twilio.posts) == 1
        # Its attempt may have lived on for as long as one may take.
        entry = await yard.entry()
        assert entry.grace == 45.0
        await yard.drive(_wait(calling))


async def test_what_an_owner_learns_that_was_taken_for_dead_is_still_true(yard: Yard) -> None:
    yard.twilio.latency = 30.0
    dead, store = yard.outbox()
    calling = asyncio.ensure_future(dead.send(key="a", **message()))
    await yard.quiet()
    store.abandon()
    async with yard.opened() as outbox:
        await yard.send(outbox)
        first = await yard.drive(_wait(calling))
        assert (await yard.send(outbox)).sid == first.sid
    await store.aclose()


async def test_an_answer_that_names_another_keys_message_accepts_nothing(yard: Yard) -> None:
    first = await yard.send(yard.outbox()[0], "a")
    accept = yard.twilio.accept
    yard.twilio.accept = lambda form: {**accept(form), "sid": first.sid}  # type: ignore[method-assign]
    await yard.send(yard.outbox()[0], "b")  # of another client, which does not know the sid
    entry = await yard.entry("b")
    assert (entry.state, entry.sid, entry.hint) == ("UNKNOWN", "", first.sid)
    assert (await yard.entry("a")).sid == first.sid


async def test_the_claim_stands_before_the_request_is_written(yard: Yard) -> None:
    seen: list[str] = []
    beside = yard.store()
    outbox, _ = yard.outbox()
    answer = yard.twilio.answer

    async def look(request: Any) -> Any:
        entry = await beside.read(lambda rows: rows.get("a"))
        seen.append("nothing" if entry is None else entry.state)
        return await answer(request)

    yard.twilio.answer = look  # type: ignore[method-assign]
    outbox, _ = yard.outbox()
    async with outbox:
        await yard.send(outbox)
    assert seen == ["nothing", "INTENT"]  # the first request asks for Twilio's time


async def test_a_cancelled_callers_sid_is_kept(yard: Yard) -> None:
    async with yard.opened() as outbox:
        calling = asyncio.ensure_future(outbox.send(key="a", **message()))
        await yard.quiet()
        calling.cancel()
        await yard.quiet()
        assert calling.cancelled()
        await yard.pass_time(1)
        assert (await yard.send(outbox)).again
    assert len(yard.twilio.posts) == 1


async def test_a_late_answer_is_kept(yard: Yard) -> None:
    yard.twilio.latency = 20.0
    async with yard.opened() as outbox:
        error = await yard.send(outbox, timeout=5)
        assert type(error) is AnswerTimeout
        assert await yard.state() == "INTENT"
        late = await yard.drive(error.late_answer())
        await yard.pass_time(1)
        assert (await yard.send(outbox)).sid == late.sid
    assert len(yard.twilio.posts) == 1


async def test_what_a_closing_outbox_leaves_is_unknown(yard: Yard) -> None:
    yard.twilio.latency = 1000.0
    async with yard.opened() as outbox:
        calling = asyncio.ensure_future(outbox.send(key="a", **message()))
        await yard.quiet()
    assert type(await _failure(calling)) is OutcomeUnknown
    assert await yard.state() == "UNKNOWN"
    assert (await yard.entry()).grace == 45.0
    assert type(await yard.send(outbox)) is ClientClosed


async def test_without_time_left_nothing_is_sent(yard: Yard) -> None:
    async with yard.opened() as outbox:
        await yard.send(outbox, key="b")  # the store is open
        yard.clock.monotonic = iter([0.0, 9.0] + [9.0] * 999).__next__  # type: ignore[method-assign]
        with pytest.raises(NotSent):
            await outbox.send(key="a", timeout=5, **message())
        assert await yard.state() == "READY"
    assert len(yard.twilio.posts) == 1


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("key", {"key": ""}),
        ("key", {"key": "x" * 256}),
        ("ttl", {"ttl": 0}),
        ("timeout", {"timeout": 0}),
        ("to", {"to": "nobody"}),
    ],
)
async def test_what_is_wrong_is_said(yard: Yard, field: str, values: dict[str, Any]) -> None:
    async with yard.opened() as outbox:
        error = await yard.send(outbox, **{"key": "a", **values})
    assert isinstance(error, InvalidInput)
    assert error.field == field


async def test_no_error_holds_a_number_or_a_text(yard: Yard) -> None:
    async with yard.opened(lambda *_: "lost") as outbox:
        errors = [
            await yard.send(outbox),
            await yard.send(outbox),
            await yard.send(outbox, body="Code 2"),
        ]
    for error in errors:
        shown = f"{error} {error!r}"
        assert "Code" not in shown
        assert TO[2:] not in shown


async def _wait(task: asyncio.Future[Any]) -> Any:
    return await task


async def _gathered(*work: Any) -> list[OutboxResult]:
    return list(await asyncio.gather(*work))


async def _failure(task: asyncio.Future[Any]) -> BaseException | None:
    await asyncio.wait((task,))
    return task.exception()


def broken(_number: int, _form: object) -> str:
    raise RuntimeError(f"a defect shows {TO}")


@pytest.mark.parametrize("patience", [None, 5.0], ids=["in time", "late"])
async def test_a_defect_leaves_the_key_unknown_and_shows_nothing(
    yard: Yard, patience: float | None
) -> None:
    yard.twilio.latency = 20.0 if patience else 0.0
    async with yard.opened(broken) as outbox:
        error = await yard.send(outbox, timeout=patience)
        assert isinstance(error, OutcomeUnknown)
        assert TO not in "".join(traceback.format_exception(error))
        assert error.__cause__ is error.__context__ is None
        await yard.pass_time(20)
        assert await yard.state() == "UNKNOWN"
