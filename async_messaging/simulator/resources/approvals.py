"""Approval of content templates by WhatsApp (`/v1/Content/{sid}/ApprovalRequests`); the body is JSON.

    unsubmitted -> received -> after 5 s pending -> after 30 s approved       `speed` divides the delays
                                                 -> after 30 s rejected       a name with `reject` in it

A template is handed in once (20409), unless it was rejected or has been changed since: a changed one is unsubmitted
again, which is the simulator's choice. Source: Twilio's reference, "Content API: approval requests".
"""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from ..answers import Answer, RefusedError, json_answer
from ..exchange import Exchange
from ..records import Record
from .collection import Stage, handed_in, reached
from .content_types import types_of

PENDING_AFTER = 5.0
DECIDED_AFTER = 30.0
REASON = "The template's name asks for a rejection."


class _Body(msgspec.Struct, frozen=True, kw_only=True):
    name: Annotated[str, msgspec.Meta(pattern="^[a-z0-9_]{1,512}$")]
    category: Literal["UTILITY", "MARKETING", "AUTHENTICATION"]
    allow_category_change: bool = True


_READ = msgspec.json.Decoder(_Body)


def status_of(exchange: Exchange, template: Record) -> str:
    """How far the approval of a template has come."""
    name = template.text("approval_name")
    if not name:
        return "unsubmitted"
    decided = "rejected" if "reject" in name else "approved"
    stages = (Stage("received"), Stage("pending", PENDING_AFTER), Stage(decided, DECIDED_AFTER))
    return reached(exchange, handed_in(template), stages).status


def represent(exchange: Exchange, template: Record) -> dict[str, object]:
    """The approval of a template now."""
    status = status_of(exchange, template)
    return {
        "name": template.text("approval_name"),
        "category": template.text("approval_category"),
        "content_type": next(iter(types_of(template))),
        "status": status,
        "rejection_reason": REASON if status == "rejected" else "",
        "allow_category_change": template.fields["allow_category_change"],
    }


def ask(exchange: Exchange, template: Record) -> Answer:
    """POST of a request: 201."""
    body = exchange.read_body(_READ)
    if status_of(exchange, template) not in ("unsubmitted", "rejected"):
        raise RefusedError(20409, "the template has been handed in already")
    fields: dict[str, object] = {
        "approval_name": body.name,
        "approval_category": body.category,
        "allow_category_change": body.allow_category_change,
        "submitted": exchange.now,
    }
    exchange.account.shelves["contents"].change(template, template.updated, fields)
    return json_answer(represent(exchange, template), 201)


NEVER: dict[str, object] = {
    "approval_name": "",
    "approval_category": "",
    "allow_category_change": True,
    "submitted": None,
}
"""What a template keeps that has not been handed in."""
