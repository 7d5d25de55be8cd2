"""Who may call the simulator, and by which name: accounts, OAuth, Twilio's own hosts."""

from __future__ import annotations

import asyncio
import warnings
from base64 import b64encode
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import ClientSession

from async_messaging.errors import NotFound, Unauthorized
from async_messaging.simulator import ManualClock, SimulatedAccount, Simulator, Webhook
from tests.integration.receiver import Receiver

with warnings.catch_warnings():
    # Its dependencies use what newer Pythons deprecate, while they are imported.
    warnings.simplefilter("ignore", DeprecationWarning)
    from twilio.credential.client_credential_provider import ClientCredentialProvider
    from twilio.http.client_token_manager import ClientTokenManager
    from twilio.http.http_client import TwilioHttpClient
    from twilio.request_validator import RequestValidator
    from twilio.rest import Client

MAIN, SUB, STRANGER = ("AC" + digit * 32 for digit in "123")
MESSAGE: Any = {"to": "+14155550100", "from_": "+15005550006", "body": "Hi"}
CLIENT: Any = {"client_id": "OQ1", "client_secret": "secret"}


@pytest.fixture
async def sim() -> AsyncIterator[Simulator]:
    others = [
        SimulatedAccount(sid=SUB, auth_token="token of sub", parent=MAIN),
        SimulatedAccount(sid=STRANGER, auth_token="token of stranger"),
    ]
    async with Simulator(
        account_sid=MAIN, oauth_clients={"OQ1": "secret"}, accounts=others, speed=50
    ) as running:
        yield running


async def test_our_client_calls_with_a_bearer_token(sim: Simulator) -> None:
    async with sim.client(**CLIENT) as client:
        sent = await client.messages.create(**MESSAGE)
        assert (await client.messages.fetch(sent.sid)).sid == sent.sid
    assert sim.accepted == 1


async def test_our_client_renews_a_token_that_the_simulator_has_let_expire() -> None:
    clock = ManualClock()
    async with (
        Simulator(clock=clock, oauth_clients={"OQ1": "secret"}) as sim,
        sim.client(**CLIENT) as client,
    ):
        await client.messages.create(**MESSAGE)
        clock.advance(3600)
        await client.messages.create(**MESSAGE)
        assert sim.answers == {(201, 0): 2, (401, 20003): 1}


async def test_our_client_says_that_its_secret_is_wrong(sim: Simulator) -> None:
    async with sim.client(client_id="OQ1", client_secret="wrong") as client:
        with pytest.raises(Unauthorized):
            await client.messages.create(**MESSAGE)


async def test_the_official_client_calls_with_a_bearer_token(
    sim: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TWILIO_ACCOUNT_SID", MAIN)
    monkeypatch.setenv("TWILIO_AUTH_TOKEN", "not used")

    def use() -> None:
        manager = ClientTokenManager("client_credentials", "OQ1", "secret")
        manager.client.oauth.base_url = sim.url
        manager.client.http_client = TwilioHttpClient(pool_connections=False)
        provider = ClientCredentialProvider("OQ1", "secret", manager)
        http = TwilioHttpClient(pool_connections=False)
        official = Client(account_sid=MAIN, credential_provider=provider, http_client=http)
        official.api.base_url = sim.url
        sent = official.messages.create(**MESSAGE)
        assert official.messages(sent.sid).fetch().account_sid == MAIN

    await asyncio.to_thread(use)
    assert sim.accepted == 1


async def test_a_parent_sends_for_its_subaccount_and_no_stranger_does(sim: Simulator) -> None:
    async with sim.client() as client, sim.client(account_sid=STRANGER) as stranger:
        sent = await client.for_account(SUB).messages.create(**MESSAGE)
        assert sent.account_sid == SUB
        with pytest.raises(NotFound):
            await stranger.for_account(SUB).messages.create(**MESSAGE)
    assert [message.account_sid for message in sim.messages] == [SUB]
    assert [message.sid for message in sim.inbox_of(SUB)] == [sent.sid]
    assert sim.inbox == ()


async def test_callbacks_and_webhooks_are_signed_by_their_account(sim: Simulator) -> None:
    async with Receiver() as receiver, sim.client(account_sid=STRANGER) as stranger:
        sim.world.webhooks.put("*", Webhook(url=f"{receiver.url}/inbox"))
        await stranger.messages.create(**MESSAGE, status_callback=f"{receiver.url}/status")
        await sim.reply(from_="+14155550100", body="Hello", account_sid=STRANGER)
        await sim.callbacks_done()
        validator = RequestValidator("token of stranger")
        assert len(receiver.received) == 4
        for got in receiver.received:
            assert got.form["AccountSid"] == STRANGER
            signature = got.headers["X-Twilio-Signature"]
            assert validator.validate(got.url, got.form, signature)
            assert not RequestValidator(sim.auth_token).validate(got.url, got.form, signature)


async def ask(sim: Simulator, host: str, path: str) -> tuple[int, str, str]:
    secret = b64encode(f"{sim.account_sid}:{sim.auth_token}".encode()).decode()
    headers = {"Authorization": f"Basic {secret}", "Host": host}
    async with ClientSession() as session, session.get(sim.url + path, headers=headers) as got:
        return got.status, got.headers["X-Api-Domain"], await got.text()


@pytest.mark.parametrize(
    ("host", "path", "status", "domain"),
    [
        ("api.twilio.com", f"/2010-04-01/Accounts/{MAIN}/Balance.json", 200, "api"),
        ("api.sydney.au1.twilio.com", f"/2010-04-01/Accounts/{MAIN}/Balance.json", 200, "api"),
        ("API.Twilio.com:8010", f"/2010-04-01/Accounts/{MAIN}/Balance.json", 200, "api"),
        ("messaging.twilio.com", f"/2010-04-01/Accounts/{MAIN}/Balance.json", 404, "messaging"),
        ("pricing.twilio.com", "/v1/Messaging/Countries", 200, "pricing"),
        ("api.twilio.com", "/v1/Messaging/Countries", 404, "api"),
        ("127.0.0.1", "/v1/Messaging/Countries", 200, "pricing"),
    ],
)
async def test_a_twilio_host_has_its_own_paths_only(
    sim: Simulator, host: str, path: str, status: int, domain: str
) -> None:
    assert (await ask(sim, host, path))[:2] == (status, f"{domain}.twilio.com")


async def test_links_are_at_the_host_that_was_asked(sim: Simulator) -> None:
    path = "/v1/Messaging/Countries?PageSize=1"
    told = (await ask(sim, "pricing.sydney.au1.twilio.com", path))[2]
    assert '"next_page_url":"http://pricing.sydney.au1.twilio.com/v1/' in told
