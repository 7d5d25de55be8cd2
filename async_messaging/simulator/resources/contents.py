"""Content templates (`/v1/Content`), with or without their approvals; the bodies are JSON.

A message with the sid of a template that is here is rendered from it (see `templates`). A template that was deleted can
be neither read nor sent. A template that is changed loses its approval (see `approvals`). Templates of before this API
don't exist here: LegacyContent tells of those that were handed in to WhatsApp and have a text.

The lists of v2 have filters and orders: a name and a text are looked for anywhere, whatever their case; of several
languages, types or channels one is enough. `ChannelEligibility` is a channel and a status, `whatsapp:approved`; only
WhatsApp approves templates. Without an order the oldest come first; of two orders that by name goes first.
Source: Twilio's reference, "Content API" and "Content API v2".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Annotated, Any

import msgspec
from msgspec.structs import asdict, replace

from .. import paging
from ..answers import Answer, RefusedError, json_answer
from ..exchange import Exchange
from ..records import Record
from ..routes import Route
from . import approvals
from .approvals import status_of
from .collection import Collection, stamps
from .content_types import check_types, types_of

DELETED = "deleted_contents"
"""The shelf of templates that are no more."""

_PATH = "/v1/Content"
_ONE = _PATH + "/{ContentSid}"
_APPROVALS = _ONE + "/ApprovalRequests"
_Language = Annotated[str, msgspec.Meta(pattern="^[a-z]{2,3}([_-][A-Za-z]{2,4})?$")]
_Name = Annotated[str, msgspec.Meta(max_length=450)]
_Variables = dict[Annotated[str, msgspec.Meta(pattern="^[A-Za-z0-9_]{1,16}$")], str]
_Types = dict[str, dict[str, Any] | None]
_DIRECTIONS = {"asc": False, "desc": True}
_ORDERS: dict[str, Callable[[Record], Any]] = {
    "SortByDate": lambda template: template.created,
    "SortByContentName": lambda template: template.text("friendly_name"),
}
_DATES = (("DateCreatedAfter", ">"), ("DateCreatedBefore", "<"))
_CHANNEL = re.compile(r"whatsapp:[a-z]+", re.ASCII)


class _Given(msgspec.Struct, frozen=True, kw_only=True):
    types: _Types
    friendly_name: _Name | None = None
    variables: _Variables | None = None


class _Changes(_Given, frozen=True, kw_only=True):
    language: _Language | None = None


class _Draft(_Given, frozen=True, kw_only=True):
    language: _Language


_CREATE = msgspec.json.Decoder(_Draft)
_UPDATE = msgspec.json.Decoder(_Changes)


def _plain(exchange: Exchange, template: Record) -> dict[str, object]:
    told = ("friendly_name", "language", "variables", "types")
    return {**stamps(exchange, template), **{name: template.fields[name] for name in told}}


def represent(exchange: Exchange, template: Record) -> dict[str, object]:
    """The template as Twilio shows it."""
    url = f"{exchange.origin}{_PATH}/{template.sid}"
    links = {
        "approval_create": f"{url}/ApprovalRequests/whatsapp",
        "approval_fetch": f"{url}/ApprovalRequests",
    }
    return {**_plain(exchange, template), "url": url, "links": links}


def represent_with_approvals(exchange: Exchange, template: Record) -> dict[str, object]:
    """The template and how far its approval has come."""
    asked = approvals.represent(exchange, template)
    return {**_plain(exchange, template), "approval_requests": asked}


def _represent_legacy(exchange: Exchange, template: Record) -> dict[str, object]:
    return {
        **_plain(exchange, template),
        "legacy_template_name": template.text("approval_name"),
        "legacy_body": text_of(template),
        "url": f"{exchange.origin}{_PATH}/{template.sid}",
    }


def text_of(template: Record) -> str:
    """The text of a template's `twilio/text`, or an empty one."""
    return str(types_of(template).get("twilio/text", {}).get("body", ""))


CONTENTS = Collection(
    kind="contents", key="contents", placeholder="ContentSid", represent=represent
)
WITH_APPROVALS = replace(CONTENTS, represent=represent_with_approvals)
_LEGACY = replace(CONTENTS, represent=_represent_legacy)


