"""An origin's connections without sockets: who may dial, who waits, and who is next."""

from __future__ import annotations

import asyncio
from itertools import pairwise
from typing import cast

import pytest

from async_messaging.transport import wire_pool
from async_messaging.transport.wire_pool import DIALS, Origin, WirePool
from async_messaging.transport.wire_protocol import Connection

SOON, LATE = 0.01, 60.0


class Made:
    """A connection that is always good."""

    since = 0.0
    is_usable = True

    def close(self) -> None: ...


class Dialling(WirePool):
    """A pool whose dials end when told."""

    def __init__(self, most: int) -> None:
        self.most = most
        self.connections = set()
        self.sweeps = True
        self.dials: list[asyncio.Future[Connection]] = []
        self.made = Origin(self, "http://127.0.0.1")

    async def dial(self, origin: Origin, url: str) -> Connection:
        dial = asyncio.Future[Connection]()
        self.dials.append(dial)
        return await dial

    def ask(self, seconds: float = LATE) -> asyncio.Task[Connection]:
        """Somebody wants a connection."""
        now = asyncio.get_running_loop().time()
        return asyncio.ensure_future(self.made.connection(now, now + seconds))


async def turns() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


def made() -> Connection:
    return cast("Connection", Made())


async def test_so_many_are_dialled_at_a_time() -> None:
    pool = Dialling(most=DIALS + 3)
    asking = [pool.ask() for _ in range(DIALS + 10)]
    await turns()
    assert len(pool.dials) == pool.made.open == DIALS
    for number in range(3):  # each that is there lets the next be dialled
        pool.dials[number].set_result(made())
        await turns()
        assert len(pool.dials) == pool.made.open == DIALS + 1 + number
    pool.dials[3].set_result(made())
    await turns()
    assert len(pool.dials) == pool.made.open == DIALS + 3  # and now all are open
    pool.made.free(asking[0].result())
    await turns()
    assert [task.done() for task in asking[DIALS:]] == [False] * 3 + [True] + [False] * 6
    for task in asking:
        task.cancel()
    await asyncio.wait(asking)


@pytest.mark.parametrize("fate", ["refused", "cancelled"])
async def test_a_dial_that_fails_lets_the_next_one_dial(
    fate: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wire_pool, "DIALS", 1)
    pool = Dialling(most=5)
    asking = [pool.ask() for _ in range(4)]
    for task, following in pairwise(asking):
        await turns()
        if fate == "refused":
            pool.dials[-1].set_exception(ConnectionRefusedError())
        else:
            task.cancel()
        await asyncio.wait((task,))
        assert not following.done()
    await turns()
    pool.dials[-1].set_result(made())
    await asking[-1]
    assert (len(pool.dials), pool.made.open) == (4, 1)


async def test_whoever_leaves_with_the_right_to_dial_passes_it_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(wire_pool, "DIALS", 1)
    pool = Dialling(most=5)
    first, second, third = (pool.ask() for _ in range(3))
    await turns()
    pool.dials[0].set_result(made())
    await asyncio.sleep(0)
    second.cancel()  # it was told that it may dial, and has not begun
    await asyncio.wait((first, second))
    await turns()
    assert second.cancelled()
    pool.dials[1].set_result(made())
    await third
    assert (len(pool.dials), pool.made.open) == (2, 2)


async def test_the_wait_in_line_and_the_dial_share_one_time() -> None:
    pool = Dialling(most=1)
    dialling, waiting = pool.ask(SOON), pool.ask(SOON)
    patient = pool.ask()
    for task in (dialling, waiting):
        with pytest.raises(TimeoutError):
            await task
    await turns()
    pool.dials[-1].set_result(made())
    await patient
    assert (len(pool.dials), pool.made.open) == (2, 1)
