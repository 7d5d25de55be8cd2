from __future__ import annotations

from decimal import Decimal

from async_messaging.simulator.countries import COUNTRIES
from tests.unit.simulator.visitor import Visitor, code_of, read


def test_countries_page_by_absolute_links(visitor: Visitor) -> None:
    page = read(visitor.get("/v1/Messaging/Countries?PageSize=5"))
    codes = [country["iso_country"] for country in page["countries"]]
    while page["meta"]["next_page_url"]:
        page = read(visitor.get(page["meta"]["next_page_url"].removeprefix("http://127.0.0.1:1")))
        codes += [country["iso_country"] for country in page["countries"]]
    assert codes == sorted(country.iso for country in COUNTRIES)
    assert len(codes) >= 12


def test_prices_of_a_country(visitor: Visitor) -> None:
    prices = read(visitor.get("/v1/Messaging/Countries/us"))
    assert (prices["country"], prices["iso_country"]) == ("United States", "US")
    carrier = prices["outbound_sms_prices"][0]
    assert carrier["mcc"].isdigit()
    assert Decimal(carrier["prices"][0]["current_price"]) > 0
    assert "toll free" in [price["number_type"] for price in prices["inbound_sms_prices"]]


def test_an_unknown_country(visitor: Visitor) -> None:
    assert code_of(visitor.get("/v1/Messaging/Countries/XX")) == 20404


def test_balance(visitor: Visitor) -> None:
    assert read(visitor.get("Balance.json")) == {
        "account_sid": visitor.world.account_sid,
        "balance": "10000.0000",
        "currency": "USD",
    }
