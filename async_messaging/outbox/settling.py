"""Settling keys of which nobody knows, by Twilio's list: the rules of `campaigns.reconcile`.

What a candidate is, and when it is evidence, is in `bulk.matching`, which sees hashes in place of
texts here. **Absence alone is a negative, never a differing text.** Two complete scans without a
candidate, the first not before `settle` after the attempt's latest possible end and the second
`scan_interval` later, mean that the message was not accepted; `resend` then frees the key.

*Many processes* may settle one outbox: what they find is written only to a key that is still as it
was when they began, so that a scan of one and a scan of another never count as two at one moment.

*Whose.* A sid that any key has, or had, is no candidate. While a call to a key's number is under way
a message may be that call's, and nothing is concluded; nor from one that a held key could be.

Where this is weaker than reality: a message with the same text to the same number at the same time,
sent past the outbox (a campaign, `messages.create`), is taken for the key's.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import msgspec

from ..bulk.listing import Scan, read_list
from ..bulk.matching import Verdict, findings
from ..client import ClientView
from ..errors import MessagingError, NotFound
from ..models import Message
from ..settling.states import OnUnknown, State
from .entries import Entry, Outcome
from .prints import Prints, attempt_in
from .results import Settled
from .rules import bury, move, note_scan
from .store import Rows, Store

__all__ = ["Settler"]

_ENOUGH = 2
_HELD_AT_ONCE = 20
_AGAIN = 5.0
"""Seconds until a list that could not be read is asked for again, at least."""


class Settler:
    """Settles the unknown keys of one outbox.

    Args:
        store: keeps the keys.
        client: reads Twilio's list.
        on_unknown: what becomes of keys that can't be settled.
        settle: seconds until an accepted message is listed.
        scan_interval: seconds between two scans.
    """

    def __init__(
        self,
        store: Store,
        client: ClientView,
        on_unknown: OnUnknown,
        settle: float,
        scan_interval: float,
    ) -> None:
        self._store = store
        self._client = client
        self._clock = client.clock
        self._on_unknown = on_unknown
        self._settle = settle
        self._interval = scan_interval
        self._not_before = 0.0

    async def step(self, *, at_once: bool = False) -> Settled:
        """Do what is due.

        Args:
            at_once: look for evidence though nothing is due, of held keys too.

        Raises:
            LedgerError: the store failed.
            MessagingError: the list can't be read, and *at_once* was asked for.
        """
        now = self._clock.time()
        await self._store.write(partial(bury, now=now))
        unknown, held = await self._open()
        done: list[State] = []
        if self._on_unknown == "repeat":
            done += await self._move(unknown, "READY", "repeated at once, as asked")
        elif at_once or (unknown and self._wait(unknown, now) <= 0):
            done += await self._look(unknown, held, now, at_once=at_once)
            self._not_before = self._clock.time() + min(_AGAIN, self._interval)
        left, _ = await self._open()
        return Settled(
            accepted=done.count("ACCEPTED"),
            ready=done.count("READY"),
            held=done.count("HELD"),
            unknown=len(left),
            wait=max(0.0, self._wait(left, self._clock.time())) if left else None,
        )

    async def _open(self) -> tuple[list[Entry], list[Entry]]:
        """The unknown keys and the held ones."""
        found = await self._store.read(lambda rows: rows.in_states(("UNKNOWN", "HELD")))
        unknown = [entry for entry in found if entry.state == "UNKNOWN"]
        return unknown, [entry for entry in found if entry.state == "HELD"]

    def _latest(self, entry: Entry) -> float:
        """When the key's last attempt had ended at the latest."""
        ended = self._clock.time() if entry.ended_at is None else entry.ended_at
        return ended + entry.grace

    def _due(self, entry: Entry) -> float:
        """When a scan may count for this key."""
        due = self._latest(entry) + self._settle
        return max(due, entry.looked_at + self._interval) if entry.looked_at else due

    def _wait(self, unknown: Sequence[Entry], now: float) -> float:
        return max(self._not_before, min(map(self._due, unknown), default=now)) - now

    async def _look(
        self, unknown: list[Entry], held: list[Entry], began: float, *, at_once: bool
    ) -> list[State]:
        """Look for these keys, and for held ones to the same numbers: a message may be theirs."""
        numbers = {entry.evidence.to for entry in unknown}
        late = held[-_HELD_AT_ONCE:] if at_once else []
        numbers |= {entry.evidence.to for entry in late}
        rows = [*unknown, *(entry for entry in held if entry.evidence.to in numbers)]
        done, rows = await self._follow_hints(rows)
        if not rows:
            return done
        try:
            since = min(entry.intent_at for entry in [*unknown, *late])
            scan = await read_list(self._client.messages, numbers, since, self._clock.time())
        except MessagingError as error:
            done += await self._cannot_read(unknown, error, began)
            if at_once:
                raise
            return done
        return done + await self._conclude(rows, scan, began)

    async def _follow_hints(self, rows: list[Entry]) -> tuple[list[State], list[Entry]]:
        """Settle keys by the sids that are known; give the others too."""
        done: list[State] = []
        left: list[Entry] = []
        for entry in rows:
            message = await self._hinted(entry)
            moved = await self._accept([(entry, message)]) if message is not None else []
            done += moved
            if not moved:
                left.append(entry)
        return done, left

    async def _hinted(self, entry: Entry) -> Message | None:
        if not entry.hint:
            return None
        try:
            message = await self._client.messages.fetch(entry.hint)
        except NotFound:
            return None  # it may be listed later
        except MessagingError:
            return None  # the list may be read
        ours = message.to == entry.evidence.to and message.direction == "outbound-api"
        return message if ours else None

    async def _conclude(self, rows: list[Entry], scan: Scan, began: float) -> list[State]:
        sids = [message.sid for message in scan.messages]

        def taken(store: Rows) -> tuple[set[str], set[str]]:
            """Numbers that a call is under way to, and sids of other keys, at one moment."""
            busy = {entry.evidence.to for entry in store.in_states(("INTENT",))}
            return busy, store.owned(sids)

        busy, owned = await self._store.read(taken)
        rows = [entry for entry in rows if entry.evidence.to not in busy]
        verdicts = await self._verdicts(rows, scan, owned)
        by_sid = {message.sid: message for message in scan.messages}
        found = [
            (entry, by_sid[verdict.sid])
            for entry, verdict in zip(rows, verdicts, strict=True)
            if verdict.sid is not None
        ]
        done = await self._accept(found)
        for entry, verdict in zip(rows, verdicts, strict=True):
            if verdict.sid is None and entry.state == "UNKNOWN" and self._due(entry) <= began:
                absent = verdict.finding == "absent" and not scan.hides
                done += await self._not_found(entry, absent=absent)
        return done

    async def _verdicts(self, rows: list[Entry], scan: Scan, owned: set[str]) -> list[Verdict]:
        prints = Prints(await self._store.secret())
        attempts = [
            attempt_in(number, entry, self._latest(entry)) for number, entry in enumerate(rows)
        ]
        listed = prints.listed(scan.messages)
        found = findings(attempts, listed, owned, skew=scan.skew, settle=self._settle)
        return [found[number] for number in range(len(rows))]

    async def _not_found(self, entry: Entry, *, absent: bool) -> list[State]:
        """A scan that counts and did not find it; the second one resolves the key."""
        if absent and entry.negatives + 1 >= _ENOUGH:
            if self._on_unknown == "resend":
                return await self._move([entry], "READY", "not in Twilio's list")
            why = "not in Twilio's list: perhaps never accepted"
            return await self._move([entry], "HELD", why)
        if not absent and entry.looks + 1 >= _ENOUGH:
            return await self._move([entry], "HELD", _UNDECIDED)
        at = self._clock.time()
        await self._store.write(partial(note_scan, seen=entry, at=at, absent=absent))
        return []

    async def _cannot_read(
        self, unknown: list[Entry], error: MessagingError, began: float
    ) -> list[State]:
        """The list can't be read: for now, or at all."""
        if not (error.outcome == "refused" or error.stops):
            return []
        done: list[State] = []
        for entry in unknown:
            if self._due(entry) > began:
                continue
            if entry.looks + 1 >= _ENOUGH:
                done += await self._move([entry], "HELD", f"Twilio's list can't be read: {error}")
            else:
                at = self._clock.time()
                await self._store.write(partial(note_scan, seen=entry, at=at, absent=False))
        return done

    async def _accept(self, found: Sequence[tuple[Entry, Message]]) -> list[State]:
        return [
            state
            for entry, message in found
            for state in await self._changed(
                entry,
                msgspec.structs.replace(
                    self._outcome(entry, "ACCEPTED"), sid=message.sid, status=message.status
                ),
            )
        ]

    async def _move(self, entries: Sequence[Entry], state: State, reason: str) -> list[State]:
        done: list[State] = []
        for entry in entries:
            outcome = msgspec.structs.replace(self._outcome(entry, state), error=reason)
            done += await self._changed(entry, outcome)
        return done

    def _outcome(self, entry: Entry, state: State) -> Outcome:
        return Outcome(
            key=entry.key,
            attempt=entry.attempt,
            owner=entry.owner,
            state=state,
            at=self._clock.time(),
            code=entry.code,
        )

    async def _changed(self, entry: Entry, outcome: Outcome) -> list[State]:
        """The state that a key has come to; none if it was no longer as it was seen."""
        moved = await self._store.write(partial(move, seen=entry, outcome=outcome))
        return [outcome.state] if moved else []


_UNDECIDED = "the list decides nothing: other messages could be it"
