"""Compressed answers, undone piece by piece.

aiohttp could do it, but it takes a gzip body that was cut short for a whole one, and loses the
answer's status where the first piece is not gzip at all. Here no piece is longer than 64 KiB, so a
small body that grows without end costs no memory before its reader has had enough.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from typing import Protocol

ACCEPTED = "gzip, deflate"
"""What is asked for by ``Accept-Encoding``."""

PIECE = 1 << 16


class UndecodableBody(Exception):
    """The body is not what its ``Content-Encoding`` says, or ends too early."""


class Decoder(Protocol):
    """Turns the body's bytes into what they stand for."""

    def pieces(self, data: bytes) -> Iterator[bytes]:
        """What *data* adds, in pieces of at most 64 KiB, made as they are asked for."""
        ...

    def end(self) -> None:
        """Check that the body is complete; raises `UndecodableBody`."""
        ...


def decoder(encoding: str) -> Decoder:
    """The decoder for a ``Content-Encoding``."""
    match encoding.strip().lower():
        case "" | "identity":
            return _Plain()
        case "gzip" | "x-gzip":
            return _Zlib(16 + zlib.MAX_WBITS)
        case "deflate":
            return _Zlib(zlib.MAX_WBITS)
        case _:
            raise UndecodableBody("an encoding that nobody asked for")


class _Plain:
    def pieces(self, data: bytes) -> Iterator[bytes]:
        for start in range(0, len(data), PIECE):
            yield data[start : start + PIECE]

    def end(self) -> None:
        return


class _Zlib:
    def __init__(self, window: int) -> None:
        self._window = window
        self._started = False
        self._zlib = zlib.decompressobj(window)

    def pieces(self, data: bytes) -> Iterator[bytes]:
        if data and not self._started:
            self._started = True
            if self._window == zlib.MAX_WBITS and data[0] & 15 != 8:
                # Some servers take "deflate" for the bare format, without zlib's header.
                self._window = -zlib.MAX_WBITS
                self._zlib = zlib.decompressobj(self._window)
        piece = b""
        while data or len(piece) == PIECE:
            try:
                piece = self._zlib.decompress(data, PIECE)
            except zlib.error:
                raise UndecodableBody("the compressed body is broken") from None
            if piece:
                yield piece
            data = self._zlib.unconsumed_tail
            if self._zlib.eof and self._zlib.unused_data:
                data = self._zlib.unused_data
                self._zlib = zlib.decompressobj(self._window)

    def end(self) -> None:
        if self._started and not self._zlib.eof:
            raise UndecodableBody("the compressed body ends too early")
