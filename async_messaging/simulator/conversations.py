"""What the inbox's page asks for besides `inbox`: phones, conversations, requests, everything at once.

| request | answer |
|---|---|
| `GET /inbox/account` | `{"account_sid", "accounts", "numbers", "url", "faults", "errors"}`; `errors` are Twilio's texts for what is not delivered |
| `GET /inbox/phones?search=&before=&limit=` | `{"phones": [{"phone", "at", "message", "refused"}], "before": N}`, newest first; 0 when there are no more |
| `GET /inbox/conversation?with=&before=&after=&limit=` | `{"messages", "refused", "callbacks", "opt_outs", "more"}` of one handset; the newest `limit` unless `after` |
| `GET /inbox/requests?sid=&to=&after=&limit=` | `{"requests": [...], "last": N}`: POST Messages as they came, with their answers |
| `GET /inbox/export` | all of it as one JSON file |
| `GET /inbox/events` | what happens, as it happens (see `stream`) |

A phone is a handset's number or channel address. What was refused (429 and 5xx apart) makes a phone known too.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

import msgspec

from . import inbox
from .answers import Answer, RefusedError, json_answer
from .catalogue import DELIVERY_ERRORS
from .exchange import Exchange, read_form
from .inbox import InboxMessage
from .records import StoredMessage
from .traffic import Request

_LOOKED_THROUGH = 50_000
_NEWEST = 10**12
_encode = msgspec.json.Encoder().encode


class Phone(msgspec.Struct, frozen=True):
    """A handset and the newest that it saw, or would have seen."""

    phone: str
    at: float
    message: InboxMessage | None = None
    refused: dict[str, object] | None = None


class _Words(msgspec.Struct):
    message: str = ""


def handset_of(message: StoredMessage) -> str:
    """The handset's side of a message."""
    return message.from_ if message.direction == "inbound" else message.to


def refusal(request: Request) -> dict[str, object]:
    """What the page shows of a request that made no message: Twilio's words."""
    fields = dict(_fields(request))
    try:
        words = msgspec.json.decode(request.answer, type=_Words).message
    except msgspec.MsgspecError:
        words = ""
    return {
        "number": request.number,
        "at": request.at,
        "to": request.to,
        "from": fields.get("From") or fields.get("MessagingServiceSid", ""),
        "body": fields.get("Body", ""),
        "status": 0 if request.wire in ("drop", "hang") else request.status,
        "code": request.code,
        "message": words,
        "wire": request.wire,
    }


def _fields(request: Request) -> list[tuple[str, str]]:
    try:
        form = read_form(request.content_type, request.body)
    except RefusedError:
        return []
    return [(name, value) for name, values in form.items() for value in values]


def show_account(exchange: Exchange) -> Answer:
    """GET /inbox/account."""
    world = exchange.world
    return json_answer(
        {
            "account_sid": exchange.account.sid,
            "accounts": list(world.accounts),
            "numbers": exchange.account.numbers,
            "url": exchange.origin,
            "faults": str(world.deck.faults),
            "errors": DELIVERY_ERRORS,
        }
    )


def show_phones(exchange: Exchange) -> Answer:
    """GET /inbox/phones."""
    before = exchange.number("before", 0)
    _, limit = inbox.range_of(exchange)
    wanted = exchange.asked("search").casefold()
    newest: dict[str, StoredMessage] = {}
    seen = 0
    for message in islice(exchange.account.ahead_of(before or _NEWEST), _LOOKED_THROUGH):
        seen = message.serial
        phone = handset_of(message)
        if phone not in newest and _matches(wanted, phone, message):
            newest[phone] = message
            if len(newest) == limit:
                break
    phones = {
        phone: Phone(phone, message.created, inbox.told(exchange, message))
        for phone, message in newest.items()
    }
    if not before:
        _add_refused(exchange, phones, wanted)
    listed = sorted(phones.values(), key=lambda phone: phone.at, reverse=True)
    return json_answer({"phones": listed, "before": seen if seen > 1 else 0})


