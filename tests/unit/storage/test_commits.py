from __future__ import annotations

import asyncio
import threading
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from typing import Any

import pytest

from async_messaging.errors import LedgerError
from async_messaging.storage.commits import GROUP, Answer, Commits, entered

Ask = tuple[Any, asyncio.Future[Any]]


class Notes:
    """A keeper that answers with what it was asked, and holds its first group until it is let go."""

    def __init__(self) -> None:
        self.groups: list[tuple[list[Any], list[str]]] = []
        self.begun = threading.Event()
        self.go = threading.Event()
        self.unwanteds: list[object] = []
        self.ended: list[bool] = []

    def commit(self, asked: Sequence[Ask], riding: Sequence[str]) -> list[Answer]:
        self.groups.append(([item for item, _ in asked], list(riding)))
        self.begun.set()
        assert self.go.wait(10)
        return [(future, item) for item, future in asked]

    def end(self, asked: Sequence[Ask], *, flush: bool) -> list[Answer]:
        self.ended.append(flush)
        return [(future, LedgerError("closed")) for _, future in asked]

    def unwanted(self, result: object) -> None:
        self.unwanteds.append(result)


def started() -> tuple[Notes, Commits[Ask, str]]:
    notes = Notes()
    return notes, Commits(notes, "notes", "notebook")


def asked(commits: Commits[Ask, str], item: Any) -> asyncio.Future[Any]:
    future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
    commits.ask((item, future))
    return future


async def busy() -> tuple[Notes, Commits[Ask, str], asyncio.Future[Any]]:
    """Its thread is in the middle of the first group."""
    notes, commits = started()
    first = asked(commits, 0)
    assert await asyncio.to_thread(notes.begun.wait, 10)
    return notes, commits, first


async def closed(commits: Commits[Ask, str]) -> None:
    commits.close(flush=True)
    await commits.ended()


async def test_what_gathers_during_a_commit_goes_together_and_comes_back_with_one_call() -> None:
    notes, commits, first = await busy()
    futures = [first, *(asked(commits, number) for number in range(1, GROUP + 11))]
    assert commits.ride("a")
    assert commits.pending == GROUP + 11
    calls: list[object] = []
    loop = asyncio.get_running_loop()
    call = loop.call_soon_threadsafe

    def counted(*arguments: object) -> asyncio.Handle:
        calls.append(arguments)
        return call(*arguments)  # type: ignore[arg-type] # passed on as it is

    loop.call_soon_threadsafe = counted  # type: ignore[method-assign,assignment] # counts only
    notes.go.set()
    assert await asyncio.gather(*futures) == list(range(GROUP + 11))
    loop.call_soon_threadsafe = call  # type: ignore[method-assign]
    assert [(len(items), riding) for items, riding in notes.groups] == [
        (1, []),
        (GROUP, ["a"]),
        (10, []),
    ]
    assert len(calls) == 3
    await closed(commits)


async def test_what_rides_waits_for_company_or_a_hurry() -> None:
    notes, commits = started()
    notes.go.set()
    commits.ride("a")
    commits.ride("b")
    assert await asked(commits, 1) == 1
    assert notes.groups == [([1], ["a", "b"])]
    notes.begun.clear()
    commits.ride("c")
    assert not notes.begun.is_set()
    commits.hurry()
    assert await asyncio.to_thread(notes.begun.wait, 10)
    assert notes.groups[1:] == [([], ["c"])]
    await closed(commits)


async def test_a_result_that_nobody_waits_for_any_more_is_given_back() -> None:
    notes, commits, first = await busy()
    first.cancel()
    notes.go.set()
    await asked(commits, 1)
    assert notes.unwanteds == [0]
    await closed(commits)


async def test_the_end_comes_when_all_is_done() -> None:
    notes, commits, first = await busy()
    second = asked(commits, 1)
    commits.ride("a")
    commits.close(flush=True)
    assert not commits.ride("late")
    with pytest.raises(LedgerError, match="the notebook is closed"):
        asked(commits, 2)
    notes.go.set()
    await commits.ended()
    await commits.ended()
    assert (first.result(), second.result()) == (0, 1)
    assert notes.groups == [([0], []), ([1], ["a"])]
    assert notes.ended == [True]


async def test_an_end_at_once_answers_what_was_not_begun() -> None:
    notes, commits, first = await busy()
    second = asked(commits, 1)
    commits.ride("a")
    commits.close(flush=False)
    commits.close(flush=True)  # the first word counts
    notes.go.set()
    await commits.ended()
    assert first.result() == 0
    assert isinstance(second.exception(), LedgerError)
    assert notes.groups == [([0], [])]
    assert notes.ended == [False]


def test_each_loop_gets_its_own_results() -> None:
    notes, commits = started()
    notes.go.set()

    async def ask(item: int) -> object:
        return await asked(commits, item)

    assert [asyncio.run(ask(1)), asyncio.run(ask(2))] == [1, 2]

    async def leave() -> None:
        asked(commits, 3)

    asyncio.run(leave())  # a loop that is closed keeps nobody
    assert asyncio.run(ask(4)) == 4
    commits.close(flush=True)
    commits.join()
    assert notes.ended == [True]


async def test_who_is_cancelled_while_it_waits_for_a_lock_lets_it_go() -> None:
    waits, free, happened = threading.Event(), threading.Event(), list[str]()

    @contextmanager
    def lock() -> Generator[None]:
        waits.set()
        free.wait(5)
        happened.append("taken")
        yield
        happened.append("let go")

    async def hold() -> None:
        async with entered(lock()):
            happened.append("held")

    holding = asyncio.create_task(hold())
    await asyncio.to_thread(waits.wait, 5)
    holding.cancel()
    await asyncio.sleep(0)
    free.set()
    with pytest.raises(asyncio.CancelledError):
        await holding
    assert happened == ["taken", "let go"]
