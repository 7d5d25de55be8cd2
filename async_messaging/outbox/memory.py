"""An outbox's keys in memory, for tests and for what may be forgotten.

Several outboxes share its keys as processes share a file: ``MemoryStore(beside=other)``.
"""

from __future__ import annotations

import logging
import secrets
import threading
import time
import weakref
from collections.abc import Callable
from typing import TypeVar

from .file import Rows, open_in_memory, renamed

T = TypeVar("T")

logger: logging.Logger = logging.getLogger("async_messaging")


class _Kept:
    """What stores beside each other share."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.connection = open_in_memory(time.time())
        # Nobody has to close a store.
        weakref.finalize(self, self.connection.close).atexit = False
        self.owners: set[str] = set()


class MemoryStore:
    """A `Store` that lasts as long as its process.

    Args:
        beside: a store whose keys this one shares, as another process would.
    """

    def __init__(self, *, beside: MemoryStore | None = None) -> None:
        self._kept: _Kept = _Kept() if beside is None else beside._kept  # noqa: SLF001 - its own kind
        self._owner = ""

    def __repr__(self) -> str:
        return f"<MemoryStore of {sum(self._run(Rows.by_state).values())} keys>"

    @property
    def pending(self) -> int:
        """Functions that are not done: none, they are done at once."""
        return 0

    async def secret(self) -> bytes:
        """The key of all hashes."""
        return self._run(Rows.secret)

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
        with kept.lock, renamed("written"), kept.connection:
            if not self._owner:
                self._owner = secrets.token_hex(8)
                kept.owners.add(self._owner)
            kept.connection.execute("BEGIN")
            return work(Rows(kept.connection, None, self._owner, kept.owners.__contains__))

    async def aclose(self) -> None:
        """Let the owner go."""
        self.abandon()

    def abandon(self) -> None:
        """Let the owner go, as a kill would."""
        with self._kept.lock:
            self._kept.owners.discard(self._owner)
            self._owner = ""
