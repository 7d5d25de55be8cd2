"""Values to forms and queries, as Twilio wants them.

Booleans are ``true`` and ``false``; a sequence repeats its key; an empty text is kept (``Body=``
redacts a message); a mapping is JSON; dates are UTC; what is not given (``UNSET``) is left out.

Forms are encoded by replacing those characters that need it, a tenth of the cost of ``urlencode``; a
property test holds the two against each other.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Iterable, Mapping
from decimal import Decimal
from functools import cache, lru_cache
from typing import cast
from urllib.parse import quote, quote_plus

import msgspec
from msgspec import UNSET
from msgspec.structs import astuple

from ..errors import InvalidInput
from .dates import to_day, to_iso

__all__ = ["encode_pairs", "form", "keywords", "pairs_of", "pascal", "path", "query"]

_PLAIN = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-~ "
_CODES = {chr(n): f"%{n:02X}" for n in range(128)}
_FEW = 8
_NOTHING: Mapping[str, str] = {}
_SURROGATE = re.compile("[\ud800-\udfff]")
_SEGMENT = re.compile(r"[A-Za-z0-9_.~+:@-]{1,256}")


@cache
def pascal(name: str) -> str:
    """``media_url`` -> ``MediaUrl``: Twilio's spelling of a parameter. ``a2p`` becomes ``A2P``."""
    parts = name.rstrip("_").split("_")
    return "".join("A2P" if part == "a2p" else part.capitalize() for part in parts)


def path(template: str, **ids: str) -> str:
    """Fill a path with ids, each of which stays within its segment.

    Raises:
        InvalidInput: an id is empty, ``.`` or ``..``, or holds what no id of Twilio's holds.
    """
    quoted: dict[str, str] = {}
    for name, value in ids.items():
        if not _SEGMENT.fullmatch(value) or not value.strip("."):
            raise InvalidInput("is not an id that can stand in a path", field=name)
        quoted[name] = quote(value, safe="")
    return template.format_map(_Filled(quoted))


class _Filled(dict[str, str]):
    """Leaves ``{AccountSid}`` as it is: the client fills it in."""

    def __missing__(self, key: str) -> str:
        return "{" + key + "}"


def encode_pairs(pairs: Iterable[tuple[str, str]]) -> str:
    """The pairs as ``application/x-www-form-urlencoded`` text.

    Raises:
        InvalidInput: a value holds a lone surrogate, which no encoding of text has.
    """
    return "&".join([f"{_quoted_name(key)}={_quoted(value, key)}" for key, value in pairs])


@lru_cache(maxsize=512)
def _quoted_name(name: str) -> str:
    return _quoted(name, name)


def _quoted(value: str, field: str) -> str:
    if not value.isascii():
        if _SURROGATE.search(value):
            raise InvalidInput("holds a lone surrogate, not a character", field=field)
        return quote_plus(value)
    unsafe = value.encode().translate(None, _PLAIN).decode()
    if "%" in unsafe:  # first, since the codes have it
        value = value.replace("%", "%25")
    for char in unsafe if len(unsafe) < _FEW else set(unsafe):
        if char != "%":
            value = value.replace(char, _CODES[char])
    return value.replace(" ", "+")  # last: a plus of its own has its code by now


def form(value: msgspec.Struct) -> bytes:
    """The struct's given fields as a form.

    Raises:
        InvalidInput: a field can't be sent; `.field` is the attribute's name.
    """
    return query(value).encode("ascii")


def query(value: msgspec.Struct) -> str:
    """The struct's given fields as a query.

    Raises:
        InvalidInput: a field can't be sent; `.field` is the attribute's name.
    """
    try:
        return encode_pairs(pairs_of(value))
    except InvalidInput as error:
        own = {name: attribute for attribute, name in _names(type(value))}
        raise InvalidInput(error.reason, field=own.get(error.field, error.field)) from None


def keywords(given: Mapping[str, object]) -> str:
    """Keywords of a method as a form or a query, by Twilio's names; ``UNSET`` is left out.

    A tuple repeats its key.

    Raises:
        InvalidInput: a value can't be sent, such as None; `.field` is the keyword.
    """
    pairs = [
        (pascal(name), _text(item, name))
        for name, value in given.items()
        if value is not UNSET
        for item in (cast("tuple[object, ...]", value) if isinstance(value, tuple) else (value,))
    ]
    try:
        return encode_pairs(pairs)
    except InvalidInput as error:
        own = {pascal(name): name for name in given}
        raise InvalidInput(error.reason, field=own.get(error.field, error.field)) from None


@cache
def _names(kind: type[msgspec.Struct]) -> tuple[tuple[str, str], ...]:
    """Attribute and wire name of each field."""
    return tuple(zip(kind.__struct_fields__, kind.__struct_encode_fields__, strict=True))


def pairs_of(value: msgspec.Struct) -> list[tuple[str, str]]:
    """Wire names and texts of the struct's given fields; ``extra`` holds ready ones."""
    items: tuple[object, ...] = astuple(value)
    left = len(items) - items.count(UNSET)
    pairs: list[tuple[str, str]] = []
    for (attribute, name), item in zip(_names(type(value)), items, strict=True):
        if item is UNSET:
            continue
        if type(item) is str:
            pairs.append((name, item))
        else:
            pairs += _several(attribute, name, item)
        left -= 1
        if not left or (left == 1 and items[-1] == _NOTHING):
            break  # most fields of most drafts are not given
    return pairs


def _several(attribute: str, name: str, item: object) -> Iterable[tuple[str, str]]:
    if attribute == "extra":
        return cast("Mapping[str, str]", item).items()
    several = cast("tuple[object, ...]", item) if isinstance(item, tuple) else (item,)
    return [(name, _text(one, attribute)) for one in several]


def _text(value: object, field: str) -> str:
    match value:
        case str():
            return value
        case bool():
            return "true" if value else "false"
        case dt.datetime():
            return to_iso(value, field=field)
        case dt.date():
            return to_day(value)
        case Decimal():
            return f"{value:f}"
        case int() | float():
            return str(value)
        case Mapping():
            pairs = cast("Mapping[str, str]", value)
            return json.dumps(dict(pairs), ensure_ascii=False, separators=(",", ":"))
        case _:
            raise InvalidInput(
                f"can't be sent as a parameter ({type(value).__name__})", field=field
            )
