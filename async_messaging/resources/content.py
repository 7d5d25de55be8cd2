"""Content templates. Twilio's reference: Content resource, ContentAndApprovals resource."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar, cast

from msgspec import UNSET, UnsetType
from msgspec.structs import asdict

from ..codec.reading import pages, reads
from ..errors import InvalidInput
from ..models.checks import Typed
from ..models.content import Content, ContentAndApprovals, LegacyContent, wire_types
from ..models.content_types import ContentType
from ..models.shown import Json, Shown
from ..operation import Listing, PageBody, Run
from .approvals import ApprovalsOf
from .base import Resource, fields_of, sid

T = TypeVar("T")

_PATH = "/v1/Content"

_content = reads(Content)
_contents = pages(Content, "contents")
_with_approvals = pages(ContentAndApprovals, "contents")
_legacy = pages(LegacyContent, "contents")


class ContentSearch(Shown, frozen=True, kw_only=True):
    """Which templates are listed; what is None does not count.

    Attributes:
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

    sort_by_date: str | None = None
    sort_by_content_name: str | None = None
    date_created_after: dt.datetime | None = None
    date_created_before: dt.datetime | None = None
    content_name: str | None = None
    content: str | None = None
    language: Sequence[str] | None = None
    content_type: Sequence[str] | None = None
    channel_eligibility: Sequence[str] | None = None
    limit: int | None = None
    page_size: int | None = None


class _Body(Typed, frozen=True, kw_only=True):
    friendly_name: str | UnsetType = UNSET
    variables: Mapping[str, str] | UnsetType = UNSET
    language: str | UnsetType = UNSET
    types: Mapping[str, Json]


class ContentContext(Resource):
    """What hangs on one template: ``client.content(sid)``."""

    def __init__(self, run: Run, content_sid: str) -> None:
        super().__init__(run)
        self.sid: str = sid(content_sid, "HX")

    @property
    def approvals(self) -> ApprovalsOf:
        """The template's approval by WhatsApp."""
        return ApprovalsOf(self._run, self.sid)


class ContentTemplates(Resource):
    """The account's content templates: ``client.content``."""

    _product = "content"
    _one, _prefixes = f"{_PATH}/{{sid}}", ("HX",)

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
            types=wire_types(types),
            language=language,
            friendly_name=friendly_name,
            variables=variables,
        )
        return await self._send("CreateContent", _PATH, _content, "creates", body)

    async def fetch(self, content_sid: str) -> Content:
        """Read one template, or raise `NotFound`. Twilio's reference: Fetch a Content Resource."""
        return await self._read("FetchContent", self._at(content_sid), _content)

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
            types=wire_types(types),
            language=language,
            friendly_name=friendly_name,
            variables=variables,
        )
        where = self._at(content_sid)
        return await self._send("UpdateContent", where, _content, "repeatable", body, method="PUT")

    async def delete(self, content_sid: str) -> None:
        """Delete a template, at WhatsApp too. Twilio's reference: Delete a Content Template."""
        await self._delete("DeleteContent", self._at(content_sid))

    @fields_of(ContentSearch)
    def list(self, search: ContentSearch) -> Listing[Content]:
        """List templates. Twilio's reference: Content v2, Search Templates.

        Takes the fields of `ContentSearch` as keywords.
        """
        return self._search("ListContent", "/v2/Content", _contents, search)

    @fields_of(ContentSearch)
    def list_with_approvals(self, search: ContentSearch) -> Listing[ContentAndApprovals]:
        """List templates with their approvals. Twilio's reference: Content v2, ContentAndApprovals.

        Takes the fields of `ContentSearch` as keywords.
        """
        where = "/v2/ContentAndApprovals"
        return self._search("ListContentAndApprovals", where, _with_approvals, search)

    def list_v1(
        self, *, limit: int | None = None, page_size: int | None = None
    ) -> Listing[Content]:
        """List templates, without filters. Twilio's reference: Content v1, Fetch all Content."""
        return self._list("ListContent", "/v1/Content", _contents, limit, page_size)

    def list_with_approvals_v1(
        self, *, limit: int | None = None, page_size: int | None = None
    ) -> Listing[ContentAndApprovals]:
        """List templates with their approvals. Twilio's reference: Content v1, ContentAndApprovals."""
        where = "/v1/ContentAndApprovals"
        return self._list("ListContentAndApprovals", where, _with_approvals, limit, page_size)

    def list_legacy(
        self, *, limit: int | None = None, page_size: int | None = None
    ) -> Listing[LegacyContent]:
        """List templates made before there was this API. Twilio's reference: LegacyContent resource."""
        return self._list("ListLegacyContent", "/v1/LegacyContent", _legacy, limit, page_size)

    def _search(
        self,
        operation: str,
        where: str,
        decode: Callable[[bytes], PageBody[T]],
        search: ContentSearch,
    ) -> Listing[T]:
        filters = {
            name: _wanted(name, value)
            for name, value in asdict(search).items()
            if name not in {"limit", "page_size"} and value is not None
        }
        return self._list(operation, where, decode, search.limit, search.page_size, filters)


def _wanted(name: str, value: object) -> str | dt.datetime | tuple[str, ...]:
    """The filter as a form takes it: each value of a list under its own key."""
    match value:
        case str() | dt.datetime():
            return value
        case Sequence() if value:
            texts = tuple(cast("Sequence[object]", value))
            if all(isinstance(text, str) for text in texts):
                return cast("tuple[str, ...]", texts)
        case _:
            pass
    raise InvalidInput("must be text, texts, or a datetime with a time zone", field=name)
