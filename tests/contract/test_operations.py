"""Every operation of Twilio's specification against what the resources send and decode."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

import msgspec
import pytest

from async_messaging import UnexpectedAnswer
from tests.contract.requests_made import ALWAYS, CALLS, forms, made, sent_values, walked
from tests.contract.spec import ACCOUNT, OPERATIONS, Mode, answer_schema, leaves
from tests.contract.surface import BEYOND, PAGING, WITHOUT

KEYS = sorted(CALLS)
CASES = [(key, variant) for key in KEYS for variant in range(len(CALLS[key]))]
"""An operation whose body has several forms has a call for each, in the specification's order."""


def name_of(value: object) -> str:
    return "-".join(value) if isinstance(value, tuple) else str(value)


@pytest.mark.parametrize("key", KEYS, ids=name_of)
def test_every_form_of_a_body_has_a_call(key: tuple[str, str]) -> None:
    assert len(CALLS[key]) == len(forms(OPERATIONS[key]))


@pytest.mark.parametrize(("key", "variant"), CASES, ids=name_of)
async def test_an_operation_is_sent_as_published(key: tuple[str, str], variant: int) -> None:
    operation = OPERATIONS[key]
    form = forms(operation)[variant]
    request, _ = await made(key, "full", variant)
    url = urlsplit(request.url)
    path = re.escape(operation["path"].replace("{AccountSid}", ACCOUNT))
    assert re.fullmatch(re.sub(r"\\\{[A-Za-z0-9]+\\\}", "[A-Za-z0-9]+", path), url.path)
    assert f"{url.scheme}://{url.netloc}" == operation["server"]
    assert request.method == operation["method"]
    beyond, without = set(BEYOND.get(key, ())), set(WITHOUT.get(key, ()))
    sent = sent_values(request, form)
    published = dict(leaves(form)) | operation["query"]
    assert set(sent) - beyond == set(published) - PAGING - without
    assert not without & set(sent)
    assert set(request.headers) - ALWAYS == set(operation["headers"]) - without
    for name, field in published.items():
        if len(field.get("enum", ())) == 1 and name in sent:
            assert set(sent[name]) == set(field["enum"])
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


@pytest.mark.parametrize("key", KEYS, ids=name_of)
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


def test_the_walk_goes_as_deep_as_what_is_published() -> None:
    items = {"type": "array", "items": {"fields": {"here": {}}}}
    form = {"fields": {"inner": {"fields": {"items": items}}, "open": {"type": "object"}}}
    body = {"inner": {"items": [{"here": 1}, {"gone": 2}]}, "open": {"free": 3}}
    assert [path for path, _ in walked(body, form)] == [
        "inner",
        "inner.items",
        "inner.items.here",
        "inner.items.gone",
        "open",
    ]
