from __future__ import annotations

import pytest

from tests.unit.simulator.visitor import Visitor


@pytest.fixture
def visitor() -> Visitor:
    return Visitor()
