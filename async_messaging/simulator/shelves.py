"""What an account keeps besides messages: services, senders, templates and the like, by kind and sid.

One plain struct serves every kind, so that each can be listed, stored and restored alike; what is in `fields` is JSON.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec


class Record(msgspec.Struct, gc=False, kw_only=True):
    """One resource. Times are seconds since 1970.

    Attributes:
        parent: the sid of what it belongs to, or empty.
        fields: what it says, by Twilio's names; values that JSON knows.
    """

    sid: str
    created: float
    updated: float
    parent: str = ""
    fields: dict[str, object] = {}


class Shelf:
    """The records of one kind, oldest first. What is put on it or taken off is noted in `touched`; `changes` counts it."""

    __slots__ = ("_records", "changes", "touched")

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


class Shelves:
    """All shelves of an account, by kind."""

    __slots__ = ("_shelves",)

    def __init__(self) -> None:
        self._shelves: dict[str, Shelf] = {}

    def __getitem__(self, kind: str) -> Shelf:
        return self._shelves.setdefault(kind, Shelf())

    def __iter__(self) -> Iterator[tuple[str, Shelf]]:
        """Kinds and their shelves."""
        return iter(self._shelves.items())
