"""An outbox's keys in memory: the twin of the SQLite store, for tests and for what may be forgotten.

Several outboxes share its keys as processes share a file: ``MemoryStore(beside=other)``.
"""

from __future__ import annotations

import logging
import secrets
import threading
from collections.abc import Callable, Collection, Sequence
from operator import attrgetter
from typing import NamedTuple, TypeVar

from .entries import Entry
from .states import State
from .store import Rows

__all__ = ["MemoryStore"]

T = TypeVar("T")

logger: logging.Logger = logging.getLogger("async_messaging")


class _Count(NamedTuple):
    subject: bytes
    at: float
    until: float
    key: str
    attempt: int


class _Kept:
    """What stores beside each other share."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.secret = secrets.token_bytes(32)
        self.entries: dict[str, Entry] = {}
        self.spent: dict[str, float] = {}
        self.counts: list[_Count] = []
        self.owners: set[str] = set()


class _MemoryRows:
    """`Rows` of one owner."""

    def __init__(self, kept: _Kept, owner: str) -> None:
        self._kept = kept
        self.owner = owner

    def lives(self, owner: str) -> bool:
        return owner in self._kept.owners

    def get(self, key: str) -> Entry | None:
        return self._kept.entries.get(key)

    def put(self, entry: Entry) -> None:
        self._kept.entries[entry.key] = entry

    def remove(self, key: str) -> None:
        self._kept.entries.pop(key, None)

    def in_states(self, states: Sequence[State]) -> list[Entry]:
        found = (entry for entry in self._kept.entries.values() if entry.state in states)
        return sorted(found, key=attrgetter("intent_at"))

    def some(self, after: int, limit: int) -> tuple[list[Entry], int]:
        found = list(self._kept.entries.values())  # all at once: what is removed moves the marks
        return (found, len(found)) if after == 0 else ([], after)

    def by_state(self) -> dict[State, int]:
        counts: dict[State, int] = {}
        for entry in self._kept.entries.values():
            counts[entry.state] = counts.get(entry.state, 0) + 1
        return counts

    def owned(self, sids: Collection[str]) -> set[str]:
        asked = set(sids)
        own = {entry.sid for entry in self._kept.entries.values() if entry.sid in asked}
        return own | (asked & self._kept.spent.keys())

    def spend(self, sid: str, at: float) -> None:
        self._kept.spent[sid] = at

    def counted(self, subject: bytes, since: float) -> int:
        return sum(one.subject == subject and one.at > since for one in self._kept.counts)

    def count(self, subject: bytes, at: float, until: float, key: str, attempt: int) -> None:
        self._kept.counts.append(_Count(subject, at, until, key, attempt))

    def give_back(self, key: str, attempt: int) -> None:
        kept = self._kept
        kept.counts = [one for one in kept.counts if (one.key, one.attempt) != (key, attempt)]

    def forget_counts(self, now: float, *, spent_before: float) -> None:
        kept = self._kept
        kept.counts = [one for one in kept.counts if one.until > now]
        kept.spent = {sid: at for sid, at in kept.spent.items() if at >= spent_before}


class MemoryStore:
    """A `Store` that lasts as long as its process.

    Args:
        beside: a store whose keys this one shares, as another process would.
    """

    def __init__(self, *, beside: MemoryStore | None = None) -> None:
        self._kept: _Kept = _Kept() if beside is None else beside._kept  # noqa: SLF001 - its own kind
        self._owner = ""

    def __repr__(self) -> str:
        return f"<MemoryStore of {len(self._kept.entries)} keys>"

    @property
    def pending(self) -> int:
        """Functions that are not done: none, they are done at once."""
        return 0

    async def secret(self) -> bytes:
        """The key of all hashes."""
        return self._kept.secret

    async def read(self, work: Callable[[Rows], T]) -> T:
        """Run a function that only reads."""
        return self._run(work)

    async def write(self, work: Callable[[Rows], T]) -> T:
        """Run a function."""
        return self._run(work)

    def post(self, work: Callable[[Rows], object]) -> None:
        """Run a function; a failure is logged."""
        try:
            self._run(work)
        except Exception as error:  # noqa: BLE001 - nobody waits for it
            logger.error("outbox: what was to be kept is lost: %s", type(error).__name__)  # noqa: TRY400 - a trace shows values

    def _run(self, work: Callable[[Rows], T]) -> T:
        kept = self._kept
        with kept.lock:
            if not self._owner:
                self._owner = secrets.token_hex(8)
                kept.owners.add(self._owner)
            before = dict(kept.entries), dict(kept.spent), list(kept.counts)
            try:
                return work(_MemoryRows(kept, self._owner))
            except BaseException:
                kept.entries, kept.spent, kept.counts = before
                raise

    async def aclose(self) -> None:
        """Let the owner go."""
        self.abandon()

    def abandon(self) -> None:
        """Let the owner go, as a kill would."""
        with self._kept.lock:
            self._kept.owners.discard(self._owner)
            self._owner = ""
