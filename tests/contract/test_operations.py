"""Every operation of Twilio's specification against what the resources send and decode."""

from __future__ import annotations

import inspect
import json
import re
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import msgspec
import pytest

from async_messaging import MessagingClient, ScriptedTransport, UnexpectedAnswer
from async_messaging.testing import FakeClock
from async_messaging.transport import Request, Response
from tests.contract.spec import ACCOUNT, OPERATIONS, Mode, Operation, answer_of, answer_schema
from tests.contract.surface import BEYOND, PAGING, WITHOUT, all_calls

CALLS = all_calls()
KEYS = sorted(CALLS)


FILE = Response(200, {}, b"+15558675310\n")
"""What a redirect to a store leads to."""


async def made(key: tuple[str, str], mode: Mode) -> tuple[Request, Any]:
    """The first request of an operation, and what became of the answer."""
    status, content = answer_of(OPERATIONS[key], mode)
    server, answer = OPERATIONS[key]["server"], Response(status, {}, content)
    transport = ScriptedTransport(lambda sent: answer if sent.url.startswith(server) else FILE)
    client = MessagingClient(
        account_sid=ACCOUNT,
        auth_token="t" * 32,
        transport=transport,
        clock=FakeClock(autojump=True),
    )
    async with client:
        call = CALLS[key](client)
        value = await call if inspect.isawaitable(call) else call
    return transport.requests[0], value


def parameters(operation: Operation) -> set[str]:
    body = operation.get("body", {})
    fields = set(body.get("fields", {}))
    for variant in body.get("oneOf", ()):
        fields |= set(variant["fields"])
    return (set(operation["query"]) | fields) - PAGING


def sent_names(request: Request) -> set[str]:
    names = {name for name, _ in parse_qsl(urlsplit(request.url).query, keep_blank_values=True)}
    if request.headers.get("Content-Type") == "application/json":
        return names | set(json.loads(request.body or b"{}"))
    return names | {name for name, _ in parse_qsl(request.body.decode(), keep_blank_values=True)}


@pytest.mark.parametrize("key", KEYS, ids="-".join)
async def test_an_operation_is_sent_as_published(key: tuple[str, str]) -> None:
    operation = OPERATIONS[key]
    request, _ = await made(key, "full")
    url = urlsplit(request.url)
    path = re.escape(operation["path"].replace("{AccountSid}", ACCOUNT))
    assert re.fullmatch(re.sub(r"\\\{[A-Za-z0-9]+\\\}", "[A-Za-z0-9]+", path), url.path)
    assert f"{url.scheme}://{url.netloc}" == operation["server"]
    assert request.method == operation["method"]
    beyond, without = set(BEYOND.get(key, ())), set(WITHOUT.get(key, ()))
    assert sent_names(request) - beyond == parameters(operation) - without
    assert not without & sent_names(request)
    if "body" in operation:
        assert request.headers["Content-Type"] == operation["body"]["content_type"]


@pytest.mark.parametrize("mode", ["full", "strange", "null", "bare"])
@pytest.mark.parametrize("key", KEYS, ids="-".join)
async def test_an_answer_decodes_whatever_is_in_it(key: tuple[str, str], mode: Mode) -> None:
    if "307" in OPERATIONS[key]["responses"] and mode in {"null", "bare"}:
        with pytest.raises(UnexpectedAnswer):  # a redirect that names no target
            await made(key, mode)
        return
    _, value = await made(key, mode)
    schema = answer_schema(OPERATIONS[key])
    if schema is None:
        assert value is None
    elif isinstance(value, list):
        assert len(value) == 1
    else:
        assert value is not None


def fields_of(kind: object, name: str) -> object:
    """The type of a model's field by its wire name; LookupError where there is none."""
    structs = [one for one in _types(kind) if isinstance(one, msgspec.inspect.StructType)]
    if not structs:
        return msgspec.inspect.AnyType()
    for struct in structs:
        for field in struct.fields:
            if field.encode_name == name:
                return field.type
    raise LookupError(name)


def _types(kind: object) -> list[object]:
    match kind:
        case msgspec.inspect.UnionType(types=types):
            return [inner for one in types for inner in _types(one)]
        case (
            msgspec.inspect.VarTupleType(item_type=item) | msgspec.inspect.ListType(item_type=item)
        ):
            return _types(item)
        case _:
            return [kind]


def missing(kind: object, schema: dict[str, Any], path: str = "") -> list[str]:
    """Fields of the specification that a model does not have."""
    lacks: list[str] = []
    for name, field in schema.get("fields", {}).items():
        here = f"{path}.{name}" if path else name
        try:
            inner = fields_of(kind, name)
        except LookupError:
            lacks.append(here)
            continue
        below = field.get("items", {}) if field.get("type") == "array" else field
        lacks += missing(inner, below, here)
    return lacks


@pytest.mark.parametrize("key", KEYS, ids="-".join)
async def test_a_model_has_every_published_field(key: tuple[str, str]) -> None:
    schema = answer_schema(OPERATIONS[key])
    _, value = await made(key, "full")
    one = value[0] if isinstance(value, list) else value
    if schema is not None and isinstance(one, msgspec.Struct):
        assert missing(msgspec.inspect.type_info(type(one)), schema) == []


class Inner(msgspec.Struct):
    here: str


class Outer(msgspec.Struct):
    inner: tuple[Inner, ...] | None = None


def test_the_walk_finds_what_a_model_lacks() -> None:
    inner = {"type": "array", "items": {"fields": {"here": {}, "gone": {}}}}
    lacks = missing(msgspec.inspect.type_info(Outer), {"fields": {"inner": inner, "more": {}}})
    assert lacks == ["inner.gone", "more"]
