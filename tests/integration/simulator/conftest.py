"""Twilio's own Python client, blocking and not, in front of a fresh simulator."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.integration.simulator.official_clients import Official, official


@pytest.fixture(params=["sync", "async"])
async def twilio(request: pytest.FixtureRequest) -> AsyncIterator[Official]:
    """One of the two."""
    async with official(request.param) as client:
        yield client
