"""The states of a send and the ways between them, as data. Campaigns and outboxes share them.

```text
READY    --T1 durable intent----------------------------------------> INTENT
READY    --T9 opt-out, deadline, cancel, suppression, bad or duplicate row--> SKIPPED
INTENT   --T2 2xx and a sid, or its receipt-------------------------> ACCEPTED
INTENT   --T3 refused-----------------------------------------------> REJECTED
INTENT   --T4 proven not sent---------------------------------------> READY
INTENT   --T5 anything else; T6 its process is dead-----------------> UNKNOWN
UNKNOWN  --T7 evidence, the attempt's own late answer---------------> ACCEPTED
UNKNOWN  --T3 the attempt's own late answer-------------------------> REJECTED
UNKNOWN  --T8 resend: two negatives; repeat: at once; T4 late-------> READY
UNKNOWN  --unresolved, or undecidable-------------------------------> HELD
HELD     --T7 late evidence; T10 a person---------------------------> ACCEPTED; READY / SKIPPED
HELD     --T3 the attempt's own late answer-------------------------> REJECTED
ACCEPTED --T11 expired in Twilio's queue, never sent----------------> READY
```

ACCEPTED, REJECTED and SKIPPED are final. The one way out, T11, is for whoever holds Twilio's word
(30036) that the message left its queue unsent; an attempt's outcome never takes it.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal

State = Literal["READY", "INTENT", "ACCEPTED", "REJECTED", "UNKNOWN", "HELD", "SKIPPED"]

OnUnknown = Literal["hold", "resend", "repeat"]
"""What becomes of a send that can't be settled: held for a person; sent again once two scans of
Twilio's list did not find it; or sent again at once, which may double it."""

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
"""States that never change, T11 apart."""

OPEN: frozenset[State] = frozenset({"INTENT", "UNKNOWN", "HELD"})
"""A message may be on its way, or gone out: such a send never expires, and competes for evidence."""

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
        ("UNKNOWN", "REJECTED"): "T3",
        ("HELD", "REJECTED"): "T3",
        ("UNKNOWN", "READY"): "T8",
        ("UNKNOWN", "HELD"): "unresolved",
        ("READY", "SKIPPED"): "T9",
        ("HELD", "READY"): "T10",
        ("HELD", "SKIPPED"): "T10",
        ("ACCEPTED", "READY"): "T11",
    }
)
"""Every way a send may go; what is not here is refused."""


def may_go(before: State, after: State, *, expired: bool = False) -> bool:
    """Whether there is such a way; that Twilio says the message *expired* in its queue alone opens T11."""
    way = TRANSITIONS.get((before, after))
    return way is not None and (expired or way != "T11")
