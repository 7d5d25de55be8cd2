"""Content templates and their approval. Twilio's reference: Content resource, ContentAndApprovals."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

from msgspec import UNSET, UnsetType

from ..codec.body import JSON, json_body
from ..codec.dates import to_iso
from ..codec.form import encode_pairs, path
from ..codec.reading import nothing, pages, reads
from ..errors import InvalidInput
from ..models.content import (
    ApprovalRequest,
    Content,
    ContentAndApprovals,
    ContentApprovals,
    LegacyContent,
    wire_types,
)
from ..models.content_types import ContentType
from ..models.shown import Json
from ..models.typed import Typed
from ..operation import PAGE_CAP, Call, Listing, Run
from .base import Resource, listing_query, page_size_of, sid

__all__ = ["ApprovalsOf", "ContentContext", "ContentTemplates"]

_PATH = "/v1/Content"
_ONE = "/v1/Content/{sid}"
_APPROVALS = "/v1/Content/{sid}/ApprovalRequests"

_content = reads(Content)
_approval = reads(ApprovalRequest)
_approvals = reads(ContentApprovals)
_contents = pages(Content, "contents")
_with_approvals = pages(ContentAndApprovals, "contents")
_legacy = pages(LegacyContent, "contents")


class _Body(Typed, frozen=True, kw_only=True):
    friendly_name: str | UnsetType = UNSET
    variables: Mapping[str, str] | UnsetType = UNSET
    language: str | UnsetType = UNSET
    types: Mapping[str, Json]


class _ApprovalBody(Typed, frozen=True, kw_only=True):
    name: str
    category: str


class ApprovalsOf(Resource):
    """One template's approval: ``client.content(sid).approvals``."""

    __slots__ = ("_content_sid",)

    def __init__(self, run: Run, content_sid: str) -> None:
        super().__init__(run)
        self._content_sid = content_sid

    async def fetch(self) -> ContentApprovals:
        """Read how far the template's approval is. Twilio's reference: Fetch an Approval Status Request.

        Raises:
            NotFound: there is no such template.
        """
        where = path(_APPROVALS, sid=self._content_sid)
        return (
            await self._run(Call("FetchApprovalFetch", "GET", "content", where, _approvals))
        ).value

    async def create(self, *, name: str, category: str) -> ApprovalRequest:
        """Hand the template to WhatsApp for approval. Twilio's reference: Submit Template for Approval.

        Args:
            name: its name at WhatsApp: lower-case letters, digits and underscores.
            category: ``UTILITY``, ``MARKETING`` or ``AUTHENTICATION``.
        """
        call = Call(
            "CreateApprovalCreate",
            "POST",
            "content",
            path(f"{_APPROVALS}/whatsapp", sid=self._content_sid),
            _approval,
            "creates",
            body=json_body(_ApprovalBody(name=name, category=category)),
            content_type=JSON,
        )
        return (await self._run(call)).value


class ContentContext(Resource):
    """What hangs on one template: ``client.content(sid)``."""

    __slots__ = ("sid",)

    def __init__(self, run: Run, content_sid: str) -> None:
        super().__init__(run)
        self.sid = sid(content_sid, "HX")

    @property
    def approvals(self) -> ApprovalsOf:
        """The template's approval by WhatsApp."""
        return ApprovalsOf(self._run, self.sid)


