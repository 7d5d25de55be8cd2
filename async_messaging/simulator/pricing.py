"""Prices by country, and the account's balance.

Source: Twilio's reference, "Messaging Countries resource" (pricing, v1) and "Balance". Prices are strings there, though
the description calls them numbers; so they are here.
"""

from __future__ import annotations

from . import paging
from .answers import Answer, json_answer
from .countries import BY_ISO, COUNTRIES, Country
from .exchange import Exchange
from .world import MILLION

_PATH = "/v1/Messaging/Countries"


def show_list(exchange: Exchange) -> Answer:
    """GET Countries: all of them, by code."""
    window = paging.read_window(exchange.query)
    part, shown = paging.cut_sequence(COUNTRIES, window, lambda country: country.iso)
    url = exchange.origin + _PATH
    records = [_summary(exchange, country) for country in shown]
    return json_answer(paging.page_v1(url, exchange.query, window, part, {"countries": records}))


def _summary(exchange: Exchange, country: Country) -> dict[str, object]:
    return {
        "country": country.name,
        "iso_country": country.iso,
        "url": f"{exchange.origin}{_PATH}/{country.iso}",
    }


def fetch(exchange: Exchange) -> Answer:
    """GET Countries/{iso}: the prices of one."""
    country = exchange.found(BY_ISO.get(exchange.path["IsoCountry"].upper()))
    outbound = [
        {
            "carrier": carrier.name,
            "mcc": carrier.mcc,
            "mnc": carrier.mnc,
            "prices": [_price(kind, carrier.price) for kind in country.number_types],
        }
        for carrier in country.carriers
    ]
    return json_answer(
        {
            **_summary(exchange, country),
            "outbound_sms_prices": outbound,
            "inbound_sms_prices": [_price(kind, price) for kind, price in country.inbound],
            "price_unit": "USD",
        }
    )


def _price(kind: str, price: str) -> dict[str, str]:
    return {"base_price": price, "current_price": price, "number_type": kind}


def show_balance(exchange: Exchange) -> Answer:
    """GET Balance."""
    account = exchange.account
    amount = f"{account.balance / MILLION:.4f}"
    return json_answer({"account_sid": account.sid, "balance": amount, "currency": "USD"})
