"""The head of a plain answer, which nearly all are.

Plain means that there is one way only to read it: HTTP/1.1, a final status, headers of printable
ASCII in a line each, and one ``Content-Length`` or a status without a body. Everything else, chunks
and compression too, is odd and left to aiohttp's parser: two parsers can't disagree where only one
reads.

Lines repeat from answer to answer, so each is looked at once and remembered.
"""

from __future__ import annotations

import re
from typing import NamedTuple

__all__ = ["Head", "plain_head"]

LONGEST = 8000
"""Bytes of a plain head: below aiohttp's bound for a single line."""

_MOST = 100
_REMEMBERED = 256

_STATUS = re.compile(r"HTTP/1\.1 ([2-5][0-9]{2}) [\t -~]*")
_HEADER = re.compile(r"([!#$%&'*+\-.^_`|~0-9A-Za-z]+):[ \t]*([!-~](?:[\t -~]*[!-~])?)?[ \t]*")
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


class Head(NamedTuple):
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


_statuses: dict[str, int] = {}
_headers: dict[str, tuple[str, str]] = {}


def plain_head(data: bytes) -> Head | None:
    """The head at the beginning of *data*; None if it is odd or not complete."""
    end = data.find(b"\r\n\r\n", 0, LONGEST)
    if end < 0:
        return None
    lines = data[:end].decode("latin-1").split("\r\n")
    status = _statuses.get(lines[0]) or _status(lines[0])
    if not status or len(lines) > _MOST:
        return None
    headers: dict[str, str] = {}
    for line in lines[1:]:
        known = _headers.get(line) or _header(line)
        if known is None:
            return None
        name, value = known
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    length = _length(status, headers.get("content-length"))
    kept = _kept(headers.get("connection"))
    if length is None or kept is None:
        return None
    return Head(status, headers, end + 4, end + 4 + length, kept)


def _status(line: str) -> int:
    found = _STATUS.fullmatch(line)
    if found is None:
        return 0
    if len(_statuses) >= _REMEMBERED:
        _statuses.clear()
    status = _statuses[line] = int(found[1])
    return status


def _header(line: str) -> tuple[str, str] | None:
    found = _HEADER.fullmatch(line)
    if found is None:
        return None
    header = found[1].lower(), found[2] or ""
    if header[0] in _ODD:
        return None
    if len(_headers) >= _REMEMBERED:
        _headers.clear()
    _headers[line] = header
    return header


def _length(status: int, said: str | None) -> int | None:
    if status in {204, 304}:
        return 0 if said is None or said == "0" else None
    if said is None or len(said) > 9 or not said.isdecimal():
        return None
    return int(said)


def _kept(said: str | None) -> bool | None:
    if said is None:
        return True
    return {"keep-alive": True, "close": False}.get(said.lower())
