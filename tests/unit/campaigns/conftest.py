from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from async_messaging.testing import FakeClock
from tests.unit.campaigns.ledgers import Keeper, MemoryKeeper, SQLiteKeeper


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture(params=["memory", "sqlite"])
def keeper(request: pytest.FixtureRequest, tmp_path: Path, clock: FakeClock) -> Iterator[Keeper]:
    if request.param == "memory":
        yield MemoryKeeper(clock)
    else:
        yield SQLiteKeeper(tmp_path, clock)
