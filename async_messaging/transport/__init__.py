"""Moving bytes: what a transport is, two of them over aiohttp, and a scripted twin for tests.

Importing this package loads no aiohttp; `WireTransport` and `SessionPool` do, on first use of the
name.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .base import Request, Response, Streamed, Transport
from .scripted import Hold, ScriptedTransport, ScriptExhausted

if TYPE_CHECKING:
    from .session_pool import SessionPool
    from .wire import WireTransport

__all__ = [
    "Hold",
    "Request",
    "Response",
    "ScriptExhausted",
    "ScriptedTransport",
    "SessionPool",
    "Streamed",
    "Transport",
    "WireTransport",
]


def __getattr__(name: str) -> object:
    if name == "SessionPool":
        from .session_pool import SessionPool

        return SessionPool
    if name == "WireTransport":
        from .wire import WireTransport

        return WireTransport
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
