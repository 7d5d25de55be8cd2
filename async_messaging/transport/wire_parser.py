"""The head of a plain answer, which nearly all are.

Plain means that there is one way only to read it: HTTP/1.1, a final status, headers of printable
ASCII in a line each, and one ``Content-Length`` or a status without a body. Everything else, chunks
and compression too, is odd and left to aiohttp's parser: two parsers can't disagree where only one
reads.

One expression looks at every byte of the head and takes out what matters, in a third of the time
that a mapping of the headers takes; the mapping is made when somebody asks for it. Half of that time
goes to names, but the heads of one server have the same lines. So of a head that was found plain
another expression is made, for those names in that order, and asked first.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping

import msgspec

from .reading import HEAD_CAP

LONGEST = HEAD_CAP
"""Bytes of a plain head."""

_STATUS = rb"HTTP/1\.1\ (?P<status>[2-5][0-9]{2})\ [\ -~]*+"
_LENGTH = rb"\ *+ (?P<length>[0-9]{1,9}) \ *+"
_CONNECTION = rb"\ *+ (?P<connection>(?i:keep-alive|close)) \ *+"
_VALUE = rb"[\ -~]*+"
_HEAD = re.compile(
    rb"""
    %b
    (?:\r\n (?:
        (?! (?i: con(?:tent-(?:encoding|length)|nection) | proxy-connection | sec-websocket-key1
               | t(?:e|ra(?:iler|nsfer-encoding)) | upgrade ) : )
        [!\#$%%&'*+\-.^_`|~0-9A-Za-z]++ : %b
      | (?i:content-length) : (?(2)(?!)) %b (?=\r)
      | (?i:connection) : (?(3)(?!)) %b (?=\r)
    )){0,99}+
    \r\n\r\n
    """
    % (_STATUS, _VALUE, _LENGTH, _CONNECTION),
    re.VERBOSE,
)
"""Possessive throughout, so it is linear; ``(?(2)(?!))`` fails where group 2 was met before."""

_MOST = 8
"""Expressions for known lines: few, whatever a server thinks of."""


def _alike(head: bytes) -> re.Pattern[bytes]:
    """What matches the plain heads with the same names, written alike and in the same order."""
    values = {b"content-length": _LENGTH, b"connection": _CONNECTION}
    names = [line.partition(b":")[0] for line in head.split(b"\r\n")[1:-2]]
    lines = [rb"\r\n%b:%b" % (re.escape(one), values.pop(one.lower(), _VALUE)) for one in names]
    absent = [rb"(?:(?!)%b)?" % value for value in values.values()]
    return re.compile(b"".join((_STATUS, *lines, rb"\r\n\r\n", *absent)), re.VERBOSE)


class Headers(Mapping[str, str]):
    """An answer's headers, read when somebody asks for one.

    Names are in lower case; repeated ones are joined by ``, ``.
    """

    __slots__ = ("_lines", "_read")

    def __init__(self, lines: bytes) -> None:
        self._lines = lines
        self._read: dict[str, str] | None = None

    def __repr__(self) -> str:
        return f"<Headers {', '.join(self)}>"

    def _values(self) -> dict[str, str]:
        if self._read is None:
            self._read = headers = dict[str, str]()
            for line in self._lines.decode("ascii").split("\r\n")[1:]:
                name, _, text = line.partition(":")
                name, value = name.lower(), text.strip(" ")
                headers[name] = f"{headers[name]}, {value}" if name in headers else value
        return self._read

    def __getitem__(self, name: str) -> str:
        return self._values()[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values())

    def __len__(self) -> int:
        return len(self._values())


class Head(msgspec.Struct, frozen=True, gc=False):
    """The head of a plain answer: where its body begins and ends, and whether the connection is kept."""

    status: int
    headers: Headers
    start: int
    end: int
    kept: bool


class PlainHeads:
    """Reads plain heads; it learns what lines they have."""

    __slots__ = ("_known",)

    def __init__(self) -> None:
        self._known: list[re.Pattern[bytes]] = []

    def __repr__(self) -> str:
        return f"<PlainHeads: {len(self._known)} known>"

    def read(self, data: bytes) -> Head | None:
        """The head at the beginning of *data*; None if it is odd or not complete."""
        for alike in self._known:
            if (found := alike.match(data, 0, LONGEST)) is not None:
                break
        else:
            found = _HEAD.match(data, 0, LONGEST)
            if found is None:
                return None
            if len(self._known) < _MOST:
                self._known.append(_alike(found[0]))
        status, said, connection = found.group(1, "length", "connection")
        start = found.end()
        if said is None or status in {b"204", b"304"}:
            if status not in {b"204", b"304"} or said not in {None, b"0"}:
                return None
            said = b"0"
        kept = connection is None or connection.lower() == b"keep-alive"
        headers = Headers(data[found.end(1) : start - 4])
        return Head(int(status), headers, start, start + int(said), kept)


plain_head: Callable[[bytes], Head | None] = PlainHeads().read