class ContentTemplates(Resource):
    """The account's content templates: ``client.content``."""

    __slots__ = ()

    def __call__(self, sid: str) -> ContentContext:
        """One template: its approval."""
        return ContentContext(self._run, sid)

    async def create(
        self,
        *,
        language: str,
        types: Sequence[ContentType],
        friendly_name: str | UnsetType = UNSET,
        variables: Mapping[str, str] | UnsetType = UNSET,
    ) -> Content:
        """Create a template. Twilio's reference: Create Templates.

        Args:
            language: its language, ``en``, ``es_MX``.
            types: what it says, for one channel or several: `TextContent`, `CardContent`, ...; each
                kind at most once. `UnknownContent` holds a type that this library does not know.
            friendly_name: its name for you; recipients don't see it.
            variables: a sample value for each placeholder: ``{"1": "Sarah"}``.

        Raises:
            InvalidInput: a field has the wrong type; nothing was sent.
        """
        body = _Body(
            friendly_name=friendly_name,
            variables=variables,
            language=language,
            types=wire_types(types),
        )
        call = Call(
            "CreateContent",
            "POST",
            "content",
            _PATH,
            _content,
            "creates",
            body=json_body(body),
            content_type=JSON,
        )
        return (await self._run(call)).value

    async def fetch(self, content_sid: str) -> Content:
        """Read one template. Twilio's reference: Fetch a Content Resource.

        Raises:
            NotFound: there is none with this sid.
        """
        where = path(_ONE, sid=sid(content_sid, "HX"))
        return (await self._run(Call("FetchContent", "GET", "content", where, _content))).value

    async def update(
        self,
        content_sid: str,
        *,
        types: Sequence[ContentType],
        friendly_name: str | UnsetType = UNSET,
        variables: Mapping[str, str] | UnsetType = UNSET,
        language: str | UnsetType = UNSET,
    ) -> Content:
        """Put other contents in place of a template's. Twilio's reference: Update a Content Resource.

        Args:
            content_sid: the template's.
            types: all that it says from now on; see `create`.
            friendly_name: its name for you.
            variables: a sample value for each placeholder.
            language: its language.

        Raises:
            InvalidInput: a field has the wrong type; nothing was sent.
        """
        body = _Body(
            friendly_name=friendly_name,
            variables=variables,
            language=language,
            types=wire_types(types),
        )
        call = Call(
            "UpdateContent",
            "PUT",
            "content",
            path(_ONE, sid=sid(content_sid, "HX")),
            _content,
            "repeatable",
            body=json_body(body),
            content_type=JSON,
        )
        return (await self._run(call)).value

    async def delete(self, content_sid: str) -> None:
        """Delete a template, at WhatsApp too. Twilio's reference: Delete a Content Template."""
        where = path(_ONE, sid=sid(content_sid, "HX"))
        await self._run(Call("DeleteContent", "DELETE", "content", where, nothing, "repeatable"))

    def list(
        self,
        *,
        sort_by_date: str | None = None,
        sort_by_content_name: str | None = None,
        date_created_after: dt.datetime | None = None,
        date_created_before: dt.datetime | None = None,
        content_name: str | None = None,
        content: str | None = None,
        language: Sequence[str] | None = None,
        content_type: Sequence[str] | None = None,
        channel_eligibility: Sequence[str] | None = None,
        limit: int | None = None,
        page_size: int | None = None,
    ) -> Listing[Content]:
        """List templates. Twilio's reference: Content v2, Search Templates.

        Args:
            sort_by_date: ``asc`` or ``desc``, by the last change.
            sort_by_content_name: ``asc`` or ``desc``, by name.
            date_created_after: only those made after this moment.
            date_created_before: only those made before this moment.
            content_name: only those whose name holds this text.
            content: only those whose contents hold this text.
            language: only those in one of these languages.
            content_type: only those that have one of these types: ``twilio/text``, ...
            channel_eligibility: only those in one of these states at a channel:
                ``whatsapp:approved``, ...
            limit: no more than so many.
            page_size: how many a request, 1 to 1,000.
        """
        query = _search(
            sort_by_date,
            sort_by_content_name,
            date_created_after,
            date_created_before,
            content_name,
            content,
            {
                "Language": language,
                "ContentType": content_type,
                "ChannelEligibility": channel_eligibility,
            },
            page_size_of(page_size, limit),
        )
        first = Call(
            "ListContent", "GET", "content", "/v2/Content", _contents, query=query, cap=PAGE_CAP
        )
        return Listing(self._run, first, limit)
