"""TLS over a plain connection, which knows whether everything that came was read.

asyncio's TLS hands over as much as its protocol asked for and keeps the rest; uvloop's can't be
asked what it keeps. What a server said beyond its answer would then be taken for the next answer.
Here all text of the records that came is handed over in one piece, and the lengths of the records
are followed, so that one that has only begun is known, too.

It takes less than both: 41 KB a connection, where asyncio's keeps a quarter of a mebibyte to
receive into.
"""

from __future__ import annotations

import asyncio
import ssl
from typing import Any

from .unread import poll_of

_PIECE = 1 << 14
"""The longest text of a record."""

_HEADER = 5
"""Bytes of a record's header; the last two tell how many follow."""


async def encrypted(
    raw: asyncio.Transport, context: ssl.SSLContext, name: str, buffer: memoryview | None
) -> asyncio.Transport:
    """Begin TLS on a new connection; `ConnectionAbortedError` if the other side spoke before it was asked."""
    tls = _Plain(raw, context, name) if buffer is None else _Buffered(raw, context, name, buffer)
    try:
        await tls.handshake()
    except BaseException:
        raw.abort()
        raise
    return tls


class Encrypted(asyncio.Transport, asyncio.BaseProtocol):
    """A transport to whoever speaks, and the protocol of the transport beneath."""

    def __init__(self, raw: asyncio.Transport, context: ssl.SSLContext, name: str) -> None:
        super().__init__()
        self._raw = raw
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._incoming, self._outgoing, server_hostname=name)
        self._protocol: Any = None
        self._shaken: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._is_open = False
        self._spoke = False
        self._over = False
        self._error: Exception | None = None
        self._to_come = 0
        self._header = b""
        self._poll = poll_of(raw)

    async def handshake(self) -> None:
        """Agree with the other side, and read the record that has begun then: a ticket."""
        self._raw.set_protocol(self)
        self._shake()
        await self._shaken
        if self._spoke:
            raise ConnectionAbortedError

    def _shake(self) -> None:
        try:
            self._tls.do_handshake()
        except ssl.SSLWantReadError:
            pass
        except ssl.SSLError as error:
            self._fail(error)
        else:
            self._is_open = True
        self._flush()

    def heard(self, data: bytes | memoryview) -> None:
        """A piece has come."""
        self._follow(data)
        self._incoming.write(data)
        if not self._is_open:
            self._shake()
            if not self._is_open:
                return
        pieces = self._read()
        if self._outgoing.pending:
            self._flush()
        if self._protocol is None:
            self._spoke = self._spoke or bool(pieces)
            if not self._to_come and not self._header and not self._shaken.done():
                self._shaken.set_result(None)
        elif pieces:
            self._protocol.data_received(pieces[0] if len(pieces) == 1 else b"".join(pieces))
        if self._over:
            self._raw.abort()

    def _read(self) -> list[bytes]:
        """All text of the records that came."""
        tls, incoming, pieces = self._tls, self._incoming, list[bytes]()
        try:
            while piece := tls.read(_PIECE):
                pieces.append(piece)
                if not incoming.pending and not tls.pending():
                    return pieces
        except ssl.SSLWantReadError:
            return pieces
        except ssl.SSLError as error:
            self._fail(error)
        self._over = True  # the other side's goodbye, or an error
        return pieces

    def _follow(self, data: bytes | memoryview) -> None:
        """Find where the record ends that this piece ends in."""
        if self._header:
            data, self._header = self._header + bytes(data), b""
        length, start = len(data), self._to_come
        while start + _HEADER <= length:
            start += _HEADER + (data[start + 3] << 8) + data[start + 4]
        if start < length:
            self._header = bytes(data[start:])
            start = length
        self._to_come = start - length

    def unread(self, wait: int) -> object:
        """Whether a record has begun, or the socket has something to read; as `poll_of` does."""
        return self._to_come or self._header or self._poll(wait)

    def write(self, data: Any) -> None:
        """Encrypt all of it, then write it."""
        try:
            written = self._tls.write(data)
            while written < len(data):
                written += self._tls.write(memoryview(data)[written:])
        except ssl.SSLError:
            self._outgoing.read()
            raise ConnectionResetError from None
        self._raw.write(self._outgoing.read())

    def _flush(self) -> None:
        if self._outgoing.pending:
            self._raw.write(self._outgoing.read())

    def _fail(self, error: Exception) -> None:
        self._error = error
        if not self._shaken.done():
            self._shaken.set_exception(error)

    def eof_received(self) -> None:
        """The other side writes no more; the transport closes itself."""

    def connection_lost(self, exc: Exception | None) -> None:
        """The transport beneath has closed."""
        self._fail(self._error or exc or ConnectionResetError())
        if self._protocol is not None:
            self._protocol.connection_lost(self._error if self._over else exc)

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        """Hand over to another protocol from now on: one with ``data_received``."""
        self._protocol = protocol

    def get_protocol(self) -> asyncio.BaseProtocol:
        """The protocol that it hands over to."""
        protocol: asyncio.BaseProtocol = self._protocol
        return protocol

    def is_closing(self) -> bool:
        """Whether it is closed, or about to be."""
        return self._raw.is_closing()

    def close(self) -> None:
        """Close it when what was written has left."""
        self._raw.close()

    def abort(self) -> None:
        """Close it at once."""
        self._raw.abort()

    def pause_reading(self) -> None:
        """Hand over nothing more for a while."""
        self._raw.pause_reading()

    def resume_reading(self) -> None:
        """Go on."""
        self._raw.resume_reading()

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        """What the transport beneath says."""
        return self._raw.get_extra_info(name, default)


class _Plain(Encrypted, asyncio.Protocol):
    """Its loop hands over pieces of its own."""

    def data_received(self, data: bytes) -> None:
        self.heard(data)


class _Buffered(Encrypted, asyncio.BufferedProtocol):
    """It receives into a buffer that its whole loop shares: in one turn it is filled and emptied."""

    def __init__(
        self, raw: asyncio.Transport, context: ssl.SSLContext, name: str, buffer: memoryview
    ) -> None:
        super().__init__(raw, context, name)
        self._buffer = buffer

    def get_buffer(self, sizehint: int) -> memoryview:
        return self._buffer

    def buffer_updated(self, nbytes: int) -> None:
        self.heard(self._buffer[:nbytes])
