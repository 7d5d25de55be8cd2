"""What of a ledger in memory outlives its runs: facts, rows, events and the notes of others."""

from __future__ import annotations

import secrets
from typing import Any

from msgspec.structs import replace

from async_messaging.campaigns.rows import Event, Facts, Note, Outcome, Plan, Row
from async_messaging.settling.states import State


def ms(seconds: float) -> float:
    """As a ledger keeps it: whole milliseconds."""
    return round(seconds * 1000) / 1000


class MemoryFile:
    """What is durable: facts, rows, events, and the notes of others. Implements `Table`."""

    def __init__(self, plan: Plan, now: float) -> None:
        self.facts: Facts = Facts(campaign=secrets.token_hex(8), plan=plan, created_at=ms(now))
        self.rows: dict[int, Row] = {}
        self.events: list[Event] = []
        self.spool: list[Note] = []
        self.opted_out: set[int] = set()
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
        return True

    def with_sid(self, sid: str) -> Row | None:
        """The row that has this message."""
        return next((row for row in self.rows.values() if row.sid == sid), None)

    def update_status(self, row: Row, note: Note) -> None:
        """Keep a newer status of an accepted message."""
        self.change(self.rows[row.row], status=note.status, code=note.code)

    def update_bill(self, row: Row, note: Note) -> None:
        """Keep what a row shows of what Twilio's list tells: its segments."""
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
