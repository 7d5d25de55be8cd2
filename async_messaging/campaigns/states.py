"""The states of a row and the ways between them, as data. The theory is in `ledger`."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal

__all__ = ["FINAL", "STATES", "TRANSITIONS", "UNSETTLED", "State"]

State = Literal["READY", "INTENT", "ACCEPTED", "REJECTED", "UNKNOWN", "HELD", "SKIPPED"]

STATES: tuple[State, ...] = (
    "READY",
    "INTENT",
    "ACCEPTED",
    "REJECTED",
    "UNKNOWN",
    "HELD",
    "SKIPPED",
)

FINAL: frozenset[State] = frozenset({"ACCEPTED", "REJECTED", "SKIPPED"})
"""States that never change (I4)."""

UNSETTLED: frozenset[State] = frozenset({"UNKNOWN", "HELD"})
"""States in which nobody knows whether the message went out."""

TRANSITIONS: Mapping[tuple[State, State], str] = MappingProxyType(
    {
        ("READY", "INTENT"): "T1",
        ("INTENT", "ACCEPTED"): "T2",
        ("INTENT", "REJECTED"): "T3",
        ("INTENT", "READY"): "T4",
        ("INTENT", "UNKNOWN"): "T5, T6",
        ("UNKNOWN", "ACCEPTED"): "T7",
        ("HELD", "ACCEPTED"): "T7",
        ("UNKNOWN", "READY"): "T8",
        ("UNKNOWN", "HELD"): "unresolved",
        ("READY", "SKIPPED"): "T9",
        ("HELD", "READY"): "T10",
        ("HELD", "SKIPPED"): "T10",
    }
)
"""Every way a row may go; what is not here is refused."""
