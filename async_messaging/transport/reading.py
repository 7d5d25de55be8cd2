"""An answer read through aiohttp: decompressed piece by piece, and never beyond its cap.

What had come when reading broke off stays here, for the error that is made of it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from typing import Protocol

from ..errors import MessagingError, UnexpectedAnswer
from .base import Carrier, Response
from .decoding import decoder

KEPT = 1 << 16
"""Bytes of a broken answer that its error keeps: enough to read a sid from."""


HEAD_CAP = 1 << 16
"""Bytes of an answer's headers, and of any of them. Proxies of companies add long ones; 8 KiB,
aiohttp's own bound, made accepted messages unknown."""


class Content(Protocol):
    """A body that comes in pieces: aiohttp's ``StreamReader``."""

    def iter_any(self) -> AsyncIterator[bytes]:
        """The pieces as they come."""
        ...


class Reading:
    """An answer as far as it has been read; the status is None until the head has come."""

    __slots__ = ("_cap", "_carrier", "headers", "pieces", "status")

    def __init__(self, cap: int, carrier: Carrier | None = None) -> None:
        self._cap = cap
        self._carrier = carrier
        self.status: int | None = None
        self.headers: Mapping[str, str] = {}
        self.pieces: list[bytes] = []

    async def read(
        self, status: int, headers: Mapping[str, str], content: Content, close: Callable[[], None]
    ) -> Response:
        """Read the whole body; `UnexpectedAnswer` or `UndecodableBody` where it is no good."""
        self.status = status
        self.headers = lower(headers)
        if status < 200 or "," in self.headers.get("content-length", ""):
            close()
            raise UnexpectedAnswer(
                "the answer changes the protocol, or has two lengths",
                status=status,
                headers=self.headers,
            )
        if sum(len(name) + len(value) for name, value in self.headers.items()) > HEAD_CAP:
            close()
            raise UnexpectedAnswer(
                f"the answer's headers are longer than {HEAD_CAP} bytes", status=status
            )
        body = decoder(self.headers.get("content-encoding", ""))
        taken = length = 0
        async for data in content.iter_any():
            taken += len(data)
            for piece in body.pieces(data):
                length += len(piece)
                if length > self._cap or taken > self._cap:
                    close()
                    raise self._too_long()
                self.pieces.append(piece)
        body.end()
        return Response(status, self.headers, b"".join(self.pieces), self._carrier)

    def raw(self) -> str | None:
        """What has come of the body: enough of it to read a sid from."""
        return b"".join(self.pieces)[:KEPT].decode("latin-1") if self.status is not None else None

    def _too_long(self) -> MessagingError:
        return UnexpectedAnswer(
            f"the answer is longer than {self._cap} bytes",
            status=self.status,
            headers=self.headers,
            raw=self.raw(),
        )


def lower(headers: Mapping[str, str]) -> dict[str, str]:
    """Headers by lower-case name, repeated ones joined, bytes that are not text replaced."""
    found: dict[str, str] = {}
    for name, value in headers.items():
        key = name.lower()
        text = value if value.isascii() else _readable(value)
        found[key] = f"{found[key]}, {text}" if key in found else text
    return found


def _readable(value: str) -> str:
    return value.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
