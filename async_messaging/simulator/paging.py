"""Pages of both generations: relative links and numbers at the top (2010), or a `meta` object (v1).

A page token names the sid (or key) at which the page before ended (`PA`) or the one after began (`PB`), so that new
messages never shift a page. `Page` is only echoed, as Twilio does.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from itertools import islice
from typing import TypeAlias, TypeVar
from urllib.parse import urlencode

import msgspec

from . import dates
from .answers import RefusedError
from .checks import Form

_WHOLE = re.compile(r"\d{1,9}", re.ASCII)
_TOKEN = re.compile(r"P([AB])([A-Za-z0-9]{2,40})", re.ASCII)
_DEFAULT_SIZE = 50
_MAX_SIZE = 1000

Record = TypeVar("Record")
Bounds: TypeAlias = list[tuple[date | datetime, str]]


class Window(msgspec.Struct, frozen=True):
    """Which part of a list is asked for; `backwards` means the page that ends before `key`."""

    size: int
    page: int
    key: str = ""
    backwards: bool = False


class Slice(msgspec.Struct, frozen=True):
    """One page's keys: of its first and last record, and whether there is more on either side."""

    count: int
    first: str = ""
    last: str = ""
    more: bool = False
    less: bool = False


def read_window(query: Form) -> Window:
    """Reads `PageSize`, `Page` and `PageToken`."""
    size = _whole(query, "PageSize", _DEFAULT_SIZE)
    if not 1 <= size <= _MAX_SIZE:
        raise RefusedError(20001, f"PageSize must be between 1 and {_MAX_SIZE}")
    page = _whole(query, "Page", 0)
    token = (query.get("PageToken") or [""])[0]
    if not token:
        return Window(size, page)
    match = _TOKEN.fullmatch(token)
    if match is None:
        raise RefusedError(20001, "PageToken is not one of ours")
    return Window(size, page, match[2], match[1] == "B")


def _whole(query: Form, name: str, default: int) -> int:
    text = (query.get(name) or [""])[0]
    if not text:
        return default
    if not _WHOLE.fullmatch(text):
        raise RefusedError(20001, f"{name} must be a whole number")
    return int(text)


def read_bounds(query: Form, filters: Iterable[tuple[str, str]]) -> Bounds:
    """Reads the date filters of a list: pairs of a bound and `=`, `<` or `>`."""
    bounds: Bounds = []
    for name, operator in filters:
        for text in query.get(name, ()):
            bound = dates.filter_value(text)
            if bound is None:
                raise RefusedError(20001, f"{name} is not a date")
            bounds.append((bound, operator))
    return bounds


def within(moment: float, bounds: Bounds) -> bool:
    """Whether a moment is one that all date filters let through."""
    return all(dates.within(moment, bound, operator) for bound, operator in bounds)


def cut(
    found: Iterable[Record], window: Window, key_of: Callable[[Record], str]
) -> tuple[Slice, list[Record]]:
    """Takes one page off `found`, which runs from the window's key in the window's direction."""
    records = list(islice(found, window.size + 1))
    extra, shown = len(records) > window.size, records[: window.size]
    if window.backwards:
        shown.reverse()
    if not shown:
        return Slice(0), shown
    more, less = (True, extra) if window.backwards else (extra, bool(window.key))
    return Slice(len(shown), key_of(shown[0]), key_of(shown[-1]), more, less), shown


def cut_sequence(
    records: Sequence[Record], window: Window, key_of: Callable[[Record], str]
) -> tuple[Slice, list[Record]]:
    """One page of a list that is at hand as a whole."""
    if not window.key:
        return cut(records, window, key_of)
    for index, record in enumerate(records):
        if key_of(record) == window.key:
            rest = reversed(records[:index]) if window.backwards else records[index + 1 :]
            return cut(rest, window, key_of)
    raise RefusedError(20001, "PageToken is not one of ours")


def page_2010(
    target: str, query: Form, window: Window, part: Slice, records: Mapping[str, object]
) -> dict[str, object]:
    """The envelope of a 2010 list that was asked for as `target`: relative links, null where there is no page."""
    path = target.partition("?")[0]
    start = window.page * window.size
    first, previous, following = _links(path, query, window, part)
    return {
        "first_page_uri": first,
        "end": max(start + part.count - 1, start),
        "previous_page_uri": previous,
        **records,
        "uri": _link(path, query, window.size, window.page, _token_of(window)),
        "page_size": window.size,
        "start": start,
        "next_page_uri": following,
        "page": window.page,
    }


def page_v1(
    url: str, query: Form, window: Window, part: Slice, records: dict[str, list[dict[str, object]]]
) -> dict[str, object]:
    """The envelope of a v1 list: `meta` with absolute links on the origin that was asked."""
    first, previous, following = _links(url, query, window, part)
    (key,) = records
    meta = {
        "page": window.page,
        "page_size": window.size,
        "first_page_url": first,
        "previous_page_url": previous,
        "url": _link(url, query, window.size, window.page, _token_of(window)),
        "next_page_url": following,
        "key": key,
    }
    return {**records, "meta": meta}


def _links(
    base: str, query: Form, window: Window, part: Slice
) -> tuple[str, str | None, str | None]:
    size, page = window.size, window.page
    previous = f"PB{part.first}" if part.less and page else ""
    following = f"PA{part.last}" if part.more else ""
    return (
        _link(base, query, size, 0, ""),
        _link(base, query, size, page - 1, previous) if previous else None,
        _link(base, query, size, page + 1, following) if following else None,
    )


def _token_of(window: Window) -> str:
    return f"P{'B' if window.backwards else 'A'}{window.key}" if window.key else ""


def _link(base: str, query: Form, size: int, page: int, token: str) -> str:
    paging = ("PageSize", "Page", "PageToken")
    pairs = [
        (name, value) for name, values in query.items() if name not in paging for value in values
    ]
    pairs += [("PageSize", str(size)), ("Page", str(page))]
    if token:
        pairs.append(("PageToken", token))
    return f"{base}?{urlencode(pairs)}"
