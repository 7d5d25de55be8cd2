"""Ledgers of one folder, kept in memory: what settling reads and writes, with all that went before known."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping, Sequence

import msgspec

from async_messaging.models import Message
from async_messaging.settling.attempts import (
    Canary,
    Change,
    OpenAttempt,
    Print,
    SendOptions,
    Sent,
    Standing,
)
from async_messaging.settling.states import OPEN, State, may_go

__all__ = ["Entry", "Folder", "Store"]


class Entry(msgspec.Struct, kw_only=True):
    """A send as its ledger has it.

    Attributes:
        number: which of the scenario's sends it is.
        settled: settling found its outcome, rather than its own answer.
    """

    number: int
    store: str
    to: str
    sender: str | None
    service: str | None
    options: SendOptions
    print: Print
    media: int
    exclusive: bool
    state: State = "INTENT"
    earliest: float = -math.inf
    latest: float = math.inf
    sid: str = ""
    created: float = 0.0
    negatives: int = 0
    looks: int = 0
    looked_at: float | None = None
    settled: bool = False
    why: str = ""


class Folder:
    """All ledgers that see each other, and who may be left out of what."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self.foreign_canaries: list[Canary] = []

    def standing(self, store: str, to: Collection[str]) -> Standing:
        """What a ledger sees while it holds the lock."""
        attempts = [
            _open(entry, store) for entry in self.entries if entry.to in to and entry.state in OPEN
        ]
        return Standing(attempts=attempts, claimed=self.claimed, witnesses=self.witnesses)

    def claimed(self, sids: Collection[str]) -> Collection[str]:
        """Those of these sids that some send has."""
        return {entry.sid for entry in self.entries} & set(sids)

    def witnesses(self, sids: Collection[str]) -> Mapping[str, Sent]:
        """Those whose text is known."""
        return {
            entry.sid: Sent(
                sender=entry.sender,
                service=entry.service,
                options=entry.options,
                print=entry.print,
                media=entry.media,
            )
            for entry in self.entries
            if entry.sid and entry.sid in sids
        }


def _open(entry: Entry, store: str) -> OpenAttempt:
    return OpenAttempt(
        key=(entry.store, entry.number),
        to=entry.to,
        sender=entry.sender,
        service=entry.service,
        options=entry.options,
        print=entry.print,
        media=entry.media,
        earliest=entry.earliest,
        latest=math.inf if entry.state == "INTENT" else entry.latest,
        bounds="blind" if math.isinf(entry.earliest) else "server",
        live=entry.state == "INTENT",
        held=entry.state == "HELD",
        own=entry.store == store,
        exclusive=entry.exclusive,
        negatives=entry.negatives,
        looks=entry.looks,
        looked_at=entry.looked_at,
    )


class Store:
    """One ledger, as settling sees it."""

    def __init__(self, name: str, folder: Folder, realm: str) -> None:
        self.name = name
        self.folder = folder
        self.realm: str = realm

    @property
    def entries(self) -> list[Entry]:
        """Its own sends."""
        return [entry for entry in self.folder.entries if entry.store == self.name]

    async def due(self, *, held: bool = False) -> Sequence[OpenAttempt]:
        """Those of which nobody knows."""
        wanted = {"UNKNOWN", "HELD"} if held else {"UNKNOWN"}
        return [_open(entry, self.name) for entry in self.entries if entry.state in wanted]

    async def canaries(self, since: float, until: float, limit: int) -> Sequence[Canary]:
        """Its accepted messages of that time, and other people's."""
        own = [
            Canary(entry.sid, entry.created, entry.to) for entry in self.entries if entry.created
        ]
        known = [*own, *self.folder.foreign_canaries]
        found = [canary for canary in known if since <= canary.created <= until]
        return sorted(found, key=lambda canary: -canary.created)[:limit]

    async def conclude(
        self, to: Collection[str], decide: Callable[[Standing], Sequence[Change]]
    ) -> Sequence[Change]:
        """Decide and write. Nothing else happens meanwhile: the lock is held."""
        changes = decide(self.folder.standing(self.name, to))
        return [change for change in changes if self._write(change)]

    def _write(self, change: Change) -> bool:
        key = change.attempt.key
        entry = next(entry for entry in self.entries if (self.name, entry.number) == key)
        entry.negatives, entry.looks = change.negatives, change.looks
        entry.looked_at = change.looked_at
        entry.why = change.why
        if change.state is None:
            return True
        if not may_go(entry.state, change.state):
            raise AssertionError(f"settling moves a send from {entry.state} to {change.state}")
        entry.state, entry.settled = change.state, True
        message: Message | None = change.message
        if message is not None:
            entry.sid = message.sid
        return True
