"""Pools and requests for tests on real sockets."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Protocol

import pytest

from async_messaging.operation import Method
from async_messaging.settings import AttemptTimeout
from async_messaging.transport import Request, SessionPool
from tests.integration.transport.wire import settings_for

PATIENT = AttemptTimeout(connect=30, read=30, total=30)


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


@pytest.fixture
async def pool() -> AsyncIterator[SessionPool]:
    opened = SessionPool(settings_for())
    yield opened
    await opened.close()
