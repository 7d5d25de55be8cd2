"""For tests of programs that send messages: fixtures for pytest, a driven clock, a transport that takes all.

Everything is loaded on first use, so that a test that only wants the clock stays cheap, and so does
pytest itself, which loads `plugin` when it starts.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .arrived import ArrivedMessage, CodeNotFound
    from .clock import FakeClock
    from .guard import TwilioBlocked
    from .inbox import Inbox, SyncInbox
    from .phones import MessageNotReceived
    from .simulated import SimulatedTwilio
    from .sink import Sink

__all__ = [
    "ArrivedMessage",
    "CodeNotFound",
    "FakeClock",
    "Inbox",
    "MessageNotReceived",
    "SimulatedTwilio",
    "Sink",
    "SyncInbox",
    "TwilioBlocked",
]

_HOME = {
    "ArrivedMessage": "arrived",
    "CodeNotFound": "arrived",
    "FakeClock": "clock",
    "Inbox": "inbox",
    "MessageNotReceived": "phones",
    "SimulatedTwilio": "simulated",
    "Sink": "sink",
    "SyncInbox": "inbox",
    "TwilioBlocked": "guard",
}


def __getattr__(name: str) -> object:
    if name in _HOME:
        value: object = getattr(import_module(f".{_HOME[name]}", __name__), name)
        globals()[name] = value
        return value
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
