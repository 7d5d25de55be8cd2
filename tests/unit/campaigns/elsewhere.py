"""The other stores of a folder, as a test wants them."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Collection
from contextlib import asynccontextmanager

from async_messaging.settling.attempts import OpenAttempt


class NothingElsewhere:
    """No other store, but for what a test puts in."""

    def __init__(self) -> None:
        self.sids: set[str] = set()
        self.attempts: list[OpenAttempt] = []
        self.readable = True

    @asynccontextmanager
    async def others(self, to: Collection[str], realm: str) -> AsyncGenerator[NothingElsewhere]:
        assert realm
        assert all(one.to in to for one in self.attempts)
        yield self

    def claimed(self, sids: Collection[str]) -> set[str]:
        return self.sids & set(sids)
