"""Each event once: who has been here, by Twilio's idempotency token or by what the event says.

The token is a header, which no signature covers, so it is not enough: who replays a signed request
may leave it out or change it. What the event itself says is signed: a message's sid, and for a
report its status, code and carrier's date. An event is new if neither its token nor its own key has
been kept. The keys name the account, so that one account's events never hide another's.

A key is kept after the handler is through, not before: an event whose handler failed, or whose
process died, is new when it comes again. Two copies at the same time are held apart by the router.
"""

from __future__ import annotations

import threading
from collections.abc import Awaitable
from typing import Protocol


class Seen(Protocol):
    """What keeps the keys of events; a durable one writes them where they outlive the process."""

    def knows(self, keys: tuple[str, ...], /) -> bool | Awaitable[bool]:
        """Whether one of the keys has been kept."""
        ...

    def keep(self, keys: tuple[str, ...], /) -> Awaitable[None] | None:
        """Keep the keys of an event that has been handled."""
        ...


class MemorySeen:
    """Keeps the last keys in memory, and forgets the oldest beyond that.

    Args:
        limit: how many keys; an event has one or two. What is older is new again, should somebody
            repeat it: where that matters, keep the keys in a store.
    """

    def __init__(self, limit: int = 200_000) -> None:
        self._limit = limit
        self._keys: dict[str, None] = {}
        self._lock = threading.Lock()  # under WSGI, requests come in several threads

    def __repr__(self) -> str:
        return f"<MemorySeen, {len(self._keys)} of {self._limit}>"

    def __len__(self) -> int:
        return len(self._keys)

    def knows(self, keys: tuple[str, ...], /) -> bool:
        """Whether one of the keys is among the last."""
        return any(key in self._keys for key in keys)

    def keep(self, keys: tuple[str, ...], /) -> None:
        """Keep the keys."""
        with self._lock:
            for key in keys:
                self._keys.setdefault(key)
            while len(self._keys) > self._limit:
                del self._keys[next(iter(self._keys))]
