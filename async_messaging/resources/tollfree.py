"""Toll-free verification. Twilio's reference: TollfreeVerifications resource."""

from __future__ import annotations

from collections.abc import Sequence

from ..codec.reading import pages, reads
from ..errors import InvalidInput
from ..models.tollfree import TollfreeChanges, TollfreeDraft, TollfreeVerification
from ..operation import Listing
from .base import Resource, fields_of, update_of

_PATH = "/v1/Tollfree/Verifications"

_verification = reads(TollfreeVerification)
_verifications = pages(TollfreeVerification, "verifications")


class Tollfree(Resource):
    """Requests to verify toll-free numbers: ``client.tollfree``."""

    _one, _prefixes = f"{_PATH}/{{sid}}", ("HH",)

    @fields_of(TollfreeDraft)
    async def create(self, draft: TollfreeDraft) -> TollfreeVerification:
        """Ask Twilio to verify a toll-free number. Only verified ones may send.

        Takes the fields of `TollfreeDraft` as keywords. Twilio's reference: Create a
        TollfreeVerification.

        Raises:
            InvalidInput: a field is wrong; nothing was sent.
            OutcomeUnknown: the request may have been made; look for it with `list`.
        """
        return await self._send(
            "CreateTollfreeVerification", _PATH, _verification, "creates", draft
        )

    async def fetch(self, verification_sid: str) -> TollfreeVerification:
        """Read one request. Twilio's reference: Fetch a TollfreeVerification.

        Raises:
            NotFound: there is none with this sid.
        """
        return await self._read(
            "FetchTollfreeVerification", self._at(verification_sid), _verification
        )

    def list(
        self,
        *,
        tollfree_phone_number_sid: str | None = None,
        status: str | None = None,
        external_reference_id: str | None = None,
        include_sub_accounts: bool | None = None,
        trust_product_sid: Sequence[str] | None = None,
        limit: int | None = None,
        page_size: int | None = None,
    ) -> Listing[TollfreeVerification]:
        """List the account's requests. Twilio's reference: List all TollfreeVerifications.

        Args:
            tollfree_phone_number_sid: only those for this number, ``PN...``.
            status: only those in this state, ``TWILIO_APPROVED``.
            external_reference_id: only those with this id of yours.
            include_sub_accounts: those of sub-accounts too.
            trust_product_sid: only those of these trust products.
            limit: no more than so many.
            page_size: how many a request, 1 to 1,000.
        """
        products = None if trust_product_sid is None else _products(trust_product_sid)
        filters = {
            "tollfree_phone_number_sid": tollfree_phone_number_sid,
            "status": status,
            "external_reference_id": external_reference_id,
            "include_sub_accounts": include_sub_accounts,
            "trust_product_sid": products,
        }
        return self._list(
            "ListTollfreeVerification", _PATH, _verifications, limit, page_size, filters
        )

    @update_of(TollfreeChanges)
    async def update(self, verification_sid: str, changes: TollfreeChanges) -> TollfreeVerification:
        """Change a request that was rejected, as long as Twilio allows it: it is judged again.

        Takes the fields of `TollfreeChanges` as keywords. Twilio's reference: Update a
        TollfreeVerification.
        """
        where = self._at(verification_sid)
        return await self._send(
            "UpdateTollfreeVerification", where, _verification, "repeatable", changes
        )

    async def delete(self, verification_sid: str) -> None:
        """Take a request back. Twilio's reference: Delete a TollfreeVerification."""
        await self._delete("DeleteTollfreeVerification", self._at(verification_sid))


def _products(given: Sequence[str]) -> tuple[str, ...]:
    """One sid alone is a list of one."""
    products = (given,) if isinstance(given, str) else tuple(given)
    if not products:
        raise InvalidInput("must be a list of texts", field="trust_product_sid")
    return products
