"""One pool, many loops and processes: every send works, and nothing is left behind."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

import pytest

from async_messaging.errors import SettingsError
from tests.contract.wire_faults import Read, Send, answer
from tests.integration.transport.conftest import Ask, Open, Pool
from tests.integration.transport.wire import WireServer, server_context, settings_for, trusting

LIVES = Path(__file__).with_name("lives.py")
ROOT = Path(__file__).parents[3]
GOOD = (Read(), Send(answer(b"{}")))


async def lived(opens: Open, name: str, server: WireServer, *flags: str) -> tuple[str, str]:
    """Standard output and error of a program of `lives.py`."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *flags,
        str(LIVES),
        name,
        server.url,
        getattr(opens, "__name__", ""),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    out, err = await process.communicate()
    # A busy machine is slow, which asyncio's debug mode reports.
    told = [line for line in err.decode().splitlines(True) if not line.startswith("Executing <")]
    return out.decode(), "".join(told)


@pytest.mark.parametrize(
    ("name", "sent", "connections"),
    [
        ("hundred", 101, 101),
        ("closed_by_a_generator", 1, 1),
        ("paused", 6, 2),
        ("second", 3, 2),
        ("fork_between", 4, 3),
        ("fork_within", 3, 2),
    ],
)
async def test_a_program_lives_and_ends_without_a_word(
    opens: Open, name: str, sent: int, connections: int
) -> None:
    async with WireServer(GOOD) as server:
        assert await lived(opens, name, server, "-X", "dev", "-W", "error") == ("ok\n", "")
        await server.all_closed()
        assert (len(server.requests), server.connections) == (sent, connections)


async def test_1000_loops_over_one_pool(opens: Open) -> None:
    async with WireServer(GOOD) as server:
        assert await lived(opens, "thousand", server, "-W", "error") == ("ok\n", "")
        assert len(server.requests) == 1001


async def test_a_loop_may_end_while_it_sends(opens: Open) -> None:
    """How many requests still get out is a matter of luck; that nothing stays is not."""
    async with WireServer(GOOD) as server:
        assert await lived(opens, "ended_while_sending", server, "-X", "dev", "-W", "error") == (
            "ok\n",
            "",
        )
        await server.all_closed()


async def test_loops_closed_out_of_order_leave_no_descriptor(opens: Open) -> None:
    async with WireServer(GOOD) as server:
        assert await lived(opens, "dead", server) == ("ok\n", "")
        await server.all_closed()


async def test_a_second_running_loop_is_refused(pool: Pool, ask: Ask) -> None:
    async with WireServer(GOOD) as server:
        await pool.send(ask(server.url))

        def elsewhere() -> None:
            asyncio.run(_refused(pool, ask, server.url))

        await asyncio.to_thread(elsewhere)
        await pool.send(ask(server.url))
        assert server.connections == 1


async def _refused(pool: Pool, ask: Ask, url: str) -> None:
    request = ask(url)
    with pytest.raises(SettingsError, match="loop"):
        await pool.send(request)
    assert not request.written


async def test_tls_connections_close_with_their_loop(opens: Open, ask: Ask) -> None:
    pool = opens(settings_for(ssl=trusting()))
    async with WireServer(GOOD, tls=server_context("good")) as server:

        def elsewhere() -> None:
            for _ in range(3):
                asyncio.run(_sent(pool, ask, server.url))

        await asyncio.to_thread(elsewhere)
        await server.all_closed()
        assert server.connections == 3


async def _sent(pool: Pool, ask: Ask, url: str) -> None:
    assert (await pool.send(ask(url))).status == 201
