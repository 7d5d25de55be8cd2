"""The wire transport reads nothing otherwise than aiohttp does."""

from __future__ import annotations

import asyncio
import os
import random
import time

import pytest

from tests.unit.transport.parsers import aiohttps, answer, mutated, ours

SEED = int(os.environ.get("FUZZ_SEED", "0")) or time.time_ns() % 1_000_000


async def compared(count: int, seed: int) -> int:
    """Compare so many mutated answers; how many of them were plain."""
    print(f"seed {seed}: FUZZ_SEED={seed} repeats it")  # noqa: T201 - shown where it fails
    luck = random.Random(seed)
    loop = asyncio.get_running_loop()
    plain = 0
    for _ in range(count):
        said = mutated(luck)
        own = ours(said)
        if own is not None:
            plain += 1
            assert own == aiohttps(said, loop), said
    return plain


async def test_20_000_mutated_answers_are_read_alike() -> None:
    assert await compared(20_000, SEED) > 2_000


@pytest.mark.soak
async def test_1_000_000_mutated_answers_are_read_alike() -> None:
    assert await compared(1_000_000, SEED) > 100_000


async def test_good_answers_are_plain() -> None:
    """Else the comparison would compare nothing."""
    luck = random.Random(1)
    loop = asyncio.get_running_loop()
    said = [answer(luck) for _ in range(2_000)]
    plain = [one for one in said if ours(one) is not None]
    assert len(plain) > 500
    assert all(aiohttps(one, loop) is not None for one in plain)
