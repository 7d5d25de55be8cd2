"""The head of a plain answer, which nearly all are.

Plain means that there is one way only to read it: HTTP/1.1, a final status, headers of printable
ASCII in a line each, and one ``Content-Length`` or a status without a body. Everything else, chunks
and compression too, is odd and left to aiohttp's parser: two parsers can't disagree where only one
reads.

Lines repeat from answer to answer, so each is looked at once and remembered.
"""

from __future__ import annotations

import re
from functools import lru_cache

import msgspec

__all__ = ["Head", "plain_head"]

LONGEST = 8000
"""Bytes of a plain head: below aiohttp's bound for a single line."""

_MOST = 99
_REMEMBERED = 256

_STATUS = re.compile(r"HTTP/1\.1 ([2-5][0-9]{2}) [ -~]*")
_NAME = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_KEPT = {"keep-alive": True, "close": False}
_ODD = frozenset(
    {
        "content-encoding",
        "proxy-connection",
        "sec-websocket-key1",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    }
)


class Head(msgspec.Struct, frozen=True, gc=False):
    """The head of a plain answer.

    Attributes:
        headers: names in lower case; repeated ones joined by ``, ``.
        start: where the body begins.
        end: where it ends.
        kept: whether the connection may be used again.
    """

    status: int
    headers: dict[str, str]
    start: int
    end: int
    kept: bool


class _Odd(Exception):
    """This line is not plain."""


class _Statuses(dict[str, int]):
    """Status lines that were seen, and their status."""

    def __missing__(self, line: str) -> int:
        found = _STATUS.fullmatch(line)
        if found is None:
            raise _Odd
        if len(self) >= _REMEMBERED:
            self.clear()
        status = self[line] = int(found[1])
        return status


class _Headers(dict[str, tuple[str, str]]):
    """Header lines that were seen, and their name and value."""

    def __missing__(self, line: str) -> tuple[str, str]:
        name, colon, value = line.partition(":")
        if not colon or not line.isascii() or not line.isprintable():
            raise _Odd
        if len(self) >= _REMEMBERED:
            self.clear()
        header = self[line] = _name_of(name), value.strip(" ")
        return header


@lru_cache(maxsize=_REMEMBERED)
def _name_of(name: str) -> str:
    lower = name.lower()
    if lower in _ODD or not _NAME.fullmatch(name):
        raise _Odd
    return lower


_status_of = _Statuses().__getitem__
_header_of = _Headers().__getitem__


def plain_head(data: bytes) -> Head | None:
    """The head at the beginning of *data*; None if it is odd or not complete."""
    end = data.find(b"\r\n\r\n", 0, LONGEST)
    if end < 0:
        return None
    first, *lines = data[:end].decode("latin-1").split("\r\n")
    if len(lines) > _MOST:
        return None
    try:
        status = _status_of(first)
        headers = dict(map(_header_of, lines))
    except _Odd:
        return None
    if len(headers) < len(lines):
        headers = _joined(lines)
    length = _length(status, headers.get("content-length"))
    kept = _kept(headers.get("connection"))
    if length is None or kept is None:
        return None
    return Head(status, headers, end + 4, end + 4 + length, kept)


def _joined(lines: list[str]) -> dict[str, str]:
    """Headers of which some are repeated."""
    headers: dict[str, str] = {}
    for name, value in map(_header_of, lines):
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    return headers


def _length(status: int, said: str | None) -> int | None:
    if status in {204, 304}:
        return 0 if said is None or said == "0" else None
    if said is None or len(said) > 9 or not said.isdecimal():
        return None
    return int(said)


def _kept(said: str | None) -> bool | None:
    if said is None:
        return True
    return _KEPT.get(said.lower())
