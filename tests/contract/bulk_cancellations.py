"""One bulk send that is disturbed at some moment, all of it drawn from a seed; and what must hold.

The server is a transport that knows what reached it. Time is a fake clock's, so a wait of a minute
costs nothing, and waits that should not be there show up as time that passed.
"""

from __future__ import annotations

import asyncio
import inspect
import random
from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterable, Callable, Iterable, Iterator
from contextlib import AbstractAsyncContextManager
from typing import Any, cast

import anyio

from async_messaging import InvalidInput, Limits, MessageDraft, MessagingClient
from async_messaging.bulk.fanout import BulkSend
from async_messaging.bulk.feed import Draft
from async_messaging.bulk.report import BulkResult
from async_messaging.errors import ConnectFailed, ConnectionLost
from async_messaging.testing import FakeClock
from async_messaging.testing.clock import PATIENCE
from async_messaging.transport import Request, Response, scripted
from async_messaging.transport.base import Streamed
from tests.unit.pipeline.calls import ACCOUNT, TOKEN, created, problem

LONGEST = 16.0
"""Seconds from the beginning of a request to its answer, at most."""

SENDERS = ("+15017122661", "+15017122662")
SECONDS = (0.0, 0.0, 0.0, 0.01, 1.0, LONGEST / 2)
ANSWERS = ("accept",) * 8 + ("refuse", "too many", "too fast", "fail", "lose", "no way", "stranger")


class MineError(Exception):
    """Raised by the scenario itself."""


class Server:
    """A transport, and what it was asked."""

    def __init__(self, dice: random.Random, clock: FakeClock) -> None:
        self.dice, self.clock = dice, clock
        self.answers = dice.choices(ANSWERS, k=3)
        self.written: Counter[int] = Counter()
        self.accepted: Counter[int] = Counter()

    async def send(self, request: Request, /) -> Response:
        if request.method == "GET":
            await self.pause()
            return scripted.json(200, {})
        await self.pause()
        kind, row = self.dice.choice(self.answers), int(request.body.rsplit(b"=", 1)[1])
        if kind == "no way" or request.withdrawn:
            raise ConnectFailed("nothing was written")
        request.written = True
        self.written[row] += 1
        self.accepted[row] += kind in {"accept", "lose"}
        await self.pause()
        match kind:
            case "refuse":
                return problem(400, 21610)
            case "too many":
                return problem(429, 20429, Retry_After="60")
            case "too fast":
                return problem(429, 63017)
            case "fail":
                return problem(500)
            case "lose":
                raise ConnectionLost("lost")
            case "stranger":
                return problem(401, 20003)
            case _:
                return created(row + 1)

    async def pause(self) -> None:
        await self.clock.sleep(self.dice.choice(SECONDS))

    def stream(self, request: Request, /) -> AbstractAsyncContextManager[Streamed]:
        raise NotImplementedError

    async def close(self) -> None:
        """Nothing is open."""


class Stage:
    """One scenario under way."""

    def __init__(self, seed: str) -> None:
        self.dice = dice = random.Random(seed)
        self.clock = FakeClock(autojump=True)
        self.server = Server(dice, self.clock)
        self.client = MessagingClient(
            account_sid=ACCOUNT,
            auth_token=TOKEN,
            transport=self.server,
            clock=self.clock,
            limits=Limits(
                in_flight=dice.choice([None, None, 1, 2]),
                sender={SENDERS[0]: dice.choice([0.5, 20.0])} if dice.random() < 0.3 else {},
            ),
        )
        self.given = 0
        self.begun = self.ended = False
        self.results: list[BulkResult] = []
        self.scope = anyio.CancelScope()
        self.sibling = asyncio.Event()
        self.closing: asyncio.Future[None] | None = None
        self.complaints: list[dict[str, Any]] = []
        self.bulk: BulkSend = self.client.bulk(
            self.source(), concurrency=dice.randint(1, 5), rate=dice.choice([None, None, 1, 50])
        )

    def source(self) -> Iterable[Draft] | AsyncIterable[Draft]:
        rows = self.dice.randint(0, 12)
        how = self.dice.choice(["list", "plain", "quick", "slow", "slow", "endless", "endless"])
        if how in {"list", "plain"}:
            return self.plain(rows)
        return self.slow(rows, how)

    def next(self) -> Draft:
        self.given += 1
        if self.dice.random() < 0.1:
            return InvalidInput("is empty", field="name")
        number = self.given - 1
        sender = self.dice.choice(SENDERS)
        return MessageDraft(to=f"+1415555{number:04}", from_=sender, body=f"{number}")

    def plain(self, rows: int) -> Iterator[Draft]:
        for _ in range(rows):
            yield self.next()
        if self.dice.random() < 0.2:
            raise MineError

    async def slow(self, rows: int, how: str) -> AsyncGenerator[Draft]:
        dice, self.begun = self.dice, True
        try:
            for _ in range(rows):
                if how != "quick":
                    await self.clock.sleep(dice.choice(SECONDS))
                if dice.random() < 0.02:
                    self.bulk.stop()
                yield self.next()
            if how == "endless":
                await asyncio.Event().wait()
            if dice.random() < 0.2:
                raise MineError
        finally:
            self.ended = True
            await asyncio.sleep(0)

    async def use(self) -> None:
        dice, most = self.dice, self.dice.choice([100, 100, 100, 0, 1, 4])
        async with self.bulk as results:
            if dice.random() < 0.1:
                raise MineError
            if dice.random() < 0.1:
                results.stop()
            if not most:
                return
            async for result in results:
                self.results.append(result)
                if len(self.results) >= most:
                    if dice.random() < 0.5:
                        raise MineError
                    break
                if dice.random() < 0.2:
                    await self.clock.sleep(dice.choice(SECONDS))

    async def fails(self) -> None:
        await self.sibling.wait()
        raise MineError

    async def in_a_scope(self) -> None:
        with self.scope:
            await self.use()

    async def in_a_task_group(self) -> None:
        async with anyio.create_task_group() as group:
            group.start_soon(self.fails)
            await self.use()
            group.cancel_scope.cancel()

    async def as_a_child(self) -> None:
        async with anyio.create_task_group() as group:
            self.scope = group.cancel_scope
            group.start_soon(self.use)

    async def beside_a_task(self) -> None:
        async with asyncio.TaskGroup() as group:
            other = group.create_task(self.fails())
            await self.use()
            other.cancel()

    def shape(self) -> Callable[[], Any]:
        return self.dice.choice(
            [self.use, self.in_a_scope, self.in_a_task_group, self.as_a_child, self.beside_a_task]
        )


