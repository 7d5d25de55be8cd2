"""Pools and requests for tests on real sockets."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Protocol, TypeAlias

import pytest

from async_messaging.operation import Method
from async_messaging.settings import AttemptTimeout, Settings
from async_messaging.transport import Request, SessionPool, WireTransport
from tests.integration.transport.wire import settings_for

PATIENT = AttemptTimeout(connect=30, read=30, total=30)


Pool: TypeAlias = SessionPool | WireTransport
Open: TypeAlias = Callable[[Settings], Pool]
"""Opens one of the transports that keep connections."""


class Ask(Protocol):
    """Makes a request."""

    def __call__(
        self,
        url: str,
        method: Method = "POST",
        body: bytes = b"Body=Hi",
        *,
        timeout: AttemptTimeout = PATIENT,
        cap: int = 1 << 20,
    ) -> Request: ...


@pytest.fixture
def ask() -> Ask:
    def request(
        url: str,
        method: Method = "POST",
        body: bytes = b"Body=Hi",
        *,
        timeout: AttemptTimeout = PATIENT,
        cap: int = 1 << 20,
    ) -> Request:
        sent = body if method in {"POST", "PUT"} else b""
        return Request(method, url, {"Authorization": "Basic c2VjcmV0"}, sent, timeout, cap)

    return request


@pytest.fixture(params=[SessionPool, WireTransport], ids=["pool", "wire"])
def opens(request: pytest.FixtureRequest) -> Open:
    opened: Open = request.param
    return opened


@pytest.fixture
async def pool(opens: Open) -> AsyncIterator[Pool]:
    opened = opens(settings_for())
    yield opened
    await opened.close()
