"""Compares answers with Twilio's description of its operations (`tests/contract/operations.json`)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from email.utils import parsedate_to_datetime
from functools import cache
from pathlib import Path
from typing import Any, TypeAlias

Json: TypeAlias = Any  # answers and their description are plain JSON

_ISO = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
_FILE = Path(__file__).parents[1] / "contract" / "operations.json"
_TYPES: dict[str, type] = {
    "string": str,
    "integer": int,
    "array": list,
    "object": dict,
    "boolean": bool,
    # Described as a number; the real API writes prices as strings.
    "number": str,
}


@cache
def _operations() -> dict[tuple[str, str], Json]:
    described = json.loads(_FILE.read_text(encoding="utf-8"))["operations"]
    return {(entry["api"], entry["operation"]): entry for entry in described}


def differences(api: str, operation: str, status: int, body: bytes) -> list[str]:
    """What is wrong with an answer: its status, missing or unknown fields, types, forms."""
    responses = _operations()[api, operation]["responses"]
    described = responses.get(str(status))
    if described is None:
        return [f"status {status} is not one of {sorted(responses)}"]
    if not described:
        return ["a body where none belongs"] if body else []
    return list(_compare("answer", json.loads(body), described["application/json"]))


def _compare(where: str, value: Json, shape: Json) -> Iterator[str]:
    if "type" not in shape:
        return  # anything goes
    if value is None:
        if not shape.get("nullable"):
            yield f"{where} is null"
        return
    if not _is_a(value, shape["type"]):
        yield f"{where} is no {shape['type']}"
    elif shape["type"] == "array":
        for index, item in enumerate(value):
            yield from _compare(f"{where}[{index}]", item, shape["items"])
    elif shape["type"] == "object" and "fields" in shape:
        yield from _compare_fields(where, value, shape["fields"])
    elif shape["type"] == "string":
        yield from _compare_text(where, value, shape)


def _is_a(value: Json, kind: str) -> bool:
    return isinstance(value, _TYPES[kind]) and isinstance(value, bool) == (kind == "boolean")


def _compare_fields(where: str, value: Json, fields: Json) -> Iterator[str]:
    if value.keys() != fields.keys():
        yield f"{where} differs by {sorted(value.keys() ^ fields.keys())}"
    for name in value.keys() & fields.keys():
        yield from _compare(f"{where}.{name}", value[name], fields[name])


def _compare_text(where: str, value: str, shape: Json) -> Iterator[str]:
    if "pattern" in shape and not re.fullmatch(shape["pattern"], value):
        yield f"{where} does not match {shape['pattern']}"
    if "enum" in shape and value not in shape["enum"]:
        yield f"{where} is none of {shape['enum']}"
    if shape.get("format") == "date-time-rfc-2822":
        try:
            parsedate_to_datetime(value)
        except ValueError:
            yield f"{where} is no date"
    if shape.get("format") == "date-time" and not _ISO.fullmatch(value):
        yield f"{where} is no date"
    if shape.get("format") == "uri" and not value.startswith(
        ("http://127.0.0.1", "https://", "/2010-04-01/")
    ):
        yield f"{where} is no URL"
