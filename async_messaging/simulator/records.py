"""What the simulator keeps: one small struct a message, no task or timer; and one a resource, on a shelf by kind.

A message's status is not stored: `lifecycle.moment` computes it from these fields and the time of the question.
Only a `Mark` overrules it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Literal

import msgspec

NOT_DEPARTED = -1.0
"""The `wait` of a scheduled message that has no place in a queue yet (see `departures`)."""

UNQUEUED = frozenset({14107, 21610, 21703, 21704, 30001})
"""The fates of messages that never stood in a queue."""

Direction = Literal["outbound-api", "outbound-reply", "inbound"]


class StoredMedia(msgspec.Struct, gc=False, omit_defaults=True):
    """One file of a message; its bytes are made from its sid when somebody asks."""

    sid: str
    content_type: str
    deleted: bool = False


class Mark(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """A status that holds from `at` on, whatever life would have brought: somebody said so, or it came in."""

    status: str
    at: float
    error: int = 0
    sent: float | None = None


class StoredMessage(msgspec.Struct, gc=False, kw_only=True, omit_defaults=True):
    """A message, sent or received. Times are seconds since 1970; prices are millionths of a dollar."""

    serial: int
    sid: str
    account: str
    to: str
    from_: str
    """Empty for a scheduled message whose service has not chosen yet, and for one that it found no sender for."""
    service: str | None
    body: str
    segments: int
    created: float
    start: float
    """When its life begins: at `created`, or at `SendAt` of a scheduled message."""
    wait: float = 0.0
    """Seconds that it stands in its sender's queue, or `NOT_DEPARTED`."""
    validity: float = 36_000.0
    price: int = 0
    fate: int = 0
    """0 delivered; a code of Twilio's: undelivered or failed with it; -1 stays sent."""
    chosen_later: bool = False
    """The service chooses the sender, so `from` is null at first."""
    mms: bool = False
    wants_feedback: bool = False
    redacted: bool = False
    deleted: bool = False
    changed: float = 0.0
    canceled: float = 0.0
    media: tuple[StoredMedia, ...] = ()
    template: str = ""
    """The content template's sid and variables, which stand for the text of a message without one."""
    kept_body: str | None = None
    """The text in lists and fetches, where it is not `body` (see `alter`)."""
    kept_to: str | None = None
    direction: Direction = "outbound-api"
    callback: str = ""
    """The URL that is told of every change of status."""
    mark: Mark | None = None

    @property
    def shown_body(self) -> str:
        """The text in lists and fetches."""
        if self.redacted:
            return ""
        return self.body if self.kept_body is None else self.kept_body

    @property
    def shown_to(self) -> str:
        """The recipient in lists and fetches, and to their `To` filter."""
        return self.to if self.kept_to is None else self.kept_to

    @property
    def scheduled(self) -> bool:
        """Whether it was created with `SendAt`."""
        return self.start > self.created


class Accepted(msgspec.Struct, frozen=True, gc=False):
    """What the judge tells about one accepted message; `number` counts its account's from 1, in the order of acceptance."""

    number: int
    sid: str
    account_sid: str
    to: str
    from_: str = msgspec.field(name="from")
    messaging_service_sid: str | None
    body: str
    num_media: int
    num_segments: int
    status: str
    error_code: int
    created: float


class Record(msgspec.Struct, gc=False, kw_only=True):
    """One resource; this struct serves every kind, so that each can be listed, stored and restored alike.

    `fields` has what it says, by Twilio's names; times are seconds since 1970.
    """

    sid: str
    created: float
    updated: float
    parent: str = ""
    fields: dict[str, object] = {}

    def text(self, field: str) -> str:
        """A text that it keeps; empty if it has none."""
        value = self.fields.get(field)
        return value if isinstance(value, str) else ""

    def time(self, field: str) -> float | None:
        """A time that it keeps, if it has come to that."""
        value = self.fields.get(field)
        return float(value) if isinstance(value, int | float) else None


class Shelf:
    """The records of one kind, oldest first. What is put on it or taken off is noted in `touched`; `changes` counts it."""

    def __init__(self) -> None:
        self._records: dict[str, Record] = {}
        self.touched: dict[str, None] = {}
        self.changes: int = 0

    def put(self, record: Record) -> None:
        """Keeps a new record, or a changed one."""
        self._records[record.sid] = record
        self.touched[record.sid] = None
        self.changes += 1

    def change(self, record: Record, now: float, fields: dict[str, object]) -> None:
        """Overwrites some fields of a record."""
        record.fields.update(fields)
        record.updated = now
        self.put(record)

    def get(self, sid: str, parent: str | None = None) -> Record | None:
        """The record with this sid, of this parent if one is named."""
        record = self._records.get(sid)
        return None if record is None or parent not in (None, record.parent) else record

    def remove(self, sid: str) -> None:
        """Forgets a record."""
        del self._records[sid]
        self.touched[sid] = None
        self.changes += 1

    def of(self, parent: str) -> Iterator[Record]:
        """The records of one parent, oldest first."""
        return (record for record in self._records.values() if record.parent == parent)

    def __iter__(self) -> Iterator[Record]:
        return iter(self._records.values())

    def __len__(self) -> int:
        return len(self._records)


class Shelves(defaultdict[str, Shelf]):
    """All shelves of an account, by kind."""

    def __init__(self) -> None:
        super().__init__(Shelf)
