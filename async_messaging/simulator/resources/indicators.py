"""Typing indicators of v2 (a form, WhatsApp) and v3 (JSON; WhatsApp, RCS, and Apple Messages for Business).

With WhatsApp and RCS, `messageId` names a message that came in over it: one that the account doesn't have is refused
with 20404, one that was sent or came otherwise with 20001. What is shown is kept for 25 s: the shelf `typing_indicators` has
a record for each message, or each pair of Apple's addresses, with `until`. Source: Twilio's reference, "Typing
Indicators".
"""

from __future__ import annotations

import hashlib
from typing import Annotated, Literal

import msgspec

from ..answers import Answer, RefusedError, json_answer
from ..exchange import Exchange
from ..parameters import choice, read_form, sid
from ..records import Record
from ..routes import Route
from ..senders import channel_of

KIND = "typing_indicators"
SHOWN_FOR = 25.0

_PARAMETERS = (
    choice("channel", ("whatsapp",), required=True),
    sid("messageId", "SM|MM", required=True),
)


_MessageSid = Annotated[str, msgspec.Meta(pattern="^(SM|MM)[0-9a-fA-F]{32}$")]


class _WhatsApp(msgspec.Struct, tag_field="channel", tag="WHATSAPP", rename="camel", frozen=True):
    message_id: _MessageSid


class _Rcs(msgspec.Struct, tag_field="channel", tag="RCS", rename="camel", frozen=True):
    message_id: _MessageSid


class _Apple(msgspec.Struct, tag_field="channel", tag="APPLE", frozen=True):
    from_: str = msgspec.field(name="from")
    to: str
    event: Literal["START", "END"] | None = "START"


_DECODER = msgspec.json.Decoder(_WhatsApp | _Rcs | _Apple)


def show(exchange: Exchange) -> Answer:
    """POST Typing of v2."""
    fields = read_form(exchange.form, _PARAMETERS, whole_record=True)
    return _show_under(exchange, str(fields["message_id"]), "whatsapp")


def show_v3(exchange: Exchange) -> Answer:
    """POST Typing of v3."""
    body = exchange.read_body(_DECODER)
    if isinstance(body, _WhatsApp | _Rcs):
        channel = "whatsapp" if isinstance(body, _WhatsApp) else "rcs"
        return _show_under(exchange, body.message_id, channel)
    pair = hashlib.sha256(f"{body.from_} {body.to}".encode()).hexdigest()[:32]
    return _keep(exchange, pair, "apple", ends=body.event == "END")


def _show_under(exchange: Exchange, message_sid: str, channel: str) -> Answer:
    message = exchange.account.find(message_sid)
    if message is None:
        raise RefusedError(20404, message_sid)
    if message.direction != "inbound" or channel_of(message.from_) != channel:
        raise RefusedError(20001, f"messageId must be of a message received over {channel}")
    return _keep(exchange, message_sid, channel)


def _keep(exchange: Exchange, sid: str, channel: str, *, ends: bool = False) -> Answer:
    shelf, now = exchange.account.shelves[KIND], exchange.now
    until = now if ends else now + SHOWN_FOR
    fields: dict[str, object] = {"channel": channel, "until": until}
    record = shelf.get(sid) or Record(sid=sid, created=now, updated=now)
    shelf.change(record, now, fields)
    return json_answer({"success": True})


ROUTES = (
    Route("POST", "/v2/Indicators/Typing.json", show, host="messaging"),
    Route("POST", "/v3/Indicators/Typing.json", show_v3, host="messaging"),
)
