"""The loop that these tests run on is the one that was asked for."""

from __future__ import annotations

import asyncio
import os


async def test_the_loop_is_the_one_asked_for() -> None:
    wanted = os.environ.get("TEST_LOOP", "asyncio")
    assert type(asyncio.get_running_loop()).__module__.split(".")[0] == wanted
