"""Handlers at work: each event once, nobody waits too long, nothing is cut off."""

from __future__ import annotations

import asyncio
import logging
import threading
from typing import Any

import pytest

from async_messaging.testing import FakeClock
from async_messaging.twiml import Message, MessagingResponse
from async_messaging.webhooks import (
    InboundMessage,
    StatusCallback,
    merge_status,
)
from tests.unit.webhooks.receivers import Early, Gate, deliver, receiver
from tests.unit.webhooks.requests import SID, inbound, sid, status


async def test_a_replayed_event_changes_nothing() -> None:
    hooks = receiver()
    told: list[str] = []

    @hooks.on_status
    async def track(event: StatusCallback) -> None:
        told.append(event.status)

    for token in ("one", "one", "two", ""):
        assert (await deliver(hooks, status("delivered"), token)).status == 204
    assert told == ["delivered"]
    await deliver(hooks, status("read"), "one")  # the token was another event's
    assert told == ["delivered"]
    await deliver(hooks, status("read"), "three")
    assert told == ["delivered", "read"]


async def test_copies_at_the_same_time_get_one_answer() -> None:
    hooks = receiver()
    gate = hooks.on_message(Gate("Thank you"))
    first = asyncio.create_task(deliver(hooks, inbound(), "one"))
    await gate.entered.wait()
    second = asyncio.create_task(deliver(hooks, inbound(), "two"))
    gate.open.set()
    answers = await asyncio.gather(first, second)
    assert gate.began == [SID]
    assert answers[0] == answers[1]
    assert b"Thank you" in answers[0].body


async def test_an_event_whose_handler_failed_is_new_when_it_comes_again() -> None:
    hooks = receiver()
    calls: list[str] = []

    @hooks.on_message
    async def reply(message: InboundMessage) -> str:
        calls.append(message.sid)
        if len(calls) == 1:
            raise RuntimeError("tulip")
        return "Hi"

    assert (await deliver(hooks, inbound(), "one")).status == 500
    assert (await deliver(hooks, inbound(), "one")).status == 200
    assert (await deliver(hooks, inbound(), "one")).status == 204


async def test_a_failure_is_logged_by_its_place_alone(caplog: pytest.LogCaptureFixture) -> None:
    hooks = receiver()

    @hooks.on_message
    async def reply(message: InboundMessage) -> str:
        raise ValueError(f"{message.body} from {message.from_}")

    with caplog.at_level(logging.DEBUG):
        answer = await deliver(hooks, inbound(Body="tulip"))
    assert (answer.status, answer.body) == (500, b"")
    assert "ValueError in " in caplog.text
    assert "reply, line " in caplog.text
    assert "tulip" not in caplog.text
    assert "4155550100" not in caplog.text


@pytest.mark.parametrize("wrong", [5, b"Hi", "a\x00b", {"a": 1}])
async def test_a_reply_that_is_none_is_a_failure(wrong: Any) -> None:
    hooks = receiver()

    @hooks.on_message
    async def reply(message: InboundMessage) -> Any:
        return wrong

    assert (await deliver(hooks, inbound())).status == 500


@pytest.mark.parametrize(
    ("reply", "text"),
    [
        ("Hi & bye", "<Message>Hi &amp; bye</Message>"),
        (MessagingResponse(Message("Hi")), "<Message>Hi</Message>"),
    ],
)
async def test_a_reply_is_twiml(reply: str | MessagingResponse, text: str) -> None:
    hooks = receiver()

    @hooks.on_message
    def answer(message: InboundMessage) -> str | MessagingResponse:
        return reply

    found = await deliver(hooks, inbound())
    assert (found.status, found.headers["Content-Type"]) == (200, "text/xml; charset=utf-8")
    assert (
        f'<?xml version="1.0" encoding="UTF-8"?><Response>{text}</Response>' == found.body.decode()
    )


@pytest.mark.parametrize("nothing", [None, ""])
async def test_no_reply_is_204(nothing: str | None) -> None:
    hooks = receiver()

    @hooks.on_message
    async def answer(message: InboundMessage) -> str | None:
        return nothing

    assert (await deliver(hooks, inbound())).status == 204
    assert (await deliver(receiver(), inbound())).status == 204
    assert (await deliver(receiver(), status())).status == 204


async def test_a_plain_handler_runs_in_a_thread() -> None:
    hooks = receiver()
    threads: list[bool] = []

    @hooks.on_status
    def track(event: StatusCallback) -> None:
        threads.append(threading.current_thread() is threading.main_thread())

    await deliver(hooks, status())
    assert threads == [False]


async def test_who_hangs_up_cuts_off_nothing() -> None:
    hooks = receiver()
    gate = hooks.on_status(Gate())
    request = asyncio.create_task(deliver(hooks, status()))
    await gate.entered.wait()
    request.cancel()
    with pytest.raises(asyncio.CancelledError):
        await request
    gate.open.set()
    await hooks.drain()
    assert gate.ended == [SID]


