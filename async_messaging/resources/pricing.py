"""What messages cost, and the account's balance. Twilio's reference: Messaging Countries, Balance."""

from __future__ import annotations

import re

from ..codec.form import path
from ..codec.reading import pages, reads
from ..errors import InvalidInput
from ..models.message import Balance
from ..models.pricing import MessagingCountry, MessagingCountrySummary
from ..operation import PAGE_CAP, Listing
from .base import Resource

_PATH = "/v1/Messaging/Countries"
_BALANCE = "/2010-04-01/Accounts/{AccountSid}/Balance.json"
_COUNTRY = re.compile(r"[A-Za-z]{2}")

_balance = reads(Balance)
_country = reads(MessagingCountry)
_countries = pages(MessagingCountrySummary, "countries")


class MessagingPricing(Resource):
    """``client.pricing.messaging``."""

    _product = "pricing"

    async def fetch(self, iso_country: str) -> MessagingCountry:
        """Read one country's prices. Twilio's reference: Fetch a Messaging Country.

        Args:
            iso_country: the country's two letters, ``US``.

        Raises:
            InvalidInput: not two letters.
            NotFound: Twilio has no prices for it.
        """
        if not _COUNTRY.fullmatch(iso_country):
            raise InvalidInput("must be a country's two letters", field="iso_country")
        where = path(f"{_PATH}/{{code}}", code=iso_country.upper())
        call = self._reading("FetchMessagingCountry", where, _country, cap=PAGE_CAP)
        return (await self._run(call)).value

    def list(
        self, *, limit: int | None = None, page_size: int | None = None
    ) -> Listing[MessagingCountrySummary]:
        """List the countries that have prices. Twilio's reference: List Messaging Countries."""
        return self._list("ListMessagingCountry", _PATH, _countries, limit, page_size)


class Pricing(Resource):
    """``client.pricing``."""

    @property
    def messaging(self) -> MessagingPricing:
        """Prices of messages."""
        return MessagingPricing(self._run)


class AccountBalance(Resource):
    """``client.balance``."""

    _product = "api"

    async def fetch(self) -> Balance:
        """Read the account's balance. Twilio's reference: Fetch a Balance resource."""
        return await self._read("FetchBalance", _BALANCE, _balance)
