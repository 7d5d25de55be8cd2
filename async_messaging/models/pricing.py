"""What messages cost, country by country. Twilio's reference: Pricing Messaging Countries."""

from __future__ import annotations

from decimal import Decimal

from .shown import Shown


class MessagingPrice(Shown, frozen=True, kw_only=True, gc=False):
    """The price of one segment to or from one type of number.

    Attributes:
        number_type: ``local``, ``mobile``, ``national``, ``shortcode``, ``toll free``: an open set.
        base_price: the list price.
        current_price: this account's price.
    """

    number_type: str | None = None
    base_price: Decimal | None = None
    current_price: Decimal | None = None


class CarrierPrices(Shown, frozen=True, kw_only=True, gc=False):
    """One carrier's prices for outbound messages."""

    carrier: str | None = None
    mcc: str | None = None
    mnc: str | None = None
    prices: tuple[MessagingPrice, ...] | None = None


class MessagingCountrySummary(Shown, frozen=True, kw_only=True, gc=False):
    """A country for which there are prices."""

    iso_country: str | None = None
    country: str | None = None
    url: str | None = None


class MessagingCountry(MessagingCountrySummary, frozen=True, kw_only=True, gc=False):
    """A country's prices, in `price_unit` a segment."""

    price_unit: str | None = None
    outbound_sms_prices: tuple[CarrierPrices, ...] | None = None
    inbound_sms_prices: tuple[MessagingPrice, ...] | None = None
