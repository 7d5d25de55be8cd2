from __future__ import annotations

from decimal import Decimal

import pytest

from async_messaging import InvalidInput
from async_messaging.testing import FakeClock
from async_messaging.transport import Response, scripted
from tests.unit.resources.wire import client_over, wire

URL = "https://pricing.twilio.com/v1/Messaging/Countries"


@pytest.mark.parametrize("code", ["US", "us", "uS"])
async def test_a_countrys_prices(code: str, clock: FakeClock) -> None:
    prices = [{"prices": [{"base_price": "0.0079", "number_type": "local"}]}]
    answer = scripted.json(200, {"iso_country": "US", "outbound_sms_prices": prices})
    client, transport = client_over([answer], clock)
    country = await client.pricing.messaging.fetch(code)
    assert country.outbound_sms_prices is not None
    (price,) = country.outbound_sms_prices[0].prices or ()
    assert price.base_price == Decimal("0.0079")
    assert wire(transport.requests[0]) == ("GET", f"{URL}/US", "")


@pytest.mark.parametrize("code", ["", "U", "USA", "U1", "ß", "ﬁ", "\u0131T", "U\n", "..", "%5"])
async def test_what_is_no_country_is_refused(code: str, clock: FakeClock) -> None:
    client, transport = client_over([], clock)
    with pytest.raises(InvalidInput) as caught:
        await client.pricing.messaging.fetch(code)
    assert caught.value.field == "iso_country"
    assert transport.requests == []


async def test_the_list_of_countries_follows_its_own_links(clock: FakeClock) -> None:
    def countries(code: str, following: str | None) -> Response:
        meta = {"key": "countries", "next_page_url": following}
        return scripted.json(200, {"countries": [{"iso_country": code}], "meta": meta})

    following = f"{URL}?PageSize=50&Page=1&PageToken=DNUS%2F1"
    client, transport = client_over([countries("US", following), countries("DE", None)], clock)
    found = [country.iso_country async for country in client.pricing.messaging.list()]
    assert found == ["US", "DE"]
    assert [request.url for request in transport.requests] == [f"{URL}?PageSize=50", following]


async def test_links_without_an_edge_keep_to_the_edge(clock: FakeClock) -> None:
    meta = {"next_page_url": f"{URL}?Page=1"}
    script = [
        scripted.json(200, {"countries": [], "meta": meta}),
        scripted.json(200, {"countries": []}),
    ]
    client, transport = client_over(script, clock, edge="dublin", region="ie1")
    assert await client.pricing.messaging.list() == []
    host = "https://pricing.dublin.ie1.twilio.com"
    assert all(request.url.startswith(f"{host}/v1/") for request in transport.requests)
