from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from async_messaging import InvalidInput, MessagingClient, OutcomeUnknown, UnexpectedAnswer
from async_messaging.testing import FakeClock
from async_messaging.transport import Response, scripted
from tests.contract.path_tricks import PATH_TRICKS
from tests.unit.resources.wire import client_over, wire

BRANDS = "https://messaging.twilio.com/v1/a2p/BrandRegistrations"
BN, BU, VT = (prefix + "1" * 32 for prefix in ("BN", "BU", "VT"))

Call = Callable[[MessagingClient], Awaitable[Any]]

# What costs money, and how it goes out.
CREATIONS: list[tuple[Call, str, str]] = [
    (
        lambda c: c.a2p.brands.create(customer_profile_bundle_sid=BU, a2p_profile_bundle_sid=BU),
        BRANDS,
        f"CustomerProfileBundleSid={BU}&A2PProfileBundleSid={BU}",
    ),
    (lambda c: c.a2p.brands.update(BN), f"{BRANDS}/{BN}", ""),
    (lambda c: c.a2p.brands.send_otp(BN), f"{BRANDS}/{BN}/SmsOtp", ""),
    (
        lambda c: c.a2p.brands(BN).vettings.create(vetting_provider="aegis"),
        f"{BRANDS}/{BN}/Vettings",
        "VettingProvider=aegis",
    ),
]


@pytest.mark.parametrize("status", [200, 201, 202])
@pytest.mark.parametrize(("call", "url", "body"), CREATIONS)
async def test_a_creation_goes_out_once_whatever_good_status_it_has(
    call: Call, url: str, body: str, status: int, clock: FakeClock
) -> None:
    client, transport = client_over([scripted.json(status, {"sid": BN})], clock)
    await call(client)
    assert [wire(request) for request in transport.requests] == [("POST", url, body)]


@pytest.mark.parametrize(("call", "url", "body"), CREATIONS)
async def test_what_may_cost_a_fee_is_not_repeated(
    call: Call, url: str, body: str, clock: FakeClock
) -> None:
    client, transport = client_over([Response(500, {}, b"")], clock)
    with pytest.raises(OutcomeUnknown):
        await call(client)
    assert len(transport.requests) == 1


# Every place that an id goes into, and how the error calls it.
PLACES: dict[str, tuple[Callable[[MessagingClient, Any], Any], str]] = {
    "brands.fetch": (lambda c, value: c.a2p.brands.fetch(value), "sid"),
    "brands.update": (lambda c, value: c.a2p.brands.update(value), "sid"),
    "brands.send_otp": (lambda c, value: c.a2p.brands.send_otp(value), "sid"),
    "brands": (lambda c, value: c.a2p.brands(value), "sid"),
    "vettings.fetch": (lambda c, value: c.a2p.brands(BN).vettings.fetch(value), "sid"),
    "brands.create customer": (
        lambda c, value: c.a2p.brands.create(
            customer_profile_bundle_sid=value, a2p_profile_bundle_sid=BU
        ),
        "customer_profile_bundle_sid",
    ),
    "brands.create a2p": (
        lambda c, value: c.a2p.brands.create(
            customer_profile_bundle_sid=BU, a2p_profile_bundle_sid=value
        ),
        "a2p_profile_bundle_sid",
    ),
}


@pytest.mark.parametrize("place", PLACES)
async def test_nothing_but_the_right_sid_reaches_the_wire(place: str, clock: FakeClock) -> None:
    client, transport = client_over([], clock)
    call, field = PLACES[place]
    for value in [*PATH_TRICKS, None, 7, "AC" + "1" * 32, BN[:-1], VT + "0", BU + "/x", BU.lower()]:
        with pytest.raises(InvalidInput) as caught:
            made = call(client, value)
            if inspect.isawaitable(made):
                await made
        assert caught.value.field == field, ascii(value)
    assert transport.requests == []


@pytest.mark.parametrize(
    ("call", "field"),
    [
        (lambda c: c.a2p.brands(BN).vettings.create(vetting_provider=None), "vetting_provider"),
        (lambda c: c.a2p.brands(BN).vettings.list(limit=-1), "limit"),
    ],
)
async def test_what_is_wrong_never_reaches_the_wire(
    call: Call, field: str, clock: FakeClock
) -> None:
    client, transport = client_over([], clock)
    with pytest.raises(InvalidInput) as caught:
        await call(client)
    assert caught.value.field == field
    assert transport.requests == []


async def test_a_brand_without_its_sid_is_no_brand(clock: FakeClock) -> None:
    client, _ = client_over([scripted.json(201, {"sid": None, "status": "PENDING"})], clock)
    with pytest.raises(UnexpectedAnswer):
        await client.a2p.brands.create(customer_profile_bundle_sid=BU, a2p_profile_bundle_sid=BU)


async def test_errors_of_a_brand_come_as_twilio_gives_them(clock: FakeClock) -> None:
    why = {"code": 30795, "fields": ["ein"], "description": "no such number"}
    brand = {"sid": BN, "status": "FAILED", "errors": [why], "brand_score": "42", "links": {}}
    client, _ = client_over([scripted.json(200, brand)], clock)
    found = await client.a2p.brands.fetch(BN)
    assert (found.status, found.brand_score) == ("FAILED", 42)
    assert found.errors is not None
    assert found.errors[0]["code"] == 30795
    assert repr(found) == f"A2PBrand(sid='{BN}', status='FAILED', errors=<1 items>, brand_score=42)"
    assert hash(found) == hash(BN)


async def test_vettings_are_listed_without_a_page_size(clock: FakeClock) -> None:
    items = [{"brand_vetting_sid": VT}, {"brand_vetting_sid": VT}]
    client, transport = client_over([scripted.json(200, {"data": items})] * 2, clock)
    vettings = client.a2p.brands(BN).vettings
    assert len(await vettings.list(limit=1)) == 1
    assert len(await vettings.list(vetting_provider="aegis")) == 2
    base = f"{BRANDS}/{BN}/Vettings"
    urls = [request.url for request in transport.requests]
    assert urls == [base, f"{base}?VettingProvider=aegis"]


async def test_brands_are_listed_page_by_page(clock: FakeClock) -> None:
    following = f"{BRANDS}?PageSize=50&Page=1&PageToken=PABN%2F1"
    meta = {"key": "data", "next_page_url": following}
    script = [
        scripted.json(200, {"data": [{"sid": BN}], "meta": meta}),
        scripted.json(200, {"data": [], "meta": {"key": "data", "next_page_url": None}}),
    ]
    client, transport = client_over(script, clock)
    assert [brand.sid async for brand in client.a2p.brands.list()] == [BN]
    urls = [request.url for request in transport.requests]
    assert urls == [f"{BRANDS}?PageSize=50", following]


async def test_one_vetting(clock: FakeClock) -> None:
    answer = {"brand_vetting_sid": VT, "vetting_status": "IN_REVIEW", "vetting_id": "secret"}
    client, transport = client_over([scripted.json(200, answer)], clock)
    vetting = await client.a2p.brands(BN).vettings.fetch(VT)
    assert wire(transport.requests[0]) == ("GET", f"{BRANDS}/{BN}/Vettings/{VT}", "")
    assert "IN_REVIEW" in repr(vetting)
    assert "secret" not in repr(vetting)
