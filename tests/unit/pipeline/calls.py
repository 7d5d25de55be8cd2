"""Clients over scripts, for the pipeline's tests."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any, TypedDict, Unpack

from msgspec.structs import replace

from async_messaging import Limits, MessageDraft, MessagingClient, ScriptedTransport
from async_messaging.clock import Clock
from async_messaging.codec.codes import CodeFacts
from async_messaging.settings import AttemptTimeout, Secret
from async_messaging.transport import Request, Response, ScriptExhausted, scripted
from async_messaging.transport.scripted import Hold, Item

ACCOUNT = "AC" + "a" * 32
TOKEN = "f" * 32
SID = "SM" + "1" * 32
DRAFT = MessageDraft(to="+15558675310", from_="+15017122661", body="Hi")


class Options(TypedDict, total=False):
    auth_token: Secret
    limits: Limits
    timeout: float | None
    attempt_timeout: AttemptTimeout | float
    retries: int
    codes: Iterable[CodeFacts]


def client_on(
    transport: ScriptedTransport, clock: Clock, **options: Unpack[Options]
) -> MessagingClient:
    options.setdefault("auth_token", TOKEN)
    return MessagingClient(account_sid=ACCOUNT, transport=transport, clock=clock, **options)


def scripted_client(
    script: Iterable[Item] | Callable[[Request], Any], clock: Clock, **options: Unpack[Options]
) -> tuple[MessagingClient, ScriptedTransport]:
    """A client, and its script; as Twilio does, it gives no sid twice."""
    given: set[bytes] = set()

    def play(request: Request) -> Any:
        if callable(script):
            return _anew(script(request), given)
        for item in left:
            return _anew(item, given)
        raise ScriptExhausted

    left = iter(()) if callable(script) else iter(script)
    transport = ScriptedTransport(play)
    return client_on(transport, clock, **options), transport


def _anew(item: Any, given: set[bytes]) -> Any:
    """The item; if it creates what was created before, it creates another."""
    if isinstance(item, Hold):
        item.then = _anew(item.then, given)
    if not isinstance(item, Response) or item.status != 201:
        return item
    found = re.search(rb'"sid":"(SM[0-9a-f]{32})"', item.content)
    if found is None:
        return item
    sid = found[1] if found[1] not in given else b"SM%032x" % (len(given) + 0xA000)
    given.add(sid)
    return replace(item, content=item.content.replace(found[1], sid))


def created(number: int = 1, **fields: object) -> Response:
    return scripted.json(201, {"sid": f"SM{number:032x}", "status": "queued", **fields})


def problem(status: int, code: int | None = None, **headers: str) -> Response:
    link = f"https://www.twilio.com/docs/errors/{code or status}"
    body: dict[str, object] = {"message": "No.", "status": status, "more_info": link}
    if code is not None:
        body["code"] = code
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return scripted.json(status, body, headers=named)


THROTTLED = problem(429, 20429)
