"""An outbox as settling sees it: its open keys, and how a verdict is written to one."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

from msgspec.structs import replace

from ..errors import LedgerError
from ..settling.attempts import Canary, Change, OpenAttempt, Sent, Standing, open_attempt
from ..settling.candidates import created_at
from ..settling.neighbours import Neighbours
from ..settling.states import OPEN, UNSETTLED, State, may_go
from .entries import Entry, Former
from .file import Rows
from .rules import leave_behind, moved
from .store import Store

_OF_ANOTHER_VERSION = (
    "{} keys are open that version 0.1 wrote, which did not keep the account: "
    "look whose they are, then adopt them for this one"
)


class _Key(NamedTuple):
    """What settling calls an attempt of ours."""

    store: str
    key: str
    attempt: int


class OutboxAttempts:
    """The open keys of one outbox, for one account."""

    def __init__(
        self, store: Store, realm: str, now: Callable[[], float], exclusive: Collection[str]
    ) -> None:
        self.realm: str = realm
        self._store = store
        self._now = now
        self._exclusive = exclusive
        self._secret = b""

    async def adopt(self) -> int:
        """Take keys of which the account is not known for this one's; how many there were."""
        return await self._store.write(partial(_adopt, realm=self.realm))

    async def due(self, *, held: bool = False) -> Sequence[OpenAttempt]:
        """Own attempts whose outcome is wanted; `LedgerError` too if keys are open whose account is not known."""
        self._secret = await self._store.secret()
        states: tuple[State, ...] = ("UNKNOWN", "HELD") if held else ("UNKNOWN",)
        entries = await self._store.read(lambda rows: rows.in_states(states))
        strange = sum(not entry.evidence.realm for entry in entries)
        if strange:
            raise LedgerError(_OF_ANOTHER_VERSION.format(strange))
        return [self._open(entry) for entry in entries if entry.evidence.realm == self.realm]

    async def canaries(self, since: float, until: float, limit: int) -> Sequence[Canary]:
        """Own messages that Twilio took between two moments of its time, the latest first."""
        found = await self._store.read(lambda rows: rows.created(since, until, limit))
        return [Canary(entry.sid, entry.created or 0.0) for entry in found]

    async def conclude(
        self, to: Collection[str], decide: Callable[[Standing], Sequence[Change]]
    ) -> Sequence[Change]:
        """Decide and write, under the lock of all stores that stand beside each other."""
        return await self._store.conclude(partial(self._concluded, to=to, decide=decide))

    def _concluded(
        self, rows: Rows, to: Collection[str], decide: Callable[[Standing], Sequence[Change]]
    ) -> Sequence[Change]:
        with rows.beside(to, self.realm) as beside:
            changes = decide(self._standing(rows, to, beside))
        return [change for change in changes if self._take(rows, change)]

    def _standing(self, rows: Rows, to: Collection[str], beside: Neighbours) -> Standing:
        entries = [entry for entry in rows.in_states(tuple(OPEN)) if entry.evidence.to in to]
        former = [one for one in rows.former() if one.evidence.to in to]
        here = {self.realm, ""}
        own = [
            self._open(entry, live=rows.lives(entry.owner))
            for entry in entries
            if entry.evidence.realm in here
        ]
        own += [self._attempt(one, held=True) for one in former if one.evidence.realm in here]
        return Standing(
            attempts=[*own, *beside.attempts],
            claimed=lambda sids: rows.owned(sids) | beside.claimed(sids),
            witnesses=partial(self._witnesses, rows),
            readable=beside.readable,
        )

    def _witnesses(self, rows: Rows, sids: Collection[str]) -> Mapping[str, Sent]:
        return {
            entry.sid: entry.evidence.sent(self._secret)
            for entry in rows.with_sids(sids)
            if entry.evidence.print.exact is not None
        }

    def _open(self, entry: Entry, *, live: bool = True) -> OpenAttempt:
        return self._attempt(
            entry,
            live=live and entry.state == "INTENT",
            held=entry.state == "HELD",
            negatives=entry.negatives,
            looks=entry.looks,
            looked_at=entry.looked_at,
        )

    def _attempt(self, kept: Entry | Former, **noted: Any) -> OpenAttempt:
        evidence = kept.evidence
        return open_attempt(
            evidence.sent(self._secret),
            _Key("outbox", kept.key, kept.attempt),
            evidence.earliest,
            evidence.latest,
            wall=evidence.wall,
            exclusive=self._exclusive,
            hint=kept.hint,
            **noted,
        )

    def _take(self, rows: Rows, change: Change) -> bool:
        """Write a change, if its key still is as it stood."""
        named = change.attempt.key
        if not isinstance(named, _Key):
            return False
        key, attempt = named.key, named.attempt
        entry = rows.get(key)
        if entry is None or entry.attempt != attempt:
            return self._take_former(rows, key, attempt, change)
        if entry.state not in UNSETTLED or (entry.negatives, entry.looks) != (
            change.attempt.negatives,
            change.attempt.looks,
        ):
            return False
        noted = replace(
            entry,
            negatives=change.negatives,
            looks=change.looks,
            looked_at=change.looked_at,
            error=change.why or entry.error,
        )
        if change.state is None:
            rows.put(noted)
            return True
        return self._move(rows, noted, change, change.state)

    def _move(self, rows: Rows, entry: Entry, change: Change, state: State) -> bool:
        message = change.message
        taken = message is not None and rows.owned((message.sid,))
        if taken or not may_go(entry.state, state):
            return False
        if state == "READY" and not change.negatives:  # repeated though nobody knows
            leave_behind(rows, entry)
        after = replace(
            entry,
            state=state,
            sid="" if message is None else message.sid,
            status="" if message is None else message.status,
            created=None if message is None else created_at(message),
            expires_at=max(entry.expires_at, self._now() + entry.ttl),
        )
        moved(rows, entry, after)
        return True

    @staticmethod
    def _take_former(rows: Rows, key: str, attempt: int, change: Change) -> bool:
        """What became of an attempt whose key was sent again: its message is claimed, or never was."""
        found = [one for one in rows.former() if (one.key, one.attempt) == (key, attempt)]
        if not found or change.state not in {"ACCEPTED", "READY"}:
            return False
        if change.message is not None:
            rows.spend(change.message.sid, change.looked_at or 0.0)
        rows.drop(found[0])
        return True


def _adopt(rows: Rows, realm: str) -> int:
    strange = [entry for entry in rows.in_states(tuple(OPEN)) if not entry.evidence.realm]
    for entry in strange:
        rows.put(replace(entry, evidence=replace(entry.evidence, realm=realm)))
    return len(strange)