def _matches(wanted: str, phone: str, message: StoredMessage) -> bool:
    if not wanted:
        return True
    text = message.body if message.kept_body is None else message.kept_body
    return wanted in phone or wanted in text.casefold() or wanted in message.sid.casefold()


def _add_refused(exchange: Exchange, phones: dict[str, Phone], wanted: str) -> None:
    found: set[str] = set()
    for request in exchange.world.traffic.refused(exchange.account.sid):
        if not request.to or request.to in found or not lasting(request):
            continue
        found.add(request.to)
        known = phones.get(request.to)
        if (known is None or known.at < request.at) and wanted in request.to:
            phones[request.to] = Phone(request.to, request.at, refused=refusal(request))


def lasting(request: Request) -> bool:
    """Whether a request that made no message was refused for good, as far as anybody can tell."""
    return 400 <= request.status < 500 and request.status != 429


def show_conversation(exchange: Exchange) -> Answer:
    """GET /inbox/conversation."""
    after, limit = inbox.range_of(exchange)
    before = exchange.number("before", 0) or _NEWEST
    phone, account, world = exchange.asked("with"), exchange.account, exchange.world
    walked = account.since(after, phone) if after else account.ahead_of(before, phone)
    found = list(islice((one for one in walked if handset_of(one) == phone), limit + 1))
    kept = found[:limit] if after else found[:limit][::-1]
    sids = {message.sid for message in kept}
    refused = [
        refusal(request) for request in world.traffic.refused(account.sid) if request.to == phone
    ]
    return json_answer(
        {
            "messages": [inbox.told(exchange, message) for message in kept],
            "refused": refused[:limit][::-1],
            "callbacks": [
                made
                for made in world.outgoing.log
                if made.kind == "message" and made.message_sid in sids
            ],
            "opt_outs": [pair for pair in account.opt_outs.listed() if pair["handset"] == phone],
            "more": len(found) > limit,
        }
    )


def show_requests(exchange: Exchange) -> Answer:
    """GET /inbox/requests."""
    after, limit = inbox.range_of(exchange)
    sid, to = exchange.asked("sid"), exchange.asked("to")
    kept = (
        _show(request)
        for request in exchange.world.traffic.requests_since(after, exchange.account.sid)
        if (not sid or request.sid == sid) and (not to or request.to == to)
    )
    shown = list(islice(kept, limit))
    return json_answer({"requests": shown, "last": shown[-1]["number"] if shown else after})


def _show(request: Request) -> dict[str, object]:
    """A request as it came, without its credentials, and its answer."""
    names = ("number", "at", "target", "status", "code", "wire", "sid")
    return {
        **{name: getattr(request, name) for name in names},
        "method": "POST",
        "fields": _fields(request),
        "answer": request.answer.decode(errors="replace"),
    }


def export(exchange: Exchange) -> Answer:
    """GET /inbox/export."""
    headers = {
        "Content-Disposition": 'attachment; filename="inbox.json"',
        "X-Content-Type-Options": "nosniff",
    }
    return Answer(200, headers=headers, chunks=_exported(exchange))


def _exported(exchange: Exchange) -> Iterator[bytes]:
    """A part after another, 500 lines at a time: there may be a million."""
    world, sid = exchange.world, exchange.account.sid
    callbacks = [made for made in world.outgoing.log if made.account_sid == sid]
    requests = world.traffic.requests_since(0, sid)
    messages = (inbox.told(exchange, message) for message in exchange.account.since(0))
    yield b'{"messages":['
    yield from _lines(messages)
    yield b'],\n"callbacks":['
    yield from _lines(iter(callbacks))
    yield b'],\n"requests":['
    yield from _lines(_show(request) for request in requests)
    yield b"]}\n"


def _lines(values: Iterator[object]) -> Iterator[bytes]:
    before = b"\n"
    while some := list(islice(values, 500)):
        yield before + b",\n".join(map(_encode, some))
        before = b",\n"


def follow(_exchange: Exchange) -> Answer:
    """GET /inbox/events."""
    return Answer(200, content_type="text/event-stream", follows=True)
