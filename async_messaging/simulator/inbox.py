"""The inbox over HTTP: both sides of every conversation, as JSON; no credentials, loopback only.

| request | answer |
|---|---|
| `GET /inbox/messages?to=&from=&with=&after=&limit=` | `{"messages": [...], "last": N}`, oldest first, of a `number` above `after`; `with` is either side; at most `limit` (1-1000, 100) |
| `GET /inbox/messages?before=` | the same, but the last of a `number` below `before`, oldest first; `last` is the number to go on before |
| `DELETE /inbox/messages` | 204; forgets messages, callbacks, opt-outs and counts, as `POST /simulator/reset` |
| `GET /inbox/messages/{sid}` | `{"message": {...}, "callbacks": [...]}` |
| `POST /inbox/messages/{sid}/status` | marks it: `{"status": "undelivered", "error_code": 30005}`; also `delivered`, `failed`, `read`; the message; 409 when it has come to its end |
| `POST /inbox/replies` | a handset writes: `{"from", "to"?, "body"?, "media"?, "service"?}`; 201 when the webhook has answered: `{"message", "opt_out_type", "webhook": [callbacks], "twiml", "replies": [messages], "refused": [codes]}` |
| `GET /inbox/callbacks?sid=&after=&limit=` | `{"callbacks": [...], "last": N}`: every request to a user's server, with its form, signature, token and attempts |
| `GET /inbox/opt-outs` | `{"opt_outs": [{"handset", "sender", "since"}]}` |
| `GET /inbox/webhooks`, `POST /inbox/webhooks` | settings by number, service or `*`; sets one: `{"address", "url"?, "method"?, "fallback"?, "status_callback"?, "use_number"?}` |

All of it is of the first account, unless `?account=AC...` names another; only clearing is of all accounts at once.
The page's own questions are in `conversations`, its stream in `stream`. What can't be done is answered 400 (404, 409) with `{"error": "..."}`. Texts are what people wrote: show them as text.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import islice
from typing import Literal

import msgspec

from . import callbacks, lifecycle, replies, segments
from .answers import Answer, ComplaintError, Later, json_answer
from .catalogue import DELIVERY_ERRORS
from .exchange import Exchange
from .outgoing import Reply
from .records import Mark, StoredMessage
from .webhooks import Webhook
from .world import World

_MOST = 1000


class InboxMedia(msgspec.Struct, frozen=True):
    """A file of a message; `url` wants the account's credentials."""

    sid: str
    content_type: str
    url: str


class InboxMessage(msgspec.Struct, frozen=True, kw_only=True):
    """A message as the inbox shows it.

    Attributes:
        number: counts from 1, in the order in which messages came about, sent or received.
        from_: the sender (`from` in JSON); empty while a service has not chosen it.
        body: the text as the handset has it, whatever the API shows.
        encoding: `GSM-7` or `UCS-2`.
        created: seconds since 1970, as `updated`, when its status came about.
    """

    number: int
    sid: str
    direction: str
    status: str
    from_: str = msgspec.field(name="from")
    to: str
    service: str | None
    body: str
    segments: int
    encoding: str
    media: tuple[InboxMedia, ...]
    error_code: int
    error_message: str
    created: float
    updated: float