def create(exchange: Exchange) -> Answer:
    """POST Content: 201."""
    body = exchange.read_body(_CREATE)
    fields = {
        "friendly_name": body.friendly_name or "",
        "language": body.language,
        "variables": body.variables or {},
        "types": check_types(body.types),
        **approvals.NEVER,
    }
    return CONTENTS.tell(exchange, CONTENTS.new(exchange, fields), 201)


def update(exchange: Exchange) -> Answer:
    """PUT of a template: its types are replaced, what else is given too."""
    template = CONTENTS.find(exchange)
    body = exchange.read_body(_UPDATE)
    given = {name: value for name, value in asdict(body).items() if value is not None}
    fields = {**given, "types": check_types(body.types), **approvals.NEVER}
    CONTENTS.shelf(exchange).change(template, exchange.now, fields)
    return CONTENTS.tell(exchange, template)


def delete(exchange: Exchange) -> Answer:
    """DELETE of a template: 204."""
    template = CONTENTS.find(exchange)
    exchange.account.shelves[DELETED].put(
        Record(sid=template.sid, created=template.created, updated=exchange.now)
    )
    return CONTENTS.delete(exchange)


def ask_approval(exchange: Exchange) -> Answer:
    """POST ApprovalRequests/whatsapp: 201."""
    return approvals.ask(exchange, CONTENTS.find(exchange))


def show_approval(exchange: Exchange) -> Answer:
    """GET ApprovalRequests."""
    template = CONTENTS.find(exchange)
    told = {
        "sid": template.sid,
        "account_sid": exchange.account.sid,
        "whatsapp": {"type": "whatsapp", **approvals.represent(exchange, template)},
        "url": f"{exchange.origin}{_PATH}/{template.sid}/ApprovalRequests",
    }
    return json_answer(told)


def show_legacy(exchange: Exchange) -> Answer:
    """GET LegacyContent."""
    found = CONTENTS.shelf(exchange)
    old = (one for one in found if one.text("approval_name") and text_of(one))
    return _LEGACY.show(exchange, old)


def _found(exchange: Exchange) -> Iterable[Record]:
    query = exchange.query
    bounds = paging.read_bounds(query, _DATES)
    name, text = (query.get(key, [""])[0].lower() for key in ("ContentName", "Content"))
    languages, types = query.get("Language"), query.get("ContentType")
    wanted = [_status(channel) for channel in query.get("ChannelEligibility", ())]
    for template in CONTENTS.shelf(exchange):
        said = types_of(template)
        if (
            name in template.text("friendly_name").lower()
            and (not text or text in msgspec.json.encode(said).decode().lower())
            and (not languages or template.fields["language"] in languages)
            and (not types or not said.keys().isdisjoint(types))
            and paging.within(template.created, bounds)
            and (not wanted or status_of(exchange, template) in wanted)
        ):
            yield template


def _status(channel: str) -> str:
    if not _CHANNEL.fullmatch(channel):
        raise RefusedError(20001, "ChannelEligibility must be whatsapp: and a status")
    return channel.partition(":")[2]


def _ordered(exchange: Exchange) -> list[Record]:
    found = list(_found(exchange))
    for name, key in _ORDERS.items():
        for direction in exchange.query.get(name, ())[:1]:
            if direction.lower() not in _DIRECTIONS:
                raise RefusedError(20001, f"{name} must be asc or desc")
            found.sort(key=key, reverse=_DIRECTIONS[direction.lower()])
    return found


def show_list(exchange: Exchange) -> Answer:
    """GET Content."""
    return CONTENTS.show(exchange, _ordered(exchange))


def show_with_approvals(exchange: Exchange) -> Answer:
    """GET ContentAndApprovals."""
    return WITH_APPROVALS.show(exchange, _ordered(exchange))


ROUTES = (
    Route("POST", _PATH, create, host="content"),
    Route("GET", _PATH, CONTENTS.show_list, host="content"),
    Route("GET", _ONE, CONTENTS.fetch, host="content"),
    Route("PUT", _ONE, update, host="content"),
    Route("DELETE", _ONE, delete, host="content"),
    Route("POST", _APPROVALS + "/whatsapp", ask_approval, host="content"),
    Route("GET", _APPROVALS, show_approval, host="content"),
    Route("GET", "/v1/ContentAndApprovals", WITH_APPROVALS.show_list, host="content"),
    Route("GET", "/v1/LegacyContent", show_legacy, host="content"),
    Route("GET", "/v2/Content", show_list, host="content"),
    Route("GET", "/v2/ContentAndApprovals", show_with_approvals, host="content"),
)
