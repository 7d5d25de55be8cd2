"""Moving bytes: what a transport is, two of them over aiohttp, and a scripted twin for tests.

Importing this package loads neither aiohttp nor the twin; that takes the first use of a name.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from .base import Request, Response, Streamed, Transport

if TYPE_CHECKING:
    from .scripted import Hold, ScriptedTransport, ScriptExhausted
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

_HOME = {
    "Hold": "scripted",
    "ScriptExhausted": "scripted",
    "ScriptedTransport": "scripted",
    "SessionPool": "session_pool",
    "WireTransport": "wire",
}


def __getattr__(name: str) -> object:
    if name in _HOME:
        value: object = getattr(import_module(f".{_HOME[name]}", __name__), name)
        globals()[name] = value
        return value
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
