from __future__ import annotations

from decimal import Decimal

from async_messaging.models import (
    CarrierPrices,
    MessagingCountry,
    MessagingCountrySummary,
    MessagingPrice,
)


def test_prices_hang_together() -> None:
    price = MessagingPrice(number_type="local", base_price=Decimal("0.0079"))
    country = MessagingCountry(
        iso_country="US", outbound_sms_prices=(CarrierPrices(carrier="AT&T", prices=(price,)),)
    )
    assert country.outbound_sms_prices is not None
    assert country.outbound_sms_prices[0].prices == (price,)
    assert hash(country) == hash(country)


def test_everything_may_be_missing() -> None:
    assert MessagingCountry() == MessagingCountry()
    assert CarrierPrices().prices is None
    assert repr(MessagingCountrySummary(iso_country="US")) == (
        "MessagingCountrySummary(iso_country='US')"
    )
