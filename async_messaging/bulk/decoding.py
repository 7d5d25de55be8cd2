"""A file of any size as lines of text, in UTF-8 or UTF-16, gzipped or not.

Gzip is known by its first two bytes. The encoding is decided on the first 64 KiB:

1. a byte order mark says UTF-8 or UTF-16;
2. without one, every row of a UTF-16 file has the digits of a number, so there are at least 7 zero
   bytes a line; the order of bytes is the one in which most line ends are line ends;
3. what is valid UTF-8 is UTF-8, also with damage here and there: fewer bad bytes than good
   characters beyond ASCII;
4. everything else is refused. Bytes don't tell one code page from another: a name in Greek or
   Hebrew read as Windows-1252 is a wrong name in every message, and nobody hears of it.

A byte that can't be decoded becomes a lone surrogate, which makes a bad row of its row and leaves
the others alone.
"""

from __future__ import annotations

import codecs
import gzip
import io
import re
import sys
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple, cast

from ..errors import InvalidInput

LONGEST_LINE = 262_144
"""Characters of a line that are read; a longer line comes cut to this length."""

_HEAD = 65_536
_NUMBER_DIGITS = 7
_SURROGATE = re.compile("[\udc80-\udcff]")
_BEYOND_ASCII = re.compile("[^\x00-\x7f\udc80-\udcff]")
_ESCAPE = re.compile(rb"\x1b[$(]")
"""Begins a character set in ISO-2022-JP and its kin, which are plain ASCII to look at."""
_ENDINGS = ("\n", "\r")


class DamagedError(Exception):
    """The file can't be read further; the text says why."""


class _Encoding(NamedTuple):
    codec: str
    errors: str
    shown: str


_UTF8 = _Encoding("utf-8-sig", "surrogateescape", "UTF-8")
_UTF16 = _Encoding("utf-16", "surrogatepass", "UTF-16")
_UTF16_LE = _Encoding("utf-16-le", "surrogatepass", "UTF-16")
_UTF16_BE = _Encoding("utf-16-be", "surrogatepass", "UTF-16")


class Text:
    """An open file: its lines, and as *head* the text of the first 64 KiB, whose last character may be missing."""

    def __init__(self, raw: io.BufferedIOBase, *, keep_open: bool = False) -> None:
        self._raw = raw
        self._keep_open = keep_open
        try:
            self._read_head()
        except BaseException:
            self.close()
            raise

    def _read_head(self) -> None:
        first, stream = _rewound(self._raw)
        if first[:2] == b"\x1f\x8b":
            first, stream = _rewound(gzip.GzipFile(fileobj=stream))
        if first[:4] == b"PK\x03\x04":
            raise InvalidInput("is a spreadsheet or a zip file: export it as CSV", field="file")
        encoding = _encoding_of(first)
        decoder = codecs.getincrementaldecoder(encoding.codec)(encoding.errors)
        self.head: str = decoder.decode(first)
        self.whole: bool = len(first) < _HEAD
        self.encoding: str = encoding.shown
        self._lines = io.TextIOWrapper(
            stream, encoding=encoding.codec, errors=encoding.errors, newline=""
        )

    def lines(self) -> Iterator[str]:
        """Each line with its ending, LONGEST_LINE characters at most; `DamagedError` where the rest is unreadable."""
        try:
            while line := self._lines.readline(LONGEST_LINE):
                yield line
                while len(line) == LONGEST_LINE and not line.endswith(_ENDINGS):
                    line = self._lines.readline(LONGEST_LINE)
        except (EOFError, zlib.error, gzip.BadGzipFile):
            raise DamagedError("the compressed file is damaged from here on") from None
        except UnicodeDecodeError:
            raise DamagedError("the file ends within a character") from None

    def close(self) -> None:
        """Close the file; standard input stays open."""
        if not self._keep_open:
            self._raw.close()


class _Rewound(io.RawIOBase):
    """A stream whose first bytes were read already: gives them once more, then the rest."""

    def __init__(self, first: bytes, rest: io.BufferedIOBase) -> None:
        self._first = memoryview(first)
        self._rest = rest

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int:
        data = self._first[: len(buffer)] or self._rest.read1(len(buffer))
        self._first = self._first[len(data) :]
        buffer[: len(data)] = data
        return len(data)


def _rewound(stream: io.BufferedIOBase) -> tuple[bytes, io.BufferedReader]:
    """The first 64 KiB, and a stream that begins with them."""
    first = bytearray()
    try:
        while len(first) < _HEAD and (more := stream.read1(_HEAD - len(first))):
            first += more
    except (EOFError, zlib.error, gzip.BadGzipFile):
        pass  # whoever reads the lines meets the damage again, and tells of it
    return bytes(first), io.BufferedReader(_Rewound(bytes(first), stream), _HEAD)


def is_regular(path: str) -> bool:
    """Whether the file can be read more than once."""
    return path != "-" and Path(path).is_file()


def open_text(path: str) -> Text:
    """Open a file, or standard input as ``-``."""
    if path == "-":
        return Text(cast("io.BufferedIOBase", sys.stdin.buffer), keep_open=True)
    return Text(io.BufferedReader(io.FileIO(path), _HEAD))


def _encoding_of(head: bytes) -> _Encoding:
    if head.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
        raise _not_utf8("is UTF-32")
    if head.startswith(codecs.BOM_UTF8):
        return _UTF8
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return _UTF16
    if found := _bare_utf16(head):
        return found
    if _ESCAPE.search(head):
        raise _not_utf8("is ISO 2022")
    if not _is_utf8(head):
        raise _not_utf8("is not UTF-8")
    return _UTF8


def _not_utf8(found: str) -> InvalidInput:
    return InvalidInput(
        f"{found}, and no encoding is guessed: save it as UTF-8 (in a spreadsheet: CSV UTF-8)",
        field="file",
    )


def _bare_utf16(head: bytes) -> _Encoding | None:
    newlines = head.count(b"\n")
    if head.count(0) < _NUMBER_DIGITS * max(1, newlines):
        return None
    for encoding in (_UTF16_LE, _UTF16_BE):
        if head.decode(encoding.codec, "replace").count("\n") * 2 > newlines:
            return encoding
    return None if newlines else _one_sided(head)


def _one_sided(head: bytes) -> _Encoding | None:
    low, high = head[0::2].count(0), head[1::2].count(0)
    if low == 0:
        return _UTF16_LE
    return _UTF16_BE if high == 0 else None


def _is_utf8(head: bytes) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
    text = decoder.decode(head, final=len(head) < _HEAD)
    bad = len(_SURROGATE.findall(text))
    return not bad or bad < len(_BEYOND_ASCII.findall(text))
