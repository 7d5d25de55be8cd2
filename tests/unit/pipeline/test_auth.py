"""OAuth tokens: fetched once, renewed in time, and never mistaken for the call itself."""

from __future__ import annotations

import asyncio
from urllib.parse import parse_qs

import pytest

from async_messaging import MessagingClient, ScriptedTransport
from async_messaging.errors import (
    ConnectFailed,
    ConnectionLost,
    MessagingError,
    NotSent,
    SettingsError,
    Unauthorized,
)
from async_messaging.testing import FakeClock
from async_messaging.transport import Request, scripted
from async_messaging.transport.scripted import Item
from tests.unit.pipeline.calls import ACCOUNT, DRAFT, SID, TOKEN, client_on, created, problem

OTHER = "AC" + "b" * 32


class Twilio:
    """Gives tokens, and takes calls that bear the present one."""

    def __init__(self, expires_in: object = 3600) -> None:
        self.tokens = 0
        self.expires_in = expires_in
        self.revoked: set[str] = set()
        self.calls = 0

    def answer(self, request: Request) -> Item:
        if request.url == "https://oauth.twilio.com/v2/token":
            self.tokens += 1
            token = {"access_token": f"t{self.tokens}", "expires_in": self.expires_in}
            return scripted.json(200, token)
        bearer = request.headers["Authorization"]
        if bearer in self.revoked:
            return problem(401, 20003)
        self.calls += 1
        return created(self.calls)


def client_with(twilio: Twilio, clock: FakeClock) -> tuple[MessagingClient, ScriptedTransport]:
    transport = ScriptedTransport(twilio.answer)
    return oauth_client(transport, clock), transport


def oauth_client(transport: ScriptedTransport, clock: FakeClock) -> MessagingClient:
    return MessagingClient(
        account_sid=ACCOUNT,
        client_id="OQ123",
        client_secret="very secret",
        transport=transport,
        clock=clock,
    )


async def test_many_callers_wait_for_one_token(clock: FakeClock) -> None:
    twilio = Twilio()
    client, transport = client_with(twilio, clock)
    await asyncio.gather(*(client.messages.send(DRAFT) for _ in range(20)))
    assert (twilio.tokens, twilio.calls) == (1, 20)
    form = parse_qs(transport.requests[0].body.decode())
    assert form == {
        "client_id": ["OQ123"],
        "client_secret": ["very secret"],
        "grant_type": ["client_credentials"],
    }
    assert "Authorization" not in transport.requests[0].headers
    assert transport.requests[1].headers["Authorization"] == "Bearer t1"
    assert f"/Accounts/{ACCOUNT}/" in transport.requests[1].url


@pytest.mark.parametrize(("life", "still_good", "renewed"), [(3600, 3539, 3541), (10, 8.9, 9.1)])
async def test_a_token_is_renewed_before_it_ends(
    life: float, still_good: float, renewed: float, clock: FakeClock
) -> None:
    twilio = Twilio(life)
    client, _ = client_with(twilio, clock)
    await client.messages.fetch(SID)
    await clock.sleep(still_good)
    await client.messages.fetch(SID)
    assert twilio.tokens == 1
    await clock.sleep(renewed - still_good)
    await client.messages.fetch(SID)
    assert twilio.tokens == 2


async def test_a_refused_token_is_replaced_once(clock: FakeClock) -> None:
    twilio = Twilio()
    client, _ = client_with(twilio, clock)
    await client.messages.fetch(SID)
    twilio.revoked = {"Bearer t1"}
    await client.messages.send(DRAFT)
    assert twilio.tokens == 2
    twilio.revoked = {f"Bearer t{n}" for n in range(99)}
    with pytest.raises(Unauthorized):
        await client.messages.send(DRAFT)
    assert twilio.tokens == 3


async def test_a_token_that_does_not_come_means_not_sent_and_is_asked_for_again(
    clock: FakeClock,
) -> None:
    script: list[Item] = [
        ConnectionLost("lost"),
        problem(503, 20503),
        scripted.json(200, {"access_token": "t"}),
        created(),
    ]
    transport = ScriptedTransport(script)
    client = oauth_client(transport, clock)
    assert (await client.messages.send(DRAFT)).sid
    transport = ScriptedTransport(lambda _: ConnectionLost("lost"))
    with pytest.raises(ConnectFailed) as caught:
        await oauth_client(transport, clock).messages.send(DRAFT)
    assert caught.value.outcome == "not_sent"
    assert all(request.url.endswith("/v2/token") for request in transport.requests)


@pytest.mark.parametrize(
    "answer", [b"", b"[]", b'{"access_token": 5}', b'{"access_token": "a\\nb"}']
)
async def test_a_token_that_makes_no_sense_is_not_used(answer: bytes, clock: FakeClock) -> None:
    from async_messaging.transport import Response

    client = oauth_client(ScriptedTransport(lambda _: Response(200, {}, answer)), clock)
    with pytest.raises(NotSent):
        await client.messages.send(DRAFT)


async def test_refused_client_credentials_stop_everything(clock: FakeClock) -> None:
    client = oauth_client(ScriptedTransport([problem(401, 20003)] * 2), clock)
    with pytest.raises(Unauthorized) as caught:
        await client.messages.send(DRAFT)
    assert caught.value.stops
    assert "very secret" not in repr(caught.value)


async def test_a_cancelled_caller_does_not_leave_the_others_without_a_token(
    clock: FakeClock,
) -> None:
    twilio = Twilio()
    client, _ = client_with(twilio, clock)
    first, second = (asyncio.create_task(client.messages.fetch(SID)) for _ in range(2))
    await asyncio.sleep(0)
    first.cancel()
    await asyncio.gather(first, return_exceptions=True)
    assert (await second).sid


async def test_another_account_has_its_own_credentials_and_lanes(clock: FakeClock) -> None:
    transport = ScriptedTransport(lambda _: created())
    client = client_on(transport, clock)
    other = client.for_account(OTHER, auth_token="other token")
    await other.messages.send(DRAFT)
    await client.messages.send(DRAFT)
    first, second = transport.requests
    assert f"/Accounts/{OTHER}/" in first.url
    assert f"/Accounts/{ACCOUNT}/" in second.url
    assert first.headers["Authorization"] != second.headers["Authorization"]
    assert (other.stats().requests, client.stats().requests) == (2, 2)
    again = client.for_account(OTHER, auth_token="other token")
    assert again.stats().requests == 2


async def test_a_parents_credentials_never_act_on_the_parent_instead(clock: FakeClock) -> None:
    transport = ScriptedTransport(lambda _: created())
    client = client_on(transport, clock)
    child = client.for_account(OTHER)
    await child.messages.send(DRAFT)
    assert f"/Accounts/{OTHER}/" in transport.requests[0].url
    with pytest.raises(SettingsError, match="for_account"):
        await child.pricing.messaging.fetch("US")
    assert len(transport.requests) == 1
    assert client.stats().in_flight == 0


async def test_closing_the_client_closes_its_accounts(clock: FakeClock) -> None:
    client = client_on(ScriptedTransport(lambda _: created()), clock)
    other = client.for_account(OTHER, auth_token=TOKEN)
    await client.close()
    with pytest.raises(MessagingError):
        await other.messages.send(DRAFT)


def test_a_sid_that_is_none_is_refused(clock: FakeClock) -> None:
    client = client_on(ScriptedTransport([]), clock)
    for sid in ("", "SK" + "1" * 32, "../x"):
        with pytest.raises(SettingsError):
            client.for_account(sid)
