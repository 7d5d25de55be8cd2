"""For tests of programs that send messages: a clock that is driven, a transport that takes all.

The sink is loaded on first use, so that a test that only wants the clock stays cheap.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from .clock import FakeClock

if TYPE_CHECKING:
    from .sink import Sink

__all__ = ["FakeClock", "Sink"]

_HOME = {"Sink": "sink"}


def __getattr__(name: str) -> object:
    if name in _HOME:
        value: object = getattr(import_module(f".{_HOME[name]}", __name__), name)
        globals()[name] = value
        return value
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
