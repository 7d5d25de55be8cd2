"""Clients over scripts, and what they wrote."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from async_messaging import MessagingClient, ScriptedTransport
from async_messaging.clock import Clock
from async_messaging.transport import Request, Response, scripted
from async_messaging.transport.scripted import Item

ACCOUNT = "AC" + "a" * 32
TOKEN = "f" * 32
SID = "SM" + "1" * 32
MEDIA_SID = "ME" + "2" * 32
TO = "+15558675310"
FROM = "+15017122661"
HOST = "https://api.twilio.com"
BASE = f"/2010-04-01/Accounts/{ACCOUNT}"


def client_over(
    script: Iterable[Item] | Callable[[Request], Any], clock: Clock, **options: Any
) -> tuple[MessagingClient, ScriptedTransport]:
    transport = ScriptedTransport(script)
    given = {"account_sid": ACCOUNT, "auth_token": TOKEN, **options}
    return MessagingClient(transport=transport, clock=clock, **given), transport


def wire(request: Request) -> tuple[str, str, str]:
    """Method, URL and body as they go on the wire."""
    return request.method, request.url, request.body.decode("ascii")


def message(number: int = 1, **fields: object) -> dict[str, object]:
    return {"sid": f"SM{number:032x}", "status": "queued", **fields}


def created(**fields: object) -> Response:
    return scripted.json(201, {"sid": SID, "status": "queued", **fields})


def page(numbers: Iterable[int], following: str | None = None, key: str = "messages") -> Response:
    items = [message(number) for number in numbers]
    return scripted.json(200, {key: items, "next_page_uri": following})
