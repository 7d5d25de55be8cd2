"""P21: where credentials may go."""

from __future__ import annotations

import pytest

from async_messaging import MessagingClient, ScriptedTransport, SettingsError
from async_messaging.settings import check_base_url
from async_messaging.testing import FakeClock
from async_messaging.transport import scripted
from tests.contract.url_tricks import ALLOWED, ONLY_INSECURE, REFUSED, TRICKS, Trick

ACCOUNT = "AC" + "a" * 32


def origin(url: str, *, insecure: bool) -> str | None:
    try:
        return check_base_url(url, insecure_http=insecure)
    except SettingsError as error:
        shown = [part for part in ("password", "evil", "passwd") if part in repr(error)]
        assert not shown, "the text repeats the URL, which may hold credentials"
        return None


def test_there_are_enough_tricks() -> None:
    assert len(ONLY_INSECURE) + len(REFUSED) >= 60
    assert len({trick.url for trick in TRICKS}) == len(TRICKS)


@pytest.mark.parametrize("trick", TRICKS, ids=lambda trick: ascii(trick.url[:60]))
def test_a_url_goes_where_it_says_or_nowhere(trick: Trick) -> None:
    assert origin(trick.url, insecure=False) == trick.origin
    assert origin(trick.url, insecure=True) == trick.insecure


@pytest.mark.parametrize("trick", ALLOWED, ids=lambda trick: ascii(trick.url))
async def test_an_allowed_url_is_what_requests_go_to(trick: Trick, clock: FakeClock) -> None:
    transport = ScriptedTransport([scripted.json(200, {"balance": "1"})])
    async with MessagingClient(
        account_sid=ACCOUNT,
        auth_token="token",
        base_url=trick.url,
        transport=transport,
        clock=clock,
    ) as client:
        await client.balance.fetch()
    path = f"/2010-04-01/Accounts/{ACCOUNT}/Balance.json"
    assert transport.requests[0].url == f"{trick.origin}{path}"


@pytest.mark.parametrize(
    "url", [trick.url for trick in TRICKS if trick.origin is None and trick.url]
)
def test_a_refused_url_makes_no_client(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SettingsError):
        MessagingClient(account_sid=ACCOUNT, auth_token="token", base_url=url)
    if "\x00" in url:
        return  # no environment can hold it
    monkeypatch.setenv("ASYNC_MESSAGING_BASE_URL", url)
    with pytest.raises(SettingsError):
        MessagingClient(account_sid=ACCOUNT, auth_token="token")


def test_insecure_http_has_to_be_said() -> None:
    url = "http://sim.example"
    client = MessagingClient(
        account_sid=ACCOUNT,
        auth_token="token",
        base_url=url,
        insecure_http=True,
        transport=ScriptedTransport([]),
    )
    assert client.settings.origin("api") == url
