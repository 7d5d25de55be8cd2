from __future__ import annotations

import socket

import pytest

from async_messaging.simulator.loopback import LoopbackResolver, is_loopback


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "127.9.9.9", "::1", "[::1]", "localhost", "LocalHost"]
)
def test_this_machine(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize(
    "host",
    [
        "",
        "0.0.0.0",
        "10.0.0.1",
        "127.1",
        "2130706433",
        "localhost.example",
        "127.0.0.1.example",
        "::",
    ],
)
def test_others(host: str) -> None:
    assert not is_loopback(host)


async def test_localhost_is_known_without_asking() -> None:
    found = await LoopbackResolver(frozenset()).resolve("localhost", 80, socket.AF_UNSPEC)
    assert [(one["host"], one["port"]) for one in found] == [("127.0.0.1", 80), ("::1", 80)]
    (only,) = await LoopbackResolver(frozenset()).resolve("localhost", 80, socket.AF_INET)
    assert only["host"] == "127.0.0.1"


async def test_nobody_is_asked_for_hosts_that_are_not_named() -> None:
    with pytest.raises(OSError, match="not a host of this machine"):
        await LoopbackResolver(frozenset({"a.example"})).resolve("b.example")
