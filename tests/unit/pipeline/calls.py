"""Clients over scripts, for the pipeline's tests."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, TypedDict, Unpack

from async_messaging import Limits, MessageDraft, MessagingClient, ScriptedTransport
from async_messaging.clock import Clock
from async_messaging.codec.codes import CodeFacts
from async_messaging.settings import AttemptTimeout, Secret
from async_messaging.transport import Request, Response, scripted
from async_messaging.transport.scripted import Item

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
    transport = ScriptedTransport(script)
    return client_on(transport, clock, **options), transport


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
