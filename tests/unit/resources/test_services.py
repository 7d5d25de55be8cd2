from __future__ import annotations

import inspect
from typing import Any

import pytest
from msgspec import UNSET

from async_messaging import InvalidInput, NotFound, ServerFailed
from async_messaging.models import Service, ServiceDraft, UseCase
from async_messaging.testing import FakeClock
from async_messaging.transport import Response, scripted
from tests.unit.resources.wire import client_over, wire

SID = "MG" + "1" * 32
SERVICES = "https://messaging.twilio.com/v1/Services"
ONE = {"sid": SID, "friendly_name": "Shop", "validity_period": "3600", "sticky_sender": True}


async def test_create(clock: FakeClock) -> None:
    client, transport = client_over([scripted.json(201, ONE)], clock)
    service = await client.services.create(friendly_name="Shop & Co", sticky_sender=True)
    assert (service.sid, service.validity_period, service.sticky_sender) == (SID, 3600, True)
    assert wire(transport.requests[0]) == (
        "POST",
        SERVICES,
        "StickySender=true&FriendlyName=Shop+%26+Co",
    )


async def test_a_service_is_created_at_most_once(clock: FakeClock) -> None:
    client, transport = client_over([Response(503, {}, b"")], clock)
    with pytest.raises(ServerFailed):
        await client.services.create(friendly_name="Shop")
    assert len(transport.requests) == 1


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"friendly_name": None}, "friendly_name"),
        ({"friendly_name": 7}, "friendly_name"),
        ({"friendly_name": "x", "sticky_sender": "true"}, "sticky_sender"),
        ({"friendly_name": "x", "validity_period": True}, "validity_period"),
        ({"friendly_name": "x", "inbound_request_url": None}, "inbound_request_url"),
    ],
)
async def test_a_wrong_field_is_not_sent(
    fields: dict[str, Any], field: str, clock: FakeClock
) -> None:
    client, transport = client_over([], clock)
    with pytest.raises(InvalidInput) as caught:
        await client.services.create(**fields)
    assert caught.value.field == field
    if "friendly_name" in fields:
        with pytest.raises(InvalidInput):
            await client.services.update(SID, **fields)
    assert transport.requests == []


async def test_a_service_needs_a_name(clock: FakeClock) -> None:
    client, _ = client_over([], clock)
    create: Any = client.services.create
    with pytest.raises(TypeError, match="friendly_name"):
        await create()


@pytest.mark.parametrize(
    ("fields", "body"),
    [
        ({}, ""),
        ({"friendly_name": UNSET}, ""),
        ({"inbound_request_url": ""}, "InboundRequestUrl="),
        ({"mms_converter": False, "friendly_name": "S"}, "MmsConverter=false&FriendlyName=S"),
    ],
)
async def test_an_update_sends_what_is_given(
    fields: dict[str, Any], body: str, clock: FakeClock
) -> None:
    client, transport = client_over([scripted.json(200, ONE)], clock)
    assert (await client.services.update(SID, **fields)).friendly_name == "Shop"
    assert wire(transport.requests[0]) == ("POST", f"{SERVICES}/{SID}", body)


async def test_an_update_may_be_repeated(clock: FakeClock) -> None:
    client, transport = client_over([Response(503, {}, b""), scripted.json(200, ONE)], clock)
    await client.services.update(SID, usecase="marketing")
    assert [request.body for request in transport.requests] == [b"Usecase=marketing"] * 2


async def test_fetch_and_delete(clock: FakeClock) -> None:
    gone = scripted.json(404, {"code": 20404, "message": "gone", "status": 404})
    client, transport = client_over([scripted.json(200, ONE), Response(204, {}, b""), gone], clock)
    assert (await client.services.fetch(SID)).sid == SID
    await client.services.delete(SID)
    with pytest.raises(NotFound):
        await client.services.fetch(SID)
    assert [wire(request)[:2] for request in transport.requests] == [
        ("GET", f"{SERVICES}/{SID}"),
        ("DELETE", f"{SERVICES}/{SID}"),
        ("GET", f"{SERVICES}/{SID}"),
    ]


async def test_list_goes_from_page_to_page_on_our_host(clock: FakeClock) -> None:
    following = "https://messaging.elsewhere.example/v1/Services?PageToken=a%2Fb"
    first = {"services": [ONE], "meta": {"key": "services", "next_page_url": following}}
    last = {"services": [ONE], "meta": {"key": "services", "next_page_url": None}}
    client, transport = client_over([scripted.json(200, first), scripted.json(200, last)], clock)
    assert [one.sid for one in await client.services.list(page_size=1)] == [SID, SID]
    assert [request.url for request in transport.requests] == [
        f"{SERVICES}?PageSize=1",
        f"{SERVICES}?PageToken=a%2Fb",
    ]


USE_CASE = {"usecase": "marketing", "description": "Offers", "purpose": "Market my services."}


@pytest.mark.parametrize(
    ("answer", "found"),
    [
        ({"usecases": [USE_CASE]}, (UseCase(**USE_CASE),)),
        ({"usecases": []}, ()),
        ({"usecases": None}, ()),
        ({}, ()),
    ],
)
async def test_use_cases(answer: object, found: tuple[UseCase, ...], clock: FakeClock) -> None:
    client, transport = client_over([scripted.json(200, answer)], clock)
    raw = await client.with_raw_response(client.services.use_cases())
    assert raw.value == found
    assert wire(transport.requests[0]) == ("GET", f"{SERVICES}/Usecases", "")


async def test_the_sid_alone_is_enough_for_a_service(clock: FakeClock) -> None:
    client, _ = client_over([scripted.json(200, {"sid": SID, "links": None})], clock)
    assert await client.services.fetch(SID) == Service(sid=SID)


def test_help_shows_every_keyword(clock: FakeClock) -> None:
    client, _ = client_over([], clock)
    create = inspect.signature(client.services.create).parameters
    update = inspect.signature(client.services.update).parameters
    assert set(create) == set(ServiceDraft.__struct_fields__)
    assert create["friendly_name"].default is inspect.Parameter.empty
    assert set(update) == {"service_sid", *create}
    assert update["friendly_name"].default is UNSET
    assert update["service_sid"].kind is inspect.Parameter.POSITIONAL_ONLY
