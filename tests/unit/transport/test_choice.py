"""Which transport a client gets."""

from __future__ import annotations

import logging

import pytest

from async_messaging.credentials import Credentials
from async_messaging.errors import SettingsError
from async_messaging.settings import Settings, TransportName, from_env
from async_messaging.transport import SessionPool, WireTransport, choice, private

ACCOUNT = "AC" + "0" * 32


def settings(transport: TransportName | None = None, proxy: str | None = None) -> Settings:
    who = Credentials(ACCOUNT, ACCOUNT, "secret")
    return Settings(who, transport=transport, proxy=proxy)


def test_the_wire_transport_is_the_default() -> None:
    assert isinstance(choice.choose(settings()), WireTransport)
    assert isinstance(choice.choose(settings("wire")), WireTransport)


def test_the_pool_is_taken_when_asked_for_and_behind_a_proxy() -> None:
    assert isinstance(choice.choose(settings("pool")), SessionPool)
    assert isinstance(choice.choose(settings(proxy="http://127.0.0.1:3128")), SessionPool)


def test_the_environment_names_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASYNC_MESSAGING_TRANSPORT", "pool")
    assert from_env(account_sid=ACCOUNT, auth_token="x").transport == "pool"
    assert from_env(account_sid=ACCOUNT, auth_token="x", transport="wire").transport == "wire"
    monkeypatch.setenv("ASYNC_MESSAGING_TRANSPORT", "carrier pigeon")
    with pytest.raises(SettingsError, match="wire or pool"):
        from_env(account_sid=ACCOUNT, auth_token="x")


def test_a_changed_aiohttp_costs_one_warning_and_the_speed(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(private, "fault", lambda: "ResponseHandler.unheard_of")
    with caplog.at_level(logging.WARNING):
        assert isinstance(choice.choose(settings()), SessionPool)
        assert isinstance(choice.choose(settings()), SessionPool)
    (record,) = caplog.records
    assert record.message.startswith("this aiohttp has changed ResponseHandler.unheard_of;")


@pytest.mark.parametrize("proxy", [None, "http://127.0.0.1:3128"])
def test_where_it_is_asked_for_and_cannot_be_had_that_is_said(
    monkeypatch: pytest.MonkeyPatch, proxy: str | None
) -> None:
    monkeypatch.setattr(private, "fault", lambda: "ResponseHandler.unheard_of")
    with pytest.raises(SettingsError, match="wire can't be used"):
        choice.choose(settings("wire", proxy))
