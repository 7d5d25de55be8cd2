"""What counts as something in the place of aiohttp's session."""

from __future__ import annotations

import functools
from typing import Any
from unittest.mock import Mock

import aiohttp
import pytest
from aiohttp import client

from async_messaging.transport.altered import session_class, session_is_altered
from tests.mocked import mocked


def test_aiohttps_own_is_not_altered() -> None:
    assert not session_is_altered()
    assert session_class() is aiohttp.ClientSession


def test_aioresponses_counts_while_it_is_active() -> None:
    for _ in range(2):
        with mocked():
            assert session_is_altered()
        assert not session_is_altered()


@pytest.mark.parametrize("name", ["__init__", "request", "_request"])
def test_a_method_that_an_instrumentation_wraps_counts(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = getattr(aiohttp.ClientSession, name)

    @functools.wraps(own)
    def wrapped(*args: Any, **facts: Any) -> object:
        return own(*args, **facts)

    monkeypatch.setattr(aiohttp.ClientSession, name, wrapped)
    assert session_is_altered()
    monkeypatch.setattr(aiohttp.ClientSession, name, own)
    assert not session_is_altered()


def test_so_does_a_wrapped_connector(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(aiohttp.BaseConnector, "connect", lambda *_: None)
    assert session_is_altered()


@pytest.mark.parametrize("module", [aiohttp, client], ids=["aiohttp", "aiohttp.client"])
@pytest.mark.parametrize("other", [Mock(), Mock(spec=[]), type("Session", (), {})])
def test_another_class_counts_under_either_name_and_makes_the_sessions(
    module: object, other: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "ClientSession", other)
    assert session_is_altered()
    assert session_class() is other
    monkeypatch.undo()
    assert not session_is_altered()
