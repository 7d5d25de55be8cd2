"""Twilio's published operations as bare facts, and answers made from them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, Literal

__all__ = [
    "ACCOUNT",
    "OPERATIONS",
    "Mode",
    "Operation",
    "answer_of",
    "answer_schema",
    "leaves",
    "record_key",
    "sid_of",
]

Key = tuple[str, str]
Operation = dict[str, Any]
Schema = dict[str, Any]
Mode = Literal["full", "strange", "null", "bare"]
"""``full``: every field as published. ``strange``: numbers as strings and strings as numbers where
the two are told apart by nothing but Twilio's mood, unknown enumerations, unknown fields. ``null``:
every field null but the own sid. ``bare``: the own sid alone."""

ACCOUNT = "AC" + "a" * 32
_PREFIXES = {"^(SM|MM)": "SM"}


@cache
def _load() -> dict[Key, Operation]:
    file = Path(__file__).with_name("operations.json")
    found: list[Operation] = json.loads(file.read_text())["operations"]
    return {(operation["api"], operation["operation"]): operation for operation in found}


OPERATIONS = _load()


def sid_of(prefix: str, number: int = 1) -> str:
    """A well-formed sid."""
    return f"{prefix}{number:032x}"


def _good(operation: Operation) -> tuple[int, Schema | None]:
    """The first status below 400, and the form of its answer."""
    for status, answer in operation["responses"].items():
        if int(status) < 400:
            schema = answer.get("application/json") if answer else None
            return int(status), schema and merged(schema)
    raise LookupError(operation["operation"])


def merged(schema: Schema) -> Schema:
    """A form that has variants, as one form with the fields of all."""
    if "oneOf" not in schema:
        return schema
    fields: Schema = {}
    for variant in schema["oneOf"]:
        fields |= variant["fields"]
    return {"type": "object", "fields": fields}


def record_key(operation: Operation) -> str | None:
    """Under which name a page holds its items; None where the answer is no page."""
    _, schema = _good(operation)
    if not operation["operation"].startswith("List") or schema is None:
        return None
    arrays = [name for name, field in schema["fields"].items() if field.get("type") == "array"]
    return arrays[0] if len(arrays) == 1 else None


def answer_of(operation: Operation, mode: Mode) -> tuple[int, bytes]:
    """Status and body of an answer as Twilio publishes it."""
    status, schema = _good(operation)
    if schema is None:
        return status, b""
    key = record_key(operation)
    if key is None:
        return status, json.dumps(_object(schema, mode)).encode()
    item = merged(schema["fields"][key]["items"])
    page: dict[str, Any] = dict.fromkeys(schema["fields"])
    page |= {key: [_object(item, mode)], "meta": {"key": key, "next_page_url": None}}
    return status, json.dumps(page).encode()


def _object(schema: Schema, mode: Mode) -> dict[str, Any]:
    fields: dict[str, Schema] = schema.get("fields", {})
    own = {name for name in fields if name == "sid"}
    if mode == "bare":
        return {name: _value(fields[name], "full") for name in own}
    found = {
        name: None if mode == "null" and name not in own else _value(field, mode)
        for name, field in fields.items()
    }
    return found | ({"a_new_field": {"deep": [1]}} if mode == "strange" else {})


def _value(schema: Schema, mode: Mode) -> Any:
    match schema.get("type"):
        case "object":
            return _object(schema, mode)
        case "array":
            return [_value(schema.get("items", {}), mode)]
        case "boolean":
            return True
        case "integer":
            return "7" if mode == "strange" else 7
        case "number":
            return "0.05" if mode == "strange" else 0.05
        case _:
            return _text(schema, mode)


_FORMATS = {
    "date-time-rfc-2822": "Thu, 24 Aug 2023 05:01:45 +0000",
    "date-time": "2015-07-30T20:12:31Z",
    "currency": "USD",
    "iso-country-code": "US",
    "uri": "https://stores.twiliocdn.com/x",
    "phone-number": "+15558675310",
}


def _text(schema: Schema, mode: Mode) -> str:
    pattern = schema.get("pattern", "")
    if pattern.startswith("^") and "{32}" in pattern:
        prefix = _PREFIXES.get(pattern.split("[")[0], pattern[1:3])
        return sid_of(prefix)
    if "enum" in schema:
        return "a-value-of-tomorrow" if mode == "strange" else str(schema["enum"][0])
    if schema.get("format") in {"date-time", "date-time-rfc-2822"} and mode == "strange":
        other = {"date-time": "date-time-rfc-2822", "date-time-rfc-2822": "date-time"}
        return _FORMATS[other[schema["format"]]]
    return _FORMATS.get(schema.get("format", ""), "1")


def leaves(schema: Schema, path: str = "") -> Iterator[tuple[str, Schema]]:
    """Path and form of every field of an answer or a body."""
    for name, field in schema.get("fields", {}).items():
        here = f"{path}.{name}" if path else name
        yield here, field
        inner = field.get("items", {}) if field.get("type") == "array" else field
        yield from leaves(inner, here)


def answer_schema(operation: Operation) -> Schema | None:
    """The form of one item of a page, or of the answer."""
    _, schema = _good(operation)
    key = record_key(operation)
    if key is not None and schema is not None:
        return merged(schema["fields"][key]["items"])
    return schema