class _Status(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    status: Literal["delivered", "undelivered", "failed", "read"]
    error_code: int = 0


class _Setting(Webhook, frozen=True, kw_only=True, forbid_unknown_fields=True):
    address: str


_read_written = msgspec.json.Decoder(replies.Written).decode
_read_status = msgspec.json.Decoder(_Status).decode
_read_setting = msgspec.json.Decoder(_Setting).decode


def describe(world: World, message: StoredMessage, now: float, origin: str = "") -> InboxMessage:
    """A stored message as the inbox shows it."""
    state = world.moment(message, now)
    base = f"{origin}/2010-04-01/Accounts/{message.account}/Messages/{message.sid}/Media"
    return InboxMessage(
        number=message.serial,
        sid=message.sid,
        direction=message.direction,
        status=state.status,
        from_=message.from_ if state.sender_known else "",
        to=message.to,
        service=message.service,
        body=message.kept_body or message.body,
        segments=message.segments,
        encoding=segments.encoding(message.body),
        media=tuple(
            InboxMedia(media.sid, media.content_type, f"{base}/{media.sid}")
            for media in message.media
        ),
        error_code=state.error,
        error_message=DELIVERY_ERRORS.get(state.error, "") if state.error else "",
        created=message.created,
        updated=max(state.changed, message.changed),
    )


def told(exchange: Exchange, message: StoredMessage) -> InboxMessage:
    """A stored message, as the answer to a request shows it."""
    return describe(exchange.world, message, exchange.world.clock.time(), exchange.origin)


def range_of(exchange: Exchange) -> tuple[int, int]:
    """The query's `after` and `limit`."""
    after, limit = exchange.number("after", 0), exchange.number("limit", 100)
    if not 1 <= limit <= _MOST:
        raise ComplaintError(f"limit must be from 1 to {_MOST}")
    return after, limit


def show_messages(exchange: Exchange) -> Answer:
    """GET /inbox/messages."""
    after, limit = range_of(exchange)
    before = exchange.number("before", 0)
    account = exchange.account
    address = exchange.asked("to") or exchange.asked("with")
    walked = account.ahead_of(before, address) if before else account.since(after, address)
    shown = [
        told(exchange, message) for message in islice(filter(_wanted(exchange), walked), limit)
    ]
    last = shown[-1].number if shown else before or after
    return json_answer({"messages": shown[::-1] if before else shown, "last": last})


def _wanted(exchange: Exchange) -> Callable[[StoredMessage], bool]:
    to, sender, either = (exchange.asked(name) for name in ("to", "from", "with"))
    return lambda message: (
        (not to or message.to == to)
        and (not sender or message.from_ == sender)
        and (not either or either in (message.to, message.from_))
    )


def clear(exchange: Exchange) -> Answer:
    """DELETE /inbox/messages."""
    exchange.world.reset()
    return Answer(204)


def _found(exchange: Exchange) -> StoredMessage:
    message = exchange.account.find(exchange.path["MessageSid"])
    if message is None:
        raise ComplaintError("there is no such message", 404)
    return message


def show_message(exchange: Exchange) -> Answer:
    """GET /inbox/messages/{sid}."""
    message = _found(exchange)
    made = [one for one in exchange.world.outgoing.log if one.message_sid == message.sid]
    return json_answer({"message": told(exchange, message), "callbacks": made})


def mark(exchange: Exchange) -> Answer:
    """POST /inbox/messages/{sid}/status."""
    message = _found(exchange)
    try:
        wanted = _read_status(exchange.raw)
        set_status(exchange.world, message, wanted.status, wanted.error_code)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise ComplaintError(error) from None
    except ValueError as error:
        raise ComplaintError(error, 409) from None
    return json_answer(told(exchange, message))


def set_status(world: World, message: StoredMessage, status: str, error_code: int = 0) -> None:
    """Brings a message to an end at once, or marks a delivered one as read; its callback is told. ValueError: it can't be."""
    now = world.clock.time()
    state = world.moment(message, now)
    if status == "read":
        if state.status != "delivered":
            raise ValueError("only what is delivered can be read")
    elif state.status in lifecycle.FINAL:
        raise ValueError(f"the message is {state.status} already")
    elif status == "failed" and state.sent is not None:
        raise ValueError("the message is sent already, and can only be delivered or undelivered")
    if error_code and status not in ("undelivered", "failed"):
        raise ValueError("only what is undelivered or failed has an error code")
    error = error_code or (30008 if status in ("undelivered", "failed") else 0)
    sent = now if state.sent is None else state.sent
    if state.status == "scheduled":
        world.departures.forget(message)
    message.mark = Mark(status, now, error, None if status == "failed" else sent)
    callbacks.changed(world, message, now)


def write(exchange: Exchange) -> Answer:
    """POST /inbox/replies."""
    try:
        written = _read_written(exchange.raw)
        reply = replies.receive(exchange.world, exchange.account, written, exchange.origin)
    except (ValueError, RecursionError) as error:
        raise ComplaintError(error) from None
    if reply.finished:
        return _tell_reply(exchange, reply)
    return Answer(201, later=Later(reply, lambda: _tell_reply(exchange, reply)))


def _tell_reply(exchange: Exchange, reply: Reply) -> Answer:
    account = exchange.account
    found = [account.find(sid) for sid in (reply.sid, *reply.replies)]
    first, *sent = [message and told(exchange, message) for message in found]
    return json_answer(
        {
            "message": first,
            "opt_out_type": reply.opt_out_type,
            "webhook": reply.webhook,
            "twiml": reply.twiml,
            "replies": sent,
            "refused": reply.refused,
        },
        201,
    )


def show_callbacks(exchange: Exchange) -> Answer:
    """GET /inbox/callbacks."""
    after, limit = range_of(exchange)
    sid = exchange.asked("sid")
    kept = (
        made
        for made in exchange.world.outgoing.log
        if made.number > after
        and made.account_sid == exchange.account.sid
        and (not sid or made.message_sid == sid)
    )
    shown = list(islice(kept, limit))
    return json_answer({"callbacks": shown, "last": shown[-1].number if shown else after})


def show_opt_outs(exchange: Exchange) -> Answer:
    """GET /inbox/opt-outs."""
    return json_answer({"opt_outs": exchange.account.opt_outs.listed()})


def show_webhooks(exchange: Exchange) -> Answer:
    """GET /inbox/webhooks."""
    return json_answer({"webhooks": exchange.world.webhooks.all()})


def set_webhook(exchange: Exchange) -> Answer:
    """POST /inbox/webhooks."""
    try:
        given = _read_setting(exchange.raw)
        fields = {name: getattr(given, name) for name in Webhook.__struct_fields__}
        exchange.world.webhooks.put(given.address, Webhook(**fields))
    except (ValueError, RecursionError) as error:
        raise ComplaintError(error) from None
    return show_webhooks(exchange)
