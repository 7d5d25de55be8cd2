"""Typing indicators of v2 (a form, WhatsApp) and v3 (JSON; WhatsApp, and Apple Messages for Business).

With WhatsApp, `messageId` names a message that came in over WhatsApp: one that the account doesn't have is refused with
20404, one that was sent or came otherwise with 20001. What is shown is kept for 25 s: the shelf `typing_indicators` has
a record for each message, or each pair of Apple's addresses, with `until`. Source: Twilio's reference, "Typing
Indicators".
"""

from __future__ import annotations

import hashlib
from typing import Annotated, Literal

import msgspec

from async_messaging.simulator.answers import Answer, RefusedError, json_answer
from async_messaging.simulator.exchange import Exchange
from async_messaging.simulator.parameters import choice, read_form, sid
from async_messaging.simulator.resources.bodies import read_body
from async_messaging.simulator.routes import Route
from async_messaging.simulator.senders import channel_of
from async_messaging.simulator.shelves import Record

KIND = "typing_indicators"
SHOWN_FOR = 25.0

_PARAMETERS = (
    choice("channel", ("whatsapp",), required=True),
    sid("messageId", "SM|MM", required=True),
)


class _WhatsApp(msgspec.Struct, tag_field="channel", tag="WHATSAPP", rename="camel", frozen=True):
    message_id: Annotated[str, msgspec.Meta(pattern="^(SM|MM)[0-9a-fA-F]{32}$")]


class _Apple(msgspec.Struct, tag_field="channel", tag="APPLE", frozen=True):
    from_: str = msgspec.field(name="from")
    to: str
    event: Literal["START", "END"] = "START"


_DECODER = msgspec.json.Decoder(_WhatsApp | _Apple)


def show(exchange: Exchange) -> Answer:
    """POST Typing of v2."""
    fields = read_form(exchange.form, _PARAMETERS, whole_record=True)
    return _show_whatsapp(exchange, str(fields["message_id"]))


def show_v3(exchange: Exchange) -> Answer:
    """POST Typing of v3."""
    body = read_body(exchange, _DECODER)
    if isinstance(body, _WhatsApp):
        return _show_whatsapp(exchange, body.message_id)
    pair = hashlib.sha256(f"{body.from_} {body.to}".encode()).hexdigest()[:32]
    return _keep(exchange, pair, "apple", ends=body.event == "END")


def _show_whatsapp(exchange: Exchange, message_sid: str) -> Answer:
    message = exchange.account.find(message_sid)
    if message is None:
        raise RefusedError(20404, message_sid)
    if message.direction != "inbound" or channel_of(message.from_) != "whatsapp":
        raise RefusedError(20001, "messageId must be of a message received over WhatsApp")
    return _keep(exchange, message_sid, "whatsapp")


def _keep(exchange: Exchange, sid: str, channel: str, *, ends: bool = False) -> Answer:
    shelf, now = exchange.account.shelves[KIND], exchange.now
    until = now if ends else now + SHOWN_FOR
    fields: dict[str, object] = {"channel": channel, "until": until}
    record = shelf.get(sid) or Record(sid=sid, created=now, updated=now)
    shelf.change(record, now, fields)
    return json_answer({"success": True})


ROUTES = (
    Route("POST", "/v2/Indicators/Typing.json", show, "change", host="messaging"),
    Route("POST", "/v3/Indicators/Typing.json", show_v3, "change", host="messaging"),
)