async def test_more_than_the_bound_are_turned_away_and_come_again(
    clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    hooks = receiver(clock, answer_within=1, max_running=3)
    gate, early = hooks.on_status(Gate()), Early()
    requests = [
        asyncio.create_task(deliver(hooks, status(sid=sid(n)), early=early)) for n in range(6)
    ]
    assert [(await request).status for request in requests[3:]] == [503, 503, 503]
    assert len(caplog.messages) == 1
    gate.open.set()
    assert [(await request).status for request in requests[:3]] == [204, 204, 204]
    assert (await deliver(hooks, status(sid=sid(5)))).status == 204
    assert gate.ended == [sid(0), sid(1), sid(2), sid(5)]


async def test_draining_ends_what_does_not_end(
    clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    async with receiver(clock, answer_within=1) as hooks:
        hooks.on_status(Gate())
        early = Early()
        request = asyncio.create_task(deliver(hooks, status(), early=early))
        await early.came.wait()
        assert await hooks.drain(timeout=0) == 1
        assert (await request).status == 500
    assert "1 webhook handlers were cancelled" in caplog.text
    assert await hooks.drain() == 0


class Durable:
    """Keeps keys by async methods, as a store on a disk would."""

    def __init__(self) -> None:
        self.kept: list[tuple[str, ...]] = []
        self.fails = False

    async def knows(self, keys: tuple[str, ...], /) -> bool:
        await asyncio.sleep(0)
        return any(set(keys) & set(one) for one in self.kept)

    async def keep(self, keys: tuple[str, ...], /) -> None:
        if self.fails:
            raise OSError("disk full")
        self.kept.append(keys)


async def test_another_store_can_keep_what_was_seen() -> None:
    seen = Durable()
    calls: list[str] = []
    for _ in range(2):  # as after a restart
        hooks = receiver(seen=seen)

        @hooks.on_status
        async def track(event: StatusCallback) -> None:
            calls.append(event.status)

        assert (await deliver(hooks, status(), "t0ken")).status == 204
    assert calls == ["delivered"]
    account = status()["AccountSid"]
    assert seen.kept == [
        (f"status|{account}|{SID}|delivered||", f"token|{account}|t0ken"),
    ]


async def test_what_could_not_be_kept_is_a_failure() -> None:
    seen = Durable()
    seen.fails = True
    assert (await deliver(receiver(seen=seen), status())).status == 500


class List:
    """A suppression list that notes what it is told."""

    def __init__(self, fails: bool = False) -> None:
        self.told: list[tuple[str, dict[str, str]]] = []
        self.fails = fails

    async def stop(self, **who: str) -> None:
        if self.fails:
            raise OSError("disk full")
        self.told.append(("stop", who))

    def start(self, **who: str) -> None:
        self.told.append(("start", who))


async def test_stop_and_start_reach_the_suppressions() -> None:
    listed = List()
    hooks = receiver(suppressions=listed)
    texts: list[str | None] = []

    @hooks.on_message
    async def reply(message: InboundMessage) -> None:
        texts.append(message.keyword)

    said = {"Hello": "", "Stop.": "", "yes": "", "help": "", "Bye": "STOP"}
    for number, (body, kind) in enumerate(said.items()):
        more = {"OptOutType": kind} if kind else {}
        await deliver(
            hooks, inbound(Body=body, MessageSid=sid(number), MessagingServiceSid="MG1", **more)
        )
    who = {
        "number": "+14155550100",
        "sender": "+15005550006",
        "service": "MG1",
        "account": inbound()["AccountSid"],
    }
    assert listed.told == [
        ("stop", {**who, "sid": sid(1)}),
        ("start", {**who, "sid": sid(2)}),
        ("stop", {**who, "sid": sid(4)}),
    ]
    assert texts == [None, "STOP", "START", "HELP", "STOP"]


async def test_a_stop_that_could_not_be_noted_is_a_failure_and_comes_again() -> None:
    listed = List(fails=True)
    hooks = receiver(suppressions=listed)
    assert (await deliver(hooks, inbound(Body="STOP"))).status == 500
    listed.fails = False
    assert (await deliver(hooks, inbound(Body="STOP"))).status == 204
    assert len(listed.told) == 1


async def test_fivefold_shuffled_callbacks_call_the_handler_once_each() -> None:
    hooks = receiver()
    held: dict[str, str] = {}
    calls = 0

    @hooks.on_status
    async def track(event: StatusCallback) -> None:
        nonlocal calls
        calls += 1
        held[event.sid] = merge_status(held.get(event.sid), event.status)

    steps = ("sent", "delivered", "queued", "sending")
    for copy in range(5):
        order = [
            deliver(hooks, status(step, sid(n)), f"{n}{step}" if copy % 2 else "")
            for step in steps
            for n in range(50)
        ]
        await asyncio.gather(*order)
    assert calls == 200
    assert set(held.values()) == {"delivered"}
