"""For tests of programs that send messages: a clock that is driven, a transport that is scripted."""

from __future__ import annotations

from .clock import FakeClock

__all__ = ["FakeClock"]
