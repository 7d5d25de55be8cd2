"""An origin's connections without sockets: who may dial, who waits, and who is next."""

from __future__ import annotations

import asyncio
import errno
from itertools import pairwise
from typing import cast

import pytest
from aiohttp import ClientConnectorError
from aiohttp.client_reqrep import ConnectionKey

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
        self.time = 0.0
        self.now = lambda: self.time

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


def out_of_files() -> Exception:
    """As aiohttp has it."""
    error = OSError(errno.EMFILE, "too many open files")
    key = ConnectionKey("127.0.0.1", 80, False, True, None, None, None)
    return ClientConnectorError(key, error)


@pytest.mark.parametrize(
    "error", [out_of_files(), OSError(errno.ENFILE, "too many open files in system")]
)
async def test_without_a_file_for_another_connection_those_that_are_open_are_waited_for(
    error: Exception,
) -> None:
    pool = Dialling(most=5)
    first, second, third = (pool.ask() for _ in range(3))
    await turns()
    pool.dials[0].set_result(connection := made())
    for dial in pool.dials[1:]:
        dial.set_exception(error)
    await turns()
    assert (first.done(), second.done(), third.done()) == (True, False, False)
    assert (len(pool.dials), pool.made.open) == (3, 1)  # nobody tries again and again
    late = pool.ask()
    await turns()
    assert len(pool.dials) == 3
    pool.made.free(connection)
    assert await second is connection
    pool.made.gone(connection)  # so there is a file again
    await turns()
    pool.dials[3].set_result(other := made())
    assert await third is other
    late.cancel()


async def test_more_are_dialled_after_a_while() -> None:
    pool = Dialling(most=5)
    first, second = pool.ask(), pool.ask()
    await turns()
    pool.dials[0].set_result(made())
    pool.dials[1].set_exception(out_of_files())
    await turns()
    pool.time += wire_pool.FULL
    third = pool.ask()
    await turns()
    pool.dials[2].set_result(made())
    await asyncio.wait((first, third))
    second.cancel()


async def test_without_any_connection_the_lack_of_files_is_told() -> None:
    pool = Dialling(most=5)
    asking = [pool.ask() for _ in range(3)]
    await turns()
    for count in range(3):
        await turns()
        pool.dials[count].set_exception(out_of_files())
    for _ in range(2):  # those who waited for the last try in turn
        await turns()
        pool.dials[-1].set_exception(out_of_files())
    for task in asking:
        with pytest.raises(ClientConnectorError):
            await task
    assert pool.made.open == 0


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
