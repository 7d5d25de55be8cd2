"""One pool, many loops and processes: every send works, and nothing is left behind."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

import pytest

from async_messaging.errors import SettingsError
from async_messaging.settings import from_env
from async_messaging.transport import SessionPool
from tests.contract.wire_faults import Read, Send, answer
from tests.integration.transport.conftest import ACCOUNT, Ask
from tests.integration.transport.wire import WireServer, server_context, trusting

LIVES = Path(__file__).with_name("lives.py")
ROOT = Path(__file__).parents[3]
GOOD = (Read(), Send(answer(b"{}")))


async def lived(name: str, server: WireServer, *flags: str) -> tuple[str, str]:
    """Standard output and error of a program of `lives.py`."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *flags,
        str(LIVES),
        name,
        server.url,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    out, err = await process.communicate()
    return out.decode(), err.decode()


@pytest.mark.parametrize(
    ("name", "sent", "connections"),
    [
        ("thousand", 1001, 1001),
        ("closed_by_a_generator", 1, 1),
        ("paused", 6, 2),
        ("fork_between", 4, 3),
        ("fork_within", 3, 2),
    ],
)
async def test_a_program_lives_and_ends_without_a_word(
    name: str, sent: int, connections: int
) -> None:
    async with WireServer(GOOD) as server:
        assert await lived(name, server, "-X", "dev", "-W", "error") == ("ok\n", "")
        await server.all_closed()
        assert (len(server.requests), server.connections) == (sent, connections)


@pytest.mark.parametrize("name", ["ended_while_sending", "second"])
async def test_a_program_with_races_ends_without_a_word(name: str) -> None:
    async with WireServer(GOOD) as server:
        assert await lived(name, server, "-X", "dev", "-W", "error") == ("ok\n", "")
        await server.all_closed()


async def test_loops_closed_out_of_order_leave_no_descriptor() -> None:
    async with WireServer(GOOD) as server:
        assert await lived("dead", server) == ("ok\n", "")
        await server.all_closed()


async def test_a_second_running_loop_is_refused(pool: SessionPool, ask: Ask) -> None:
    async with WireServer(GOOD) as server:
        await pool.send(ask(server.url))

        def elsewhere() -> None:
            asyncio.run(_refused(pool, ask, server.url))

        await asyncio.to_thread(elsewhere)
        await pool.send(ask(server.url))
        assert server.connections == 1


async def _refused(pool: SessionPool, ask: Ask, url: str) -> None:
    request = ask(url)
    with pytest.raises(SettingsError, match="loop"):
        await pool.send(request)
    assert not request.written


async def test_tls_connections_close_with_their_loop(ask: Ask) -> None:
    pool = SessionPool(from_env(account_sid=ACCOUNT, auth_token="secret", ssl=trusting()))
    async with WireServer(GOOD, tls=server_context("good")) as server:

        def elsewhere() -> None:
            for _ in range(3):
                asyncio.run(_sent(pool, ask, server.url))

        await asyncio.to_thread(elsewhere)
        await server.all_closed()
        assert server.connections == 3


async def _sent(pool: SessionPool, ask: Ask, url: str) -> None:
    assert (await pool.send(ask(url))).status == 201
