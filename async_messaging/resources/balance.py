"""The account's balance. Twilio's reference: Balance resource."""

from __future__ import annotations

from ..codec.reading import reads
from ..models.message import Balance
from .base import Resource

__all__ = ["AccountBalance"]

_PATH = "/2010-04-01/Accounts/{AccountSid}/Balance.json"
_balance = reads(Balance)


class AccountBalance(Resource):
    """``client.balance``."""

    _product = "api"

    async def fetch(self) -> Balance:
        """Read the account's balance. Twilio's reference: Fetch a Balance resource."""
        return await self._read("FetchBalance", _PATH, _balance)
