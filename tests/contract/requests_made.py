"""What the resources send for an operation, and what they make of an answer as it is published."""

from __future__ import annotations

import inspect
import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from async_messaging import MessagingClient, ScriptedTransport
from async_messaging.testing import FakeClock
from async_messaging.transport import Request, Response
from tests.contract.spec import ACCOUNT, OPERATIONS, Mode, Operation, answer_of
from tests.contract.surface import all_calls

__all__ = ["ALWAYS", "CALLS", "forms", "made", "sent_values", "to_whom", "walked"]

CALLS = all_calls()

ALWAYS = {"Accept", "Authorization", "Content-Type", "User-Agent"}
"""Headers of every request, which the specification does not name."""

FILE = Response(200, {}, b"+15558675310\n")
"""What a redirect to a store leads to."""


async def made(key: tuple[str, str], mode: Mode, variant: int = 0) -> tuple[Request, Any]:
    """The first request of an operation, and what became of the answer."""
    status, content = answer_of(OPERATIONS[key], mode)
    server, answer = OPERATIONS[key]["server"], Response(status, {}, content)
    transport = ScriptedTransport(
        lambda sent: to_whom(sent, answer) if sent.url.startswith(server) else FILE
    )
    client = MessagingClient(
        account_sid=ACCOUNT,
        auth_token="t" * 32,
        transport=transport,
        clock=FakeClock(autojump=True),
    )
    async with client:
        call = CALLS[key][variant](client)
        value = await call if inspect.isawaitable(call) else call
    return transport.requests[0], value


def to_whom(request: Request, answer: Response) -> Response:
    """The answer, which names the recipient of the request where it names one."""
    asked = dict(parse_qsl(request.body.decode(errors="replace"))).get("To")
    found = json.loads(answer.content) if answer.content else None
    if asked is None or not isinstance(found, dict) or not isinstance(found.get("to"), str):
        return answer
    return Response(answer.status, answer.headers, json.dumps({**found, "to": asked}).encode())


def forms(operation: Operation) -> list[dict[str, Any]]:
    """The body's forms; one that is empty where the operation has none."""
    body: dict[str, Any] = operation.get("body", {})
    own = body.get("fields", {})
    return [{"fields": own | one["fields"]} for one in body.get("oneOf", ({"fields": {}},))]


def sent_values(request: Request, form: dict[str, Any]) -> dict[str, list[Any]]:
    """What a request holds, by name; nested fields by their path, as far as they are published."""
    pairs = parse_qsl(urlsplit(request.url).query, keep_blank_values=True)
    found: dict[str, list[Any]] = {}
    if request.headers.get("Content-Type") == "application/json":
        for name, value in walked(json.loads(request.body or b"{}"), form):
            found.setdefault(name, []).append(value)
    else:
        pairs += parse_qsl(request.body.decode(), keep_blank_values=True)
    for name, value in pairs:
        found.setdefault(name, []).append(value)
    return found


def walked(value: dict[str, Any], form: dict[str, Any], above: str = "") -> Iterator[Any]:
    """Path and value of every field of a JSON body; where nothing is published, it ends."""
    for name, inner in value.items():
        here = f"{above}.{name}" if above else name
        yield here, inner
        field = form["fields"].get(name, {})
        is_list = field.get("type") == "array"
        below = field.get("items", {}) if is_list else field
        if "fields" in below:
            for one in inner if is_list else [inner]:
                yield from walked(one, below, here)