def begun_tasks() -> list[asyncio.Task[Any]]:
    """All but this one; what is cancelled before its first step runs nothing, and can tell nothing."""
    begun = [
        task
        for task in asyncio.all_tasks() - {asyncio.current_task()}
        if inspect.getcoroutinestate(cast("Any", task.get_coro())) != inspect.CORO_CREATED
    ]
    return sorted(begun, key=asyncio.Task.get_name)


def cancel_any(stage: Stage, main: asyncio.Task[None]) -> None:
    stage.dice.choice(begun_tasks() or [main]).cancel()


def cancel_all(_stage: Stage, _main: asyncio.Task[None]) -> None:
    for task in begun_tasks():
        task.cancel()


def close(stage: Stage, _main: asyncio.Task[None]) -> None:
    stage.closing = asyncio.ensure_future(stage.client.close(grace=stage.dice.choice([0, 30])))


ACTS: dict[str, Callable[[Stage, asyncio.Task[None]], object]] = {
    "cancel": lambda _, main: main.cancel(),
    "cancel again": lambda _, main: main.cancel(),
    "scope": lambda stage, _: stage.scope.cancel(),
    "sibling": lambda stage, _: stage.sibling.set(),
    "stop": lambda stage, _: stage.bulk.stop(),
    "abandon": lambda stage, _: stage.bulk.abandon(),
    "any task": cancel_any,
    "all tasks": cancel_all,
    "close": close,
    "handler": lambda stage, _: stage.client.events.on_response(lambda _: stage.bulk.stop()),
}
"""What may come from outside at any moment."""

ENDING = ("cancel", "stop", "abandon", "all tasks", "close")
"""After these nothing waits but for what is under way."""


async def scenario(seed: str, figures: Counter[str]) -> None:
    """Play one and check it."""
    stage = Stage(seed)
    loop, dice, clock = asyncio.get_running_loop(), stage.dice, stage.clock
    loop.set_exception_handler(lambda _, context: stage.complaints.append(context))
    before = asyncio.all_tasks()
    main = asyncio.create_task(stage.shape()())
    kinds = dice.choices(sorted(ACTS), k=dice.randint(1, 3))
    if not set(ENDING) & set(kinds):
        kinds.append(dice.choice(ENDING))
    acted = None
    for kind in kinds:
        await clock.sleep(dice.choice([0.0, 0.0, 0.005, 0.5, 3.0, 9.0]))
        for _ in range(dice.randrange(PATIENCE - 10)):  # else the clock goes on meanwhile
            await asyncio.sleep(0)
        if not main.done():
            figures[kind] += 1
            if kind in ENDING and acted is None:
                acted = clock.monotonic()
            ACTS[kind](stage, main)
    await asyncio.wait((main,), timeout=20)
    assert main.done(), "it hangs"
    if acted is not None:
        waited = clock.monotonic() - acted
        assert waited <= LONGEST + 10, f"{waited} s passed until it ended"
    assert main.cancelled() or only_mine(main.exception())
    await stage.client.close(grace=30)
    for _ in range(5):
        await asyncio.sleep(0)
    check(stage, figures)
    assert asyncio.all_tasks() == before, "a task is left"


def only_mine(error: BaseException | None) -> bool:
    """Whether nothing but the scenario's own error was raised."""
    if isinstance(error, BaseExceptionGroup):
        return all(map(only_mine, error.exceptions))
    return error is None or isinstance(error, MineError | asyncio.CancelledError)


def check(stage: Stage, figures: Counter[str]) -> None:
    """Every row has one result, which agrees with what the server knows; nothing is left."""
    results = [*stage.results, *stage.bulk.uncollected]
    assert sorted(result.index for result in results) == list(range(stage.given))
    server = stage.server
    for result in results:
        row, outcome = result.index, result.outcome
        figures[outcome] += 1
        assert server.accepted[row] <= 1
        if outcome == "accepted":
            assert server.accepted[row] == 1
            assert result.message is not None
            assert int(result.message.sid.removeprefix("SM"), 16) == row + 1
        elif outcome == "unknown":
            assert server.written[row], "never written and yet unknown"
        else:
            assert not server.accepted[row], outcome
    figures["uncollected"] += len(stage.bulk.uncollected)
    figures["posts"] += server.written.total()
    assert stage.bulk.in_flight == 0
    stats = stage.client.stats()
    assert (stats.in_flight, stats.waiting, stats.pending_late) == (0, 0, 0)
    assert "bulk" not in str(stage.client._pipeline.lanes._gates)  # noqa: SLF001 - nothing public shows lanes
    assert stage.ended == stage.begun, "the source was not closed"
    assert stage.complaints == []
