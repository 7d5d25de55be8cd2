"""The account's short codes: read, list, update. Twilio's reference: ShortCodes resource."""

from __future__ import annotations

from msgspec import UNSET, UnsetType

from ..codec.reading import pages, reads
from ..models.sender import ShortCode
from ..operation import Listing
from .base import Resource

_PATH = "/2010-04-01/Accounts/{AccountSid}/SMS/ShortCodes.json"

_short_code = reads(ShortCode)
_short_codes = pages(ShortCode, "short_codes")


class ShortCodes(Resource):
    """The account's short codes: ``client.short_codes``.

    Those of a messaging service are at ``client.services(sid).short_codes``.
    """

    _product = "api"
    _one, _prefixes = _PATH.replace(".json", "/{sid}.json"), ("SC",)

    async def fetch(self, short_code_sid: str) -> ShortCode:
        """Read one short code, or raise `NotFound`. Twilio's reference: Fetch a ShortCode."""
        return await self._read("FetchShortCode", self._at(short_code_sid), _short_code)

    def list(
        self,
        *,
        friendly_name: str | None = None,
        short_code: str | None = None,
        limit: int | None = None,
        page_size: int | None = None,
    ) -> Listing[ShortCode]:
        """List the account's short codes. Twilio's reference: List all ShortCodes.

        Args:
            friendly_name: only those with exactly this name.
            short_code: only those that match; ``*`` stands for any digit.
            limit: no more than so many.
            page_size: how many a request, 1 to 1,000.
        """
        filters = {"friendly_name": friendly_name, "short_code": short_code}
        return self._list("ListShortCode", _PATH, _short_codes, limit, page_size, filters)

    async def update(
        self,
        short_code_sid: str,
        *,
        friendly_name: str | UnsetType = UNSET,
        api_version: str | UnsetType = UNSET,
        sms_url: str | UnsetType = UNSET,
        sms_method: str | UnsetType = UNSET,
        sms_fallback_url: str | UnsetType = UNSET,
        sms_fallback_method: str | UnsetType = UNSET,
    ) -> ShortCode:
        """Change what is given, leave the rest. Twilio's reference: Update a ShortCode.

        Args:
            short_code_sid: ``SC...``.
            friendly_name: a name for people, up to 64 characters.
            api_version: the API that starts a TwiML session: ``2010-04-01``.
            sms_url: where Twilio sends messages that reach the code.
            sms_method: ``POST`` or ``GET``.
            sms_fallback_url: where Twilio turns when `sms_url` fails.
            sms_fallback_method: ``POST`` or ``GET``.

        Raises:
            NotFound: the account has none with this sid.
        """
        given = {
            "friendly_name": friendly_name,
            "api_version": api_version,
            "sms_url": sms_url,
            "sms_method": sms_method,
            "sms_fallback_url": sms_fallback_url,
            "sms_fallback_method": sms_fallback_method,
        }
        return await self._send(
            "UpdateShortCode", self._at(short_code_sid), _short_code, "repeatable", given
        )
