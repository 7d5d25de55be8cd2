"""Content templates. Twilio's reference: Content resource, ContentAndApprovals resource."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar, cast

from msgspec import UNSET, UnsetType

from ..codec.body import JSON, json_body
from ..codec.dates import to_iso
from ..codec.form import encode_pairs, pascal, path
from ..codec.reading import nothing, pages, reads
from ..errors import InvalidInput
from ..models.content import Content, ContentAndApprovals, LegacyContent, wire_types
from ..models.content_types import ContentType
from ..models.shown import Json
from ..models.typed import Typed
from ..operation import PAGE_CAP, Call, Listing, PageBody, Run
from .approvals import ApprovalsOf
from .base import Resource, listing_query, page_size_of, sid

T = TypeVar("T")

__all__ = ["ContentContext", "ContentTemplates"]

_PATH = "/v1/Content"
_ONE = "/v1/Content/{sid}"

_content = reads(Content)
_contents = pages(Content, "contents")
_with_approvals = pages(ContentAndApprovals, "contents")
_legacy = pages(LegacyContent, "contents")


class _Body(Typed, frozen=True, kw_only=True):
    friendly_name: str | UnsetType = UNSET
    variables: Mapping[str, str] | UnsetType = UNSET
    language: str | UnsetType = UNSET
    types: Mapping[str, Json]


class ContentContext(Resource):
    """What hangs on one template: ``client.content(sid)``."""

    __slots__ = ("sid",)

    def __init__(self, run: Run, content_sid: str) -> None:
        super().__init__(run)
        self.sid: str = sid(content_sid, "HX")

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
        return (
            await self._run(Call("FetchContent", "GET", "content", where, _content, "read"))
        ).value

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
        filters = {
            "sort_by_date": sort_by_date,
            "sort_by_content_name": sort_by_content_name,
            "date_created_after": date_created_after,
            "date_created_before": date_created_before,
            "content_name": content_name,
            "content": content,
            "language": language,
            "content_type": content_type,
            "channel_eligibility": channel_eligibility,
        }
        query = _search(filters, page_size_of(page_size, limit))
        return self._listing("ListContent", "/v2/Content", _contents, query, limit)

    def list_with_approvals(
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
    ) -> Listing[ContentAndApprovals]:
        """List templates with their approvals. Twilio's reference: Content v2, ContentAndApprovals.

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
        filters = {
            "sort_by_date": sort_by_date,
            "sort_by_content_name": sort_by_content_name,
            "date_created_after": date_created_after,
            "date_created_before": date_created_before,
            "content_name": content_name,
            "content": content,
            "language": language,
            "content_type": content_type,
            "channel_eligibility": channel_eligibility,
        }
        query = _search(filters, page_size_of(page_size, limit))
        return self._listing(
            "ListContentAndApprovals", "/v2/ContentAndApprovals", _with_approvals, query, limit
        )

    def list_v1(
        self, *, limit: int | None = None, page_size: int | None = None
    ) -> Listing[Content]:
        """List templates, without filters. Twilio's reference: Content v1, Fetch all Content."""
        query = listing_query(limit, page_size)
        return self._listing("ListContent", "/v1/Content", _contents, query, limit)

    def list_with_approvals_v1(
        self, *, limit: int | None = None, page_size: int | None = None
    ) -> Listing[ContentAndApprovals]:
        """List templates with their approvals. Twilio's reference: Content v1, ContentAndApprovals."""
        return self._listing(
            "ListContentAndApprovals",
            "/v1/ContentAndApprovals",
            _with_approvals,
            listing_query(limit, page_size),
            limit,
        )

    def list_legacy(
        self, *, limit: int | None = None, page_size: int | None = None
    ) -> Listing[LegacyContent]:
        """List templates made before there was this API. Twilio's reference: LegacyContent resource."""
        query = listing_query(limit, page_size)
        return self._listing("ListLegacyContent", "/v1/LegacyContent", _legacy, query, limit)

    def _listing(
        self,
        operation: str,
        where: str,
        decode: Callable[[bytes], PageBody[T]],
        query: str,
        limit: int | None,
    ) -> Listing[T]:
        first = Call(operation, "GET", "content", where, decode, "read", query=query, cap=PAGE_CAP)
        return Listing(self._run, first, limit)


def _search(filters: Mapping[str, object], page_size: int) -> str:
    """The query of a search: each value of a list under its own key."""
    given = ((name, value) for name, value in filters.items() if value is not None)
    pairs = [(pascal(name), text) for name, value in given for text in _texts(name, value)]
    return encode_pairs([*pairs, ("PageSize", str(page_size))])


def _texts(name: str, value: object) -> Sequence[str]:
    match value:
        case str():
            return (value,)
        case dt.datetime():
            return (to_iso(value, field=name),)
        case Sequence() if value:
            texts = tuple(cast("Sequence[object]", value))
            if all(isinstance(text, str) for text in texts):
                return cast("tuple[str, ...]", texts)
        case _:
            pass
    raise InvalidInput("must be text, texts, or a datetime with a time zone", field=name)
