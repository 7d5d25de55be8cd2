"""Values to forms and queries, as Twilio wants them.

Booleans are ``true`` and ``false``; a sequence repeats its key; an empty text is kept (``Body=``
redacts a message); a mapping is JSON; dates are UTC; what is not given (``UNSET``) is left out. What
can't be sent is `InvalidInput`, whose `.field` is the attribute or keyword.

A draft whose given fields are all texts, as nearly all are, is taken apart by msgspec at once: a fifth of the
cost of a look at each of its thirty fields.

A text is quoted by yarl's compiled quoter, which comes with aiohttp, or by our own. Both give the same: a blank is
``+``; letters, digits, ``-._~`` and ``!$'()*,``, which mean nothing in a form, stay; all else is UTF-8 in percent
codes. yarl's takes a quarter of the time; it is no public part of yarl, so ours takes its place wherever it is
missing or does otherwise.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from functools import cache, lru_cache
from importlib import import_module
from typing import cast
from urllib.parse import quote, quote_plus
from uuid import UUID

import msgspec
from msgspec import UNSET, to_builtins
from msgspec.structs import astuple

from ..errors import InvalidInput
from .dates import to_day, to_iso

_PLAIN = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-~!$'()*, "
_CODES = {chr(n): f"%{n:02X}" for n in range(128)}
_STAYING = "!$'()*,~"
_SAMPLE = "".join(map(chr, range(128))) + "é€😀"


@cache
def quoter() -> Callable[[str], str]:
    """What quotes a text that holds no lone surrogate. Asked for on first use: an import of ours loads no yarl."""
    return compiled_quoter() or quoted_by_us


def compiled_quoter() -> Callable[[str], str] | None:
    """yarl's, if it is there and does what ours does."""
    try:
        made = import_module("yarl._quoting_c")._Quoter(requote=False, qs=True)  # noqa: SLF001 - see above
        compiled: Callable[[str], str] = made
        return compiled if compiled(_SAMPLE) == quoted_by_us(_SAMPLE) else None
    except Exception:  # noqa: BLE001 - whatever a later yarl has there
        return None


def quoted_by_us(value: str) -> str:
    """The text, quoted without yarl: those characters replaced that need it."""
    if not value.isascii():
        return quote_plus(value, safe=_STAYING)
    unsafe = value.encode().translate(None, _PLAIN).decode()
    if "%" in unsafe:  # first, since the codes have it
        value = value.replace("%", "%25")
    for char in set(unsafe):
        if char != "%":
            value = value.replace(char, _CODES[char])
    return value.replace(" ", "+")  # last: a plus of its own has its code by now


_KEPT = (bytes, bytearray, dt.datetime, dt.date, dt.time, dt.timedelta, Decimal, UUID)
"""What msgspec would make texts of, in a way of its own."""

_SURROGATE = re.compile("[\ud800-\udfff]")
_SEGMENT = re.compile(r"[A-Za-z0-9_.~+:@-]{1,256}")


@cache
def pascal(name: str) -> str:
    """``media_url`` -> ``MediaUrl``: Twilio's spelling of a parameter. ``a2p`` becomes ``A2P``."""
    parts = name.rstrip("_").split("_")
    return "".join("A2P" if part == "a2p" else part.capitalize() for part in parts)


def path(template: str, **ids: str) -> str:
    """Fill a path with ids, each of which stays within its segment."""
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
    """The pairs as ``application/x-www-form-urlencoded`` text."""
    quote_ = quoter()
    parts: list[str] = []
    for key, value in pairs:
        simple = value.isascii() and type(value) is str
        parts.append(f"{_name(key)}={quote_(value if simple else _checked(value, key))}")
    return "&".join(parts)


@lru_cache(maxsize=512)
def _name(name: str) -> str:
    return quoter()(_checked(name, name))


def _checked(value: str, field: str) -> str:
    if _SURROGATE.search(value):
        raise InvalidInput("holds a lone surrogate, not a character", field=field)
    return str.__str__(value)  # an enum's own is its name, and a template's text replaces otherwise


def form(value: msgspec.Struct) -> bytes:
    """The struct's given fields as a form."""
    return query(value).encode("ascii")


def query(value: msgspec.Struct) -> str:
    """The struct's given fields as a query."""
    try:
        texts = _texts(value)
        return encode_pairs(pairs_of(value)) if texts is None else texts
    except InvalidInput as error:
        own = {name: attribute for attribute, name in _names(type(value))}
        raise InvalidInput(error.reason, field=own.get(error.field, error.field)) from None


def _texts(value: msgspec.Struct) -> str | None:
    """The query of the given fields; None if one is no text. Names of fields need no quoting."""
    try:
        given: dict[str, str] = to_builtins(value, builtin_types=_KEPT)
    except TypeError:
        return None
    if not given.get("extra", True):
        del given["extra"]
    quote_ = quoter()
    parts: list[str] = []
    for name, item in given.items():
        if type(item) is not str:
            return None
        parts.append(f"{name}={quote_(item if item.isascii() else _checked(item, name))}")
    return "&".join(parts)


def keywords(given: Mapping[str, object]) -> str:
    """Keywords of a method as a form or a query, by Twilio's names; ``UNSET`` is left out.

    A tuple repeats its key.
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
    pairs: list[tuple[str, str]] = []
    for (attribute, name), item in zip(_names(type(value)), astuple(value), strict=True):
        if item is not UNSET:
            pairs += _several(attribute, name, item)
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
