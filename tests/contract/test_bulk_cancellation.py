"""P29: whatever is cancelled, every row given to a bulk send has exactly one result."""

from __future__ import annotations

import os
import random
import time
from collections import Counter

import pytest

from tests.contract.bulk_cancellations import ACTS, scenario


@pytest.mark.parametrize(
    "times", [500, pytest.param(50_000, marks=pytest.mark.soak)], ids=["check", "soak"]
)
async def test_every_row_has_one_result_whatever_is_cancelled(times: int) -> None:
    seed = os.environ.get("SEED") or str(random.randrange(10**6))
    figures: Counter[str] = Counter()
    began, number = time.monotonic(), 0
    while sum(figures[kind] for kind in ACTS) < times:
        number += 1
        try:
            await scenario(f"{seed}:{number}", figures)
        except BaseException as error:
            error.add_note(f"SEED={seed}, scenario {number}")
            raise
    seconds = time.monotonic() - began
    print(f"seed {seed}: {number} sends, {seconds:.0f} s, {dict(figures)}")  # noqa: T201 - the figure
    assert all(figures[kind] for kind in ACTS)
    assert figures["accepted"] > figures["unknown"] > 0
    assert figures["uncollected"]
