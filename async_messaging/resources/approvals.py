"""A template's approval by WhatsApp. Twilio's reference: ApprovalRequest resource."""

from __future__ import annotations

from msgspec import UNSET, UnsetType

from ..codec.form import path
from ..codec.reading import reads
from ..models.checks import Typed
from ..models.content import ApprovalRequest, ContentApprovals
from ..operation import Run
from .base import Resource

_PATH = "/v1/Content/{sid}/ApprovalRequests"

_request = reads(ApprovalRequest)
_state = reads(ContentApprovals)


class _Body(Typed, frozen=True, kw_only=True):
    name: str
    category: str
    send_ttl_seconds: int | UnsetType = UNSET
    bid_amount: int | UnsetType = UNSET


class ApprovalsOf(Resource):
    """One template's approval: ``client.content(sid).approvals``."""

    _product = "content"

    def __init__(self, run: Run, content_sid: str) -> None:
        super().__init__(run)
        self._content_sid = content_sid

    async def fetch(self) -> ContentApprovals:
        """Read how far the approval is. Twilio's reference: Fetch an approval status request.

        Raises:
            NotFound: there is no such template.
        """
        return await self._read("FetchApprovalFetch", path(_PATH, sid=self._content_sid), _state)

    async def create(
        self,
        *,
        name: str,
        category: str,
        send_ttl_seconds: int | UnsetType = UNSET,
        bid_amount: int | UnsetType = UNSET,
    ) -> ApprovalRequest:
        """Hand the template to WhatsApp. Twilio's reference: Submit a template for approval.

        Args:
            name: its name at WhatsApp: small letters, digits and underscores.
            category: ``UTILITY``, ``MARKETING`` or ``AUTHENTICATION``.
            send_ttl_seconds: how long WhatsApp tries to deliver a message with it.
            bid_amount: the most that 1,000 deliveries may cost, in the smallest unit of the
                currency; only for marketing templates with such a maximum.

        Raises:
            InvalidInput: a field has the wrong type; nothing was sent.
            OutcomeUnknown: it may have been handed over; `fetch` tells.
        """
        body = _Body(
            name=name, category=category, send_ttl_seconds=send_ttl_seconds, bid_amount=bid_amount
        )
        where = path(f"{_PATH}/whatsapp", sid=self._content_sid)
        return await self._send("CreateApprovalCreate", where, _request, "creates", body)
