"""Clients on both transports."""

from __future__ import annotations

import pytest


@pytest.fixture(params=["pool", "wire"])
def transport(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Runs the test twice, with the clients it makes on either transport."""
    name: str = request.param
    monkeypatch.setenv("ASYNC_MESSAGING_TRANSPORT", name)
    return name
