"""How far a message has come: Twilio's statuses in their order, and which of two reports holds.

Twilio reports each status by a callback of its own. They come in any order, more than once, now and
then before the answer to the creation, and carry neither a time nor a number. So a status has a
rank, and of two reports the higher one holds:

```text
0 scheduled   1 accepted   2 queued   3 sending, receiving   4 sent   5 what this table doesn't know
6 canceled, failed, undelivered, delivered, received: final      7 read, after delivered
```

`merge_status` is the same whatever the order and however often a report comes: the larger of the
two in one total order. Two different final reports of one message should not be; where they are,
the one that says more of the handset holds: canceled, failed, undelivered, delivered. A status that
is not in the table (Twilio adds some) comes after `sent` and never over a final one.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

STATUS_RANK: Mapping[str, int] = MappingProxyType(
    {
        "scheduled": 0,
        "accepted": 1,
        "queued": 2,
        "receiving": 3,
        "sending": 3,
        "sent": 4,
        "canceled": 6,
        "failed": 6,
        "undelivered": 6,
        "delivered": 6,
        "received": 6,
        "read": 7,
    }
)
"""The rank of each status that is known, in lower case."""

_UNKNOWN = 5
_FINAL = 6
_PLACE = {name: place for place, name in enumerate(STATUS_RANK)}

FINAL_STATUSES: frozenset[str] = frozenset(
    name for name, rank in STATUS_RANK.items() if rank >= _FINAL
)
"""No other status follows, but `read` after `delivered`."""


def outranks(new: str, old: str | None) -> bool:
    """Whether a report changes what is known of a message.

    Args:
        new: the status of the report.
        old: the status that holds so far, None for none.
    """
    return old is None or _order(new) > _order(old)


def merge_status(old: str | None, new: str) -> str:
    """The status that holds when both were reported, whichever came first.

    Args:
        old: the status that holds so far, None for none.
        new: the status of the report, as Twilio wrote it.
    """
    return new if old is None or outranks(new, old) else old


def _order(status: str) -> tuple[int, int, str]:
    known = status.lower()
    return STATUS_RANK.get(known, _UNKNOWN), _PLACE.get(known, 0), status
