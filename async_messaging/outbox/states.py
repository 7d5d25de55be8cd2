"""The states of a key and the ways between them, as data. What they mean is in `rules`."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from ..campaigns.states import UNSETTLED, State

__all__ = ["OPEN", "TRANSITIONS", "UNSETTLED", "State", "may_go"]

OPEN: frozenset[State] = frozenset({"INTENT", "UNKNOWN", "HELD"})
"""A message may be on its way, or gone out: such a key never expires."""

TRANSITIONS: Mapping[tuple[State, State], str] = MappingProxyType(
    {
        ("READY", "INTENT"): "claimed; a new key begins as READY",
        ("INTENT", "ACCEPTED"): "2xx and a sid",
        ("INTENT", "REJECTED"): "refused",
        ("INTENT", "READY"): "certainly not sent",
        ("INTENT", "UNKNOWN"): "anything else, or its owner is dead",
        ("UNKNOWN", "ACCEPTED"): "evidence",
        ("UNKNOWN", "REJECTED"): "the attempt's own late answer",
        ("UNKNOWN", "READY"): "resend: two negatives; repeat: at once; the attempt's late answer",
        ("UNKNOWN", "HELD"): "unresolved",
        ("HELD", "ACCEPTED"): "late evidence",
        ("HELD", "REJECTED"): "the attempt's own late answer",
        ("HELD", "READY"): "a person; the attempt's own late answer",
        ("HELD", "SKIPPED"): "a person: assume that it was sent",
    }
)
"""Every way a key may go; what is not here is refused."""


def may_go(before: State, after: State) -> bool:
    """Whether there is such a way."""
    return (before, after) in TRANSITIONS
