from __future__ import annotations

import json
from typing import Any

import pytest

from async_messaging import InvalidInput, ServerFailed
from async_messaging.models import SenderConfiguration, SenderProfile, SenderWebhook, SenderWebsite
from async_messaging.testing import FakeClock
from async_messaging.transport import Response, scripted
from tests.contract.path_tricks import PATH_TRICKS
from tests.unit.resources.wire import client_over, wire

XE = "XE" + "5" * 32
URL = "https://messaging.twilio.com/v2/Channels/Senders"
SENDER = {"sid": XE, "status": "CREATING", "sender_id": "whatsapp:+15017122661"}


async def test_create_sends_only_what_is_given(clock: FakeClock) -> None:
    client, transport = client_over([scripted.json(202, SENDER)], clock)
    profile = SenderProfile(name="Boots", websites=(SenderWebsite(website="https://a.example"),))
    sender = await client.channel_senders.create(sender_id="whatsapp:+15017122661", profile=profile)
    assert (sender.sid, sender.status, sender.profile) == (XE, "CREATING", None)
    (request,) = transport.requests
    assert (request.method, request.url) == ("POST", URL)
    assert request.headers["Content-Type"] == "application/json"
    assert json.loads(request.body) == {
        "sender_id": "whatsapp:+15017122661",
        "profile": {"name": "Boots", "websites": [{"website": "https://a.example"}]},
    }


async def test_update_keeps_an_empty_text(clock: FakeClock) -> None:
    client, transport = client_over([scripted.json(202, SENDER)], clock)
    await client.channel_senders.update(XE, configuration=SenderConfiguration(account_type=""))
    body = '{"configuration":{"account_type":""}}'
    assert wire(transport.requests[0]) == ("POST", f"{URL}/{XE}", body)


async def test_fetch_and_delete(clock: FakeClock) -> None:
    client, transport = client_over([scripted.json(200, SENDER), Response(204, {}, b"")], clock)
    assert (await client.channel_senders.fetch(XE)).sender_id == "whatsapp:+15017122661"
    await client.channel_senders.delete(XE)
    where = f"{URL}/{XE}"
    assert [wire(one) for one in transport.requests] == [("GET", where, ""), ("DELETE", where, "")]


@pytest.mark.parametrize(
    ("filters", "query"),
    [({}, "PageSize=50"), ({"channel": "rcs", "limit": 3}, "Channel=rcs&PageSize=3")],
)
async def test_list(filters: dict[str, Any], query: str, clock: FakeClock) -> None:
    answer = scripted.json(200, {"senders": [SENDER], "meta": {"key": "senders"}})
    client, transport = client_over([answer], clock)
    assert [one.sid for one in await client.channel_senders.list(**filters)] == [XE]
    assert transport.requests[0].url == f"{URL}?{query}"


async def test_a_sender_is_registered_once_and_changed_until_it_works(clock: FakeClock) -> None:
    failed = Response(503, {}, b"")
    client, transport = client_over([failed, failed, scripted.json(202, SENDER)], clock)
    with pytest.raises(ServerFailed):
        await client.channel_senders.create(sender_id="whatsapp:+15017122661")
    assert len(transport.requests) == 1
    await client.channel_senders.update(XE, webhook=SenderWebhook(callback_method="POST"))
    assert len(transport.requests) == 3


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({}, "configuration"),
        ({"profile": None}, "profile"),
        ({"webhook": "https://example.com"}, "webhook"),
        ({"profile": SenderProfile(name="\ud800")}, "profile"),
    ],
)
async def test_what_is_wrong_never_reaches_the_wire(
    given: dict[str, Any], field: str, clock: FakeClock
) -> None:
    client, transport = client_over([], clock)
    with pytest.raises(InvalidInput) as caught:
        await client.channel_senders.update(XE, **given)
    assert caught.value.field == field
    assert transport.requests == []


@pytest.mark.parametrize("wrong", [*PATH_TRICKS, XE[:-1], "HX" + "5" * 32, None])
async def test_a_wrong_sid_never_reaches_the_wire(wrong: Any, clock: FakeClock) -> None:
    client, transport = client_over([], clock)
    senders = client.channel_senders
    for call in (
        senders.fetch(wrong),
        senders.update(wrong, profile=SenderProfile(name="Boots")),
        senders.delete(wrong),
    ):
        with pytest.raises(InvalidInput):
            await call
    assert transport.requests == []
