"""P18 at the transport: hostile answers cost neither memory nor time, and end in a typed error."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Sequence
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from tests.contract.wire_faults import Close, Flood, Read, Send, Silence, Step, answer
from tests.integration.transport.conftest import Open
from tests.integration.transport.hostile import bomb, hostile
from tests.integration.transport.wire import WireServer

PROGRAM = Path(__file__).with_name("hostile.py")
ROOT = Path(__file__).parents[3]
GOOD = (Read(), Send(answer(b"{}")))
BOUND = 32 << 10


async def met(opens: Open, does: Sequence[tuple[Step, ...]]) -> tuple[int, list[str]]:
    """A client process against these servers: its growth in kilobytes, and what became of each."""
    async with AsyncExitStack() as stack:
        urls = [(await stack.enter_async_context(WireServer(steps))).url for steps in (GOOD, *does)]
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-W", "error", str(PROGRAM), getattr(opens, "__name__", "")),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )
        out, err = await process.communicate("\n".join(urls).encode())
    assert err.decode() == ""
    told = json.loads(out)
    return told["grown"], told["outcomes"]


async def hostile_answers(opens: Open, count: int) -> None:
    grown, outcomes = await met(opens, [hostile(seed) for seed in range(count)])
    assert grown <= BOUND
    assert len(outcomes) == count
    assert {"answered", "AnswerTimeout", "UnexpectedAnswer"} <= set(outcomes)


async def test_200_hostile_answers(opens: Open) -> None:
    await hostile_answers(opens, 200)


@pytest.mark.soak
async def test_2000_hostile_answers(opens: Open) -> None:
    await hostile_answers(opens, 2_000)


@pytest.mark.parametrize(
    "bad",
    [
        (Read(), Send(answer(bomb("gzip", 256), b"Content-Encoding: gzip")), Close()),
        (Read(), Send(answer(bomb("deflate", 256), b"Content-Encoding: deflate")), Close()),
        (Read(), Send(answer(length=1 << 40)), Flood(b" " * 65_536)),
        (Read(), Send(b"HTTP/1.1 201 Created\r\n\r\n"), Flood(b" " * 65_536)),
        (Read(), Send(answer(b"{}", b"X-A: " + b"a" * (8 << 20))), Silence()),
        (Read(), Send(b"HTTP/1.1 201 Created\r\nX-A: "), Flood(b"a" * 65_536)),
    ],
    ids=["gzip", "deflate", "length", "no length", "long header", "endless header"],
)
async def test_20_at_once_stay_small(opens: Open, bad: tuple[Step, ...]) -> None:
    grown, outcomes = await met(opens, [bad] * 20)
    assert grown <= BOUND
    assert len(outcomes) == 20
    assert set(outcomes) <= {"UnexpectedAnswer", "AnswerTimeout"}
