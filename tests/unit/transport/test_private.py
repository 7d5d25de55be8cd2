"""The guard: it says so when a release of aiohttp has changed what the wire transport stands on."""

from __future__ import annotations

import pytest
from aiohttp import TCPConnector
from aiohttp.client_proto import ResponseHandler

from async_messaging.transport.private import fault


def test_this_aiohttp_has_all_that_the_wire_transport_needs() -> None:
    assert fault() is None, "adapt transport/private.py to this release of aiohttp"


async def other(self: object, host: str, port: int) -> None: ...


@pytest.mark.parametrize(
    ("owner", "name", "value"),
    [
        (TCPConnector, "_create_connection", None),
        (TCPConnector, "_create_connection", other),
        (ResponseHandler, "set_response_params", other),
    ],
)
def test_what_a_release_changes_is_named(
    monkeypatch: pytest.MonkeyPatch, owner: type[object], name: str, value: object
) -> None:
    monkeypatch.setattr(owner, name, value)
    assert name in str(fault())
