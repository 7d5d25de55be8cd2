"""What of a ledger in memory outlives its runs: facts, rows, events and the notes of others."""

from __future__ import annotations

import secrets
from collections.abc import Collection
from typing import Any

import msgspec
from msgspec.structs import replace

from async_messaging.campaigns.ledger import Attempted
from async_messaging.campaigns.rows import Event, Facts, Note, Outcome, Plan, Row
from async_messaging.settling.attempts import Change
from async_messaging.settling.states import State


def ms(seconds: float) -> float:
    """As a ledger keeps it: whole milliseconds."""
    return round(seconds * 1000) / 1000


class Known(msgspec.Struct):
    """What is known of an attempt beyond its row."""

    former: bool = False
    earliest: float | None = None
    latest: float | None = None
    hint: str = ""
    negatives: int = 0
    looks: int = 0
    looked_at: float | None = None
    sid: str = ""


class MemoryFile:
    """What is durable: facts, rows, events, and the notes of others. Implements `Table`."""

    def __init__(self, plan: Plan, now: float) -> None:
        self.facts: Facts = Facts(campaign=secrets.token_hex(8), plan=plan, created_at=ms(now))
        self.rows: dict[int, Row] = {}
        self.events: list[Event] = []
        self.spool: list[Note] = []
        self.opted_out: set[int] = set()
        self.high: float | None = None
        self.server_high: float | None = None
        self.earliest: dict[int, float | None] = {}
        self.attempts: dict[tuple[int, int], Known] = {}
        self._sids: set[str] = set()

    def __repr__(self) -> str:
        return f"<MemoryFile of {len(self.rows)} rows>"

    def find(self, row: int) -> Row | None:
        """The row."""
        return self.rows.get(row)

    def change(self, row: Row, **fields: Any) -> None:
        """Change a row."""
        self.rows[row.row] = replace(row, **fields)

    def seen(self, row: Row, state: State) -> Row | None:
        """The row as it is now, if it is in this state and as the caller saw it."""
        now = self.rows.get(row.row)
        fits = now is not None and (now.epoch, now.attempt) == (row.epoch, row.attempt)
        return now if now is not None and fits and now.state == state else None

    def apply(self, outcome: Outcome) -> bool:
        """Change the row if the outcome fits and its sid is new."""
        row = self.rows.get(outcome.row)
        fits = row is not None and (row.state, row.epoch, row.attempt) == (
            outcome.before,
            outcome.epoch,
            outcome.attempt,
        )
        if row is None or not fits or outcome.sid in self._sids:
            return False
        put_back = outcome.at if outcome.not_before is None else outcome.not_before
        if outcome.sid:
            self._sids.add(outcome.sid)
        self.change(
            row,
            state=outcome.state,
            ended_at=ms(outcome.at),
            sid=outcome.sid,
            status=outcome.status,
            segments=outcome.segments or row.segments,
            code=outcome.code,
            error=outcome.error,
            not_before=ms(put_back) if outcome.state == "READY" else None,
        )
        if outcome.state == "UNKNOWN":
            known = self.known(outcome.row, outcome.attempt)
            known.latest, known.hint = self.high, outcome.hint or known.hint
        return True

    def known(self, row: int, attempt: int) -> Known:
        """What is known of an attempt beyond its row."""
        return self.attempts.setdefault((row, attempt), Known())

    def attempted(self, row: Row, attempt: int) -> Attempted:
        """An attempt as settling sees it."""
        known = self.attempts.get((row.row, attempt), Known())
        return Attempted(
            row=row,
            attempt=attempt,
            former=known.former,
            earliest=known.earliest if known.former else self.earliest.get(row.row),
            latest=known.latest,
            hint=known.hint,
            negatives=known.negatives,
            looks=known.looks,
            looked_at=known.looked_at,
        )

    def having(self, state: State) -> list[Row]:
        """Rows of one state, in order."""
        return [row for _, row in sorted(self.rows.items()) if row.state == state]

    def unsettled(self, *, held: bool) -> list[Attempted]:
        """Unknown attempts; held and former ones too, if they are asked for."""
        rows = self.having("UNKNOWN") + (self.having("HELD") if held else [])
        return [self.attempted(row, row.attempt) for row in rows] + (self._former() if held else [])

    def _former(self) -> list[Attempted]:
        return [
            self.attempted(self.rows[row], attempt)
            for (row, attempt), known in self.attempts.items()
            if known.former and not known.sid
        ]

    def open_to(self, numbers: Collection[str]) -> list[Attempted]:
        """All open attempts to these numbers."""
        rows = [row for state in ("INTENT", "UNKNOWN", "HELD") for row in self.having(state)]
        own = [self.attempted(row, row.attempt) for row in rows if row.to in numbers]
        return own + [one for one in self._former() if one.row.to in numbers]

    def claimed(self, sids: Collection[str]) -> set[str]:
        """Which of these sids attempts have."""
        own = {row.sid for row in self.rows.values()}
        return (own | {known.sid for known in self.attempts.values()}) & set(sids)

    def owned(self, sids: Collection[str]) -> dict[str, Row]:
        """The rows of these messages."""
        return {row.sid: row for row in self.rows.values() if row.sid in sids}

    def canaries(
        self, near: int, since: float, until: float, limit: int
    ) -> list[tuple[str, float, str]]:
        """Messages that were accepted for rows near this one."""
        found = [
            (row.sid, at, row.to)
            for row in self.having("ACCEPTED")
            if (at := self.earliest.get(row.row)) is not None and since <= at <= until
        ]
        return sorted(found, key=lambda one: -one[1])[:limit]

    def look(self, row: int, attempt: int, change: Change) -> None:
        """Keep the negatives and looks of an attempt that stays what it is."""
        known = self.known(row, attempt)
        known.negatives, known.looks = change.negatives, change.looks
        known.looked_at = change.looked_at

    def find_former(self, row: int, attempt: int, sid: str) -> bool:
        """Keep the message that a former attempt made; whether it had none yet."""
        known = self.known(row, attempt)
        known.sid, before = known.sid or sid, known.sid
        return not before

    def keep_open(self, outcome: Outcome) -> None:
        """Its row is sent again although nobody knows what became of this attempt."""
        known = self.known(outcome.row, outcome.attempt)
        known.former, known.earliest = True, self.earliest.get(outcome.row)

    def swap(self, row: Row, other: Row) -> None:
        """Exchange the messages of two accepted rows."""
        self.change(row, sid=other.sid)
        self.change(other, sid=row.sid)

    def with_sid(self, sid: str) -> Row | None:
        """The row that has this message."""
        return next((row for row in self.rows.values() if row.sid == sid), None)

    def update_status(self, row: Row, note: Note) -> None:
        """Keep a newer status of an accepted message."""
        if self.rows[row.row].state == "ACCEPTED":
            self.change(self.rows[row.row], status=note.status, code=note.code)

    def update_bill(self, row: Row, note: Note) -> None:
        """Keep what a row shows of what Twilio's list tells: its segments."""
        if self.rows[row.row].state == "ACCEPTED":
            self.change(self.rows[row.row], segments=note.segments or row.segments)

    def withhold(self, row: Row, reason: str, at: float) -> None:
        """Never send a row."""
        own, ended = self.rows[row.row], ms(at)
        self.change(own, state="SKIPPED", ended_at=ended, error=reason, not_before=None)

    def contradict(self, kind: str, outcome: Outcome) -> None:
        """Keep an event."""
        event = Event(
            at=ms(outcome.at),
            kind=kind,
            row=outcome.row,
            attempt=outcome.attempt,
            state=outcome.state,
            sid=outcome.sid,
            code=outcome.code,
        )
        if not any(event.sid and _same(event, old) for old in self.events):
            self.events.append(event)


def _same(event: Event, old: Event) -> bool:
    return replace(event, at=old.at, code=old.code) == old
