"""Lists of content templates with filters and orders (`/v2/Content`, `/v2/ContentAndApprovals`).

A name and a text are looked for anywhere, whatever their case; of several languages, types or channels one is enough.
`ChannelEligibility` is a channel and a status, `whatsapp:approved`; only WhatsApp approves templates. Without an order
the oldest come first; of two orders that by name goes first. Source: Twilio's reference, "Content API v2".
"""

from __future__ import annotations

import re
from collections.abc import Iterable

import msgspec

from async_messaging.simulator import dates, paging
from async_messaging.simulator.answers import Answer, RefusedError
from async_messaging.simulator.exchange import Exchange
from async_messaging.simulator.resources.approvals import status_of
from async_messaging.simulator.resources.collection import Collection
from async_messaging.simulator.resources.content_types import types_of
from async_messaging.simulator.resources.contents import CONTENTS, WITH_APPROVALS
from async_messaging.simulator.resources.stages import plain
from async_messaging.simulator.routes import Route
from async_messaging.simulator.shelves import Record

_ORDERS = {"asc": False, "desc": True}
_DATES = (("DateCreatedAfter", ">"), ("DateCreatedBefore", "<"))
_CHANNEL = re.compile(r"whatsapp:[a-z]+", re.ASCII)


def _found(exchange: Exchange) -> Iterable[Record]:
    query = exchange.query
    bounds = list(paging.read_bounds(query, _DATES))
    name, text = (query.get(key, [""])[0].lower() for key in ("ContentName", "Content"))
    languages, types = query.get("Language"), query.get("ContentType")
    wanted = [_status(channel) for channel in query.get("ChannelEligibility", ())]
    for template in CONTENTS.shelf(exchange):
        said = types_of(template)
        if (
            name in plain(template, "friendly_name").lower()
            and (not text or text in msgspec.json.encode(said).decode().lower())
            and (not languages or template.fields["language"] in languages)
            and (not types or not said.keys().isdisjoint(types))
            and all(dates.within(template.created, bound, operator) for bound, operator in bounds)
            and (not wanted or status_of(exchange, template) in wanted)
        ):
            yield template


def _status(channel: str) -> str:
    if not _CHANNEL.fullmatch(channel):
        raise RefusedError(20001, "ChannelEligibility must be whatsapp: and a status")
    return channel.partition(":")[2]


def _ordered(exchange: Exchange) -> list[Record]:
    found = list(_found(exchange))
    for key, field in (("SortByDate", "created"), ("SortByContentName", "name")):
        for order in exchange.query.get(key, ())[:1]:
            if order.lower() not in _ORDERS:
                raise RefusedError(20001, f"{key} must be asc or desc")
            backwards = _ORDERS[order.lower()]
            if field == "created":
                found.sort(key=lambda one: one.created, reverse=backwards)
            else:
                found.sort(key=lambda one: plain(one, "friendly_name"), reverse=backwards)
    return found


def _show(exchange: Exchange, collection: Collection) -> Answer:
    return collection.show(exchange, _ordered(exchange))


def show_list(exchange: Exchange) -> Answer:
    """GET Content."""
    return _show(exchange, CONTENTS)


def show_with_approvals(exchange: Exchange) -> Answer:
    """GET ContentAndApprovals."""
    return _show(exchange, WITH_APPROVALS)


ROUTES = (
    Route("GET", "/v2/Content", show_list, host="content"),
    Route("GET", "/v2/ContentAndApprovals", show_with_approvals, host="content"),
)
