"""Values to JSON bodies, and the texts in them."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import cast

import msgspec
from msgspec import UNSET

from ..errors import InvalidInput

JSON = "application/json"


@cache
def _encoder() -> msgspec.json.Encoder:
    """Decimals become numbers, with the digits that they were given."""
    return msgspec.json.Encoder(decimal_format="number")


def json_body(value: msgspec.Struct) -> bytes:
    """The struct as JSON; what is not given (``UNSET``) is left out."""
    try:
        return _encoder().encode(value)
    except (TypeError, ValueError, RecursionError) as error:
        reason = type(error).__name__  # its text may hold what was given
    raise InvalidInput(f"can't be sent as JSON ({reason})", field=_wrong_field(value))


def _wrong_field(value: msgspec.Struct) -> str:
    """The first field that can't be encoded by itself."""
    for name in value.__struct_fields__:
        item: object = getattr(value, name)
        try:
            _encoder().encode(None if item is UNSET else item)
        except (TypeError, ValueError, RecursionError):
            return name
    return ""


def texts_of(body: bytes) -> list[str]:
    """All texts in a JSON body but the names of fields; none where it is not JSON."""
    try:
        return list(_texts(msgspec.json.decode(body)))
    except (ValueError, RecursionError):
        return []


def _texts(value: object) -> Iterator[str]:
    match value:
        case str():
            yield value
        case dict():
            for item in cast("dict[str, object]", value).values():
                yield from _texts(item)
        case list():
            for item in cast("list[object]", value):
                yield from _texts(item)
        case _:
            return
