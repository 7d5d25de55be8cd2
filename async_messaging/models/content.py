"""Content templates and their approval by WhatsApp. Twilio's reference: Content resource."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, cast

import msgspec

from ..errors import InvalidInput
from .content_types import ContentType, KnownContent, TaggedContent, UnknownContent
from .shown import Json, Kept, Shown, Sid


class _Template(Kept, frozen=True, kw_only=True, gc=False):
    friendly_name: str | None = None
    language: str | None = None
    variables: Mapping[str, Json] | None = None
    types_raw: Mapping[str, Json] | None = msgspec.field(default=None, name="types")

    @property
    def types(self) -> tuple[ContentType, ...]:
        """What the template says, one struct for each content type."""
        return read_types(self.types_raw or {})


class Content(_Template, frozen=True, kw_only=True, gc=False):
    """A content template. Twilio's reference: Content resource.

    Attributes:
        language: its language, ``en``, ``es_MX``.
        variables: a sample value for each placeholder, ``{"1": "Sarah"}``.
        types: what it says, as structs: `TextContent`, `CardContent`, ...; read when asked for.
        types_raw: the same as Twilio gave it.
    """

    url: str | None = None
    links: Mapping[str, str] | None = None


class ContentAndApprovals(_Template, frozen=True, kw_only=True, gc=False):
    """A template with the state of its approval. Twilio's reference: ContentAndApprovals resource.

    Attributes:
        approval_requests: name, category, status and more, as Twilio gave them.
    """

    approval_requests: Mapping[str, Json] | None = None


class LegacyContent(_Template, frozen=True, kw_only=True, gc=False):
    """A template that was made before there was this API. Twilio's reference: LegacyContent resource.

    Attributes:
        legacy_template_name: the name under which WhatsApp approved it.
        legacy_body: the text by which messages were matched with it.
    """

    legacy_template_name: str | None = None
    legacy_body: str | None = None
    url: str | None = None


class ApprovalRequest(Shown, frozen=True, kw_only=True, gc=False):
    """A template's way through WhatsApp's approval. Twilio's reference: ApprovalRequest resource.

    Attributes:
        category: ``UTILITY``, ``MARKETING``, ``AUTHENTICATION``.
        status: ``unsubmitted``, ``received``, ``pending``, ``approved``, ``rejected``, ...
        rejection_reason: why WhatsApp said no.
        send_ttl_seconds: how long WhatsApp tries to deliver a message with this template.
        bid_amount: the most that 1,000 deliveries may cost, in the smallest unit of the currency.
    """

    name: str | None = None
    category: str | None = None
    content_type: str | None = None
    status: str | None = None
    rejection_reason: str | None = None
    allow_category_change: bool | None = None
    send_ttl_seconds: int | None = None
    bid_amount: int | None = None


class ContentApprovals(Shown, frozen=True, kw_only=True, gc=False):
    """The state of a template's approval. Twilio's reference: ApprovalRequest resource.

    Attributes:
        sid: the template's.
        whatsapp: name, category, status and more at WhatsApp, as Twilio gave them.
    """

    sid: Sid
    account_sid: str | None = None
    whatsapp: Mapping[str, Json] | None = None
    url: str | None = None

    def __hash__(self) -> int:
        return hash(self.sid)


def read_types(types: Mapping[str, Any]) -> tuple[ContentType, ...]:
    """The content types of an answer; what is no object is left out."""
    return tuple(
        _read(name, cast("dict[str, object]", fields))
        for name, fields in types.items()
        if isinstance(fields, dict)
    )


def _read(name: str, fields: dict[str, object]) -> ContentType:
    try:
        known: KnownContent = msgspec.convert(
            {**fields, "content_type": name}, KnownContent, strict=False
        )
    except msgspec.ValidationError:
        return UnknownContent(content_type=name, fields=fields)
    return known


def wire_types(types: Sequence[ContentType]) -> dict[str, Any]:
    """The content types as a request holds them, each under its name; none, or one twice, is `InvalidInput`."""
    found: dict[str, Any] = {}
    for one in _listed(types):
        if not isinstance(one, TaggedContent | UnknownContent) or one.content_type in found:
            raise InvalidInput("must be content types, each kind once", field="types")
        found[one.content_type] = _fields(one)
    return found


def _listed(types: object) -> Sequence[object]:
    if isinstance(types, Sequence) and types:
        return cast("Sequence[object]", types)
    raise InvalidInput("must be a list of content types, at least one", field="types")


def _fields(one: TaggedContent | UnknownContent) -> Mapping[str, Any]:
    if isinstance(one, UnknownContent):
        return one.fields
    fields: dict[str, Any] = msgspec.to_builtins(one, builtin_types=(Decimal,))
    del fields["content_type"]
    return fields
