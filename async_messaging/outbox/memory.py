"""An outbox's keys in memory: the twin of the SQLite store, for tests and for what may be forgotten.

Several outboxes share its keys as processes share a file: ``MemoryStore(beside=other)``.
"""

from __future__ import annotations

import logging
import secrets
import threading
from collections.abc import Callable, Collection, Sequence
from functools import partial
from operator import attrgetter
from typing import NamedTuple, TypeVar

from ..settling.states import State
from .entries import Entry, Former
from .store import Alone, Beside, Rows

__all__ = ["MemoryStore"]

T = TypeVar("T")

logger: logging.Logger = logging.getLogger("async_messaging")


class _Count(NamedTuple):
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
        self.sids: set[str] = set()
        self.spent: dict[str, float] = {}
        self.counts: dict[bytes, list[_Count]] = {}
        self.former: dict[tuple[str, int], Former] = {}
        self.seen: float | None = None
        self.owners: set[str] = set()

    def set(self, key: str, entry: Entry | None) -> Entry | None:
        """Put or drop a key; what stood there."""
        old = self.entries.get(key)
        if old is not None:
            self.sids.discard(old.sid)
        if entry is None:
            self.entries.pop(key, None)
            return old
        self.entries[key] = entry
        if entry.sid:
            self.sids.add(entry.sid)
        return old


class _MemoryRows:
    """`Rows` of one owner in one transaction, which can be undone."""

    def __init__(self, kept: _Kept, owner: str) -> None:
        self._kept = kept
        self.owner = owner
        self._undo: list[Callable[[], object]] = []

    def undo(self) -> None:
        """Take back what was written, the last first."""
        while self._undo:
            self._undo.pop()()

    def lives(self, owner: str) -> bool:
        return owner in self._kept.owners

    def get(self, key: str) -> Entry | None:
        return self._kept.entries.get(key)

    def put(self, entry: Entry) -> None:
        self._undo.append(partial(self._kept.set, entry.key, self._kept.set(entry.key, entry)))

    def remove(self, key: str) -> None:
        self._undo.append(partial(self._kept.set, key, self._kept.set(key, None)))

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
        return (asked & self._kept.sids) | (asked & self._kept.spent.keys())

    def spend(self, sid: str, at: float) -> None:
        spent = self._kept.spent
        if sid in spent:
            self._undo.append(partial(spent.__setitem__, sid, spent[sid]))
        else:
            self._undo.append(partial(spent.pop, sid, None))
        spent[sid] = at

    def counted(self, subject: bytes, since: float) -> int:
        return sum(one.at > since for one in self._kept.counts.get(subject, ()))

    def count(self, subject: bytes, at: float, until: float, key: str, attempt: int) -> None:
        counts = self._kept.counts.setdefault(subject, [])
        counts.append(_Count(at, until, key, attempt))
        self._undo.append(counts.pop)

    def give_back(self, key: str, attempt: int) -> None:
        self._counts_where(lambda one: (one.key, one.attempt) != (key, attempt))

    def tidy(self, now: float, *, spent_before: float) -> None:
        self._counts_where(lambda one: one.until > now)
        spent = {sid: at for sid, at in self._kept.spent.items() if at >= spent_before}
        self._keep(self._kept.counts, spent)
        for former in self.former():
            latest = former.evidence.latest
            if latest is not None and latest < spent_before:
                self.drop(former)

    def leave(self, former: Former) -> None:
        key = former.key, former.attempt
        self._kept.former[key] = former
        self._undo.append(partial(self._kept.former.pop, key, None))

    def former(self) -> list[Former]:
        return list(self._kept.former.values())

    def drop(self, former: Former) -> None:
        key = former.key, former.attempt
        if (old := self._kept.former.pop(key, None)) is not None:
            self._undo.append(partial(self._kept.former.__setitem__, key, old))

    def see(self, at: float) -> None:
        before = self._kept.seen
        self._kept.seen = at if before is None else max(at, before)
        self._undo.append(partial(setattr, self._kept, "seen", before))

    def seen(self) -> float | None:
        return self._kept.seen

    def created(self, since: float, until: float, limit: int) -> list[Entry]:
        found = [
            (entry.created, entry.key, entry)
            for entry in self._kept.entries.values()
            if entry.created is not None and since <= entry.created <= until
        ]
        return [entry for _, _, entry in sorted(found, reverse=True)[:limit]]

    def with_sids(self, sids: Collection[str]) -> list[Entry]:
        return [entry for entry in self._kept.entries.values() if entry.sid and entry.sid in sids]

    def beside(self, to: Collection[str], realm: str) -> Beside:
        return Alone()

    def _counts_where(self, stays: Callable[[_Count], bool]) -> None:
        left = {
            subject: kept
            for subject, counts in self._kept.counts.items()
            if (kept := [one for one in counts if stays(one)])
        }
        self._keep(left, self._kept.spent)

    def _keep(self, counts: dict[bytes, list[_Count]], spent: dict[str, float]) -> None:
        kept = self._kept
        before = kept.counts, kept.spent

        def back() -> None:
            kept.counts, kept.spent = before

        kept.counts, kept.spent = counts, spent
        self._undo.append(back)


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

    async def conclude(self, work: Callable[[Rows], T]) -> T:
        """Run a function; no store stands beside this one that has not its keys."""
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
            rows = _MemoryRows(kept, self._owner)
            try:
                return work(rows)
            except BaseException:
                rows.undo()
                raise

    async def aclose(self) -> None:
        """Let the owner go."""
        self.abandon()

    def abandon(self) -> None:
        """Let the owner go, as a kill would."""
        with self._kept.lock:
            self._kept.owners.discard(self._owner)
            self._owner = ""
