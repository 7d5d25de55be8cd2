"""Moving bytes: what a transport is, the session pool on aiohttp, and a scripted twin for tests.

Importing this package loads no aiohttp; `SessionPool` does, on first use of the name.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .base import Request, Response, Streamed, Transport
from .scripted import Hold, ScriptedTransport, ScriptExhausted

if TYPE_CHECKING:
    from .session_pool import SessionPool

__all__ = [
    "Hold",
    "Request",
    "Response",
    "ScriptExhausted",
    "ScriptedTransport",
    "SessionPool",
    "Streamed",
    "Transport",
]


def __getattr__(name: str) -> object:
    if name == "SessionPool":
        from .session_pool import SessionPool

        return SessionPool
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
