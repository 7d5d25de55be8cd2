"""Programs that start and end event loops over one pool; run as scripts by `test_per_loop.py`.

    python -X dev -W error lives.py NAME URL TRANSPORT

A program prints one line, ``ok``; warnings would be errors, and fail to show in the exit status only
where Python swallows them, so the test also wants standard error empty.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import os
import sys
import threading
from collections.abc import AsyncIterator
from pathlib import Path

from async_messaging.errors import ClientClosed, SettingsError
from async_messaging.settings import AttemptTimeout
from async_messaging.transport import Request, SessionPool, WireTransport
from tests.integration.transport.wire import settings_for

POOL = (WireTransport if sys.argv[3] == "WireTransport" else SessionPool)(settings_for())
URL = sys.argv[2]


async def send() -> None:
    timeout = AttemptTimeout(connect=30, read=30, total=30)
    request = Request("POST", URL, {}, b"Body=Hi", timeout, 1 << 20)
    assert (await POOL.send(request)).status == 201
    assert request.written


def descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def sessions() -> int:
    """What belongs to a loop and is still alive."""
    gc.collect()
    kinds = {"ClientSession", "WirePool"}
    return sum(type(thing).__name__ in kinds for thing in gc.get_objects())


def loops(times: int) -> None:
    """So many loops, none of which closes the pool."""
    asyncio.run(send())
    before = descriptors()
    for _ in range(times):
        asyncio.run(send())
    assert descriptors() == before
    assert sessions() == 0


def hundred() -> None:
    """100 loops, cheap enough for Python's development mode."""
    loops(100)


def thousand() -> None:
    """1,000 loops."""
    loops(1000)


def ended_while_sending() -> None:
    """The loop ends while sends are under way."""

    async def main() -> None:
        await send()
        tasks = [asyncio.create_task(send()) for _ in range(10)]
        await asyncio.sleep(0)
        assert not any(task.done() for task in tasks)

    before = descriptors()
    for _ in range(20):
        asyncio.run(main())
    assert descriptors() == before
    assert sessions() == 0


def closed_by_a_generator() -> None:
    """Something else that the loop ends closes the pool, at the same time as the loop does."""

    async def lifespan() -> AsyncIterator[None]:
        try:
            yield
        finally:
            await POOL.close()

    living = lifespan()

    async def main() -> None:
        await anext(living)
        await send()

    asyncio.run(main())
    assert sessions() == 0


def dead() -> None:
    """Loops that are closed without ending their generators: no descriptor outlives the next send.

    asyncio itself warns of their transports, so this one runs without ``-W error``.
    """
    asyncio.run(send())
    before = descriptors()
    for _ in range(50):
        loop = asyncio.new_event_loop()
        loop.run_until_complete(send())
        loop.close()
    asyncio.run(send())
    assert descriptors() == before
    assert sessions() == 0


def paused() -> None:
    """Two loops by turns: each keeps its own session."""
    one, two = asyncio.new_event_loop(), asyncio.new_event_loop()
    for _ in range(3):
        one.run_until_complete(send())
        two.run_until_complete(send())
    assert sessions() == 2
    one.run_until_complete(POOL.close())
    with contextlib.suppress(ClientClosed):
        two.run_until_complete(send())
    for loop in (one, two):
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.close()
    assert sessions() == 0


def second() -> None:
    """A second loop, while the first one runs."""
    started, refused = threading.Event(), threading.Event()

    async def first() -> None:
        await send()
        started.set()
        await asyncio.to_thread(refused.wait)
        await send()

    thread = threading.Thread(target=asyncio.run, args=(first(),))
    thread.start()
    started.wait()
    try:
        asyncio.run(send())
    except SettingsError:
        refused.set()
    thread.join()
    asyncio.run(send())


def fork_between() -> None:
    """A fork while the loop is paused: parent and child both go on, and the parent's loop works."""
    loop = asyncio.new_event_loop()
    loop.run_until_complete(send())
    child = os.fork()
    if child == 0:
        asyncio.run(send())
        asyncio.run(send())
        sys.exit(0)
    assert os.waitpid(child, 0)[1] == 0
    loop.run_until_complete(send())
    loop.run_until_complete(loop.shutdown_asyncgens())
    loop.close()


def fork_within() -> None:
    """A fork inside a running loop: the child uses none of the parent's connections."""

    async def main() -> None:
        await send()
        child = os.fork()
        if child == 0:
            # A loop of its own: the parent's is not to be run, nor left in order, by a child.
            code = 1
            with contextlib.suppress(BaseException):
                asyncio.run(send())
                code = 0
            os._exit(code)
        assert (await asyncio.to_thread(os.waitpid, child, 0))[1] == 0
        await send()

    asyncio.run(main())


if __name__ == "__main__":
    programs = (
        hundred,
        thousand,
        ended_while_sending,
        closed_by_a_generator,
        dead,
        paused,
        second,
        fork_between,
        fork_within,
    )
    {program.__name__: program for program in programs}[sys.argv[1]]()
    gc.collect()
    sys.stdout.write("ok\n")
