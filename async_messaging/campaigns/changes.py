"""What becomes of an outcome: it fits, it agrees, it is evidence, or it contradicts.

The same rules serve every ledger. An outcome *fits* when the row is in the state, the run and the
attempt that it was made in. One that doesn't fit is never forced in: it may say what the ledger
knows already, it may be late evidence for a row that is unknown or held, and else it is kept as an
event.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple, Protocol

from msgspec.structs import replace

from ..codec.statuses import outranks
from ..settling.attempts import Change
from ..settling.changes import ENOUGH
from ..settling.states import UNSETTLED, State
from .rows import Note, Outcome, Row, outcome_of

_ANOTHERS = "another row has the message that this one is said to have made"
_CAME_LATE = "accepted: its receipt came after it was put back"


class AttemptKey(NamedTuple):
    """What settling calls an attempt of a ledger. A *former* one's row was sent again, though nobody knows what became of it."""

    campaign: str
    row: int
    attempt: int
    former: bool = False


def key_of(change: Change) -> AttemptKey:
    """The attempt that a change of a ledger is about."""
    assert isinstance(change.attempt.key, AttemptKey)
    return change.attempt.key


class Table(Protocol):
    """The rows of a ledger, within one transaction."""

    def apply(self, outcome: Outcome) -> bool:
        """Change the row if the outcome fits and its sid is new; say whether it did."""
        ...

    def find(self, row: int) -> Row | None:
        """The row."""
        ...

    def with_sid(self, sid: str) -> Row | None:
        """The row that has this message."""
        ...

    def swap(self, row: Row, other: Row) -> None:
        """Exchange the messages of two accepted rows."""
        ...

    def update_status(self, row: Row, note: Note) -> None:
        """Keep a newer status of an accepted message."""
        ...

    def update_bill(self, row: Row, note: Note) -> None:
        """Keep what Twilio's list tells of an accepted message beside its status."""
        ...

    def withhold(self, row: Row, reason: str, at: float) -> None:
        """Never send a READY row (T9)."""
        ...

    def contradict(self, kind: str, outcome: Outcome) -> None:
        """Keep an event."""
        ...

    def claimed(self, sids: Collection[str]) -> set[str]:
        """Which of these sids attempts have, former ones too."""
        ...

    def look(self, row: int, attempt: int, change: Change) -> None:
        """Keep the negatives and looks of an attempt that stays what it is."""
        ...

    def keep_open(self, outcome: Outcome) -> None:
        """Its row is sent again although nobody knows what became of this attempt."""
        ...

    def find_former(self, row: int, attempt: int, sid: str) -> bool:
        """Keep the message that a former attempt made; whether it had none yet."""
        ...


def take(table: Table, outcome: Outcome) -> bool:
    """Take one outcome in; say whether the row changed."""
    if table.apply(outcome):
        return True
    row = table.find(outcome.row)
    if _swaps(table, outcome, row):
        return True
    instead, kind = _misfit(outcome, row)
    changed = instead is not None and table.apply(instead)
    if instead is not None and not changed:
        kind = "sid_twice"
    if kind:
        table.contradict(kind, outcome)
    if kind == "sid_twice" and outcome.state == "ACCEPTED":
        _hold(table, outcome)
    return changed


def _swaps(table: Table, outcome: Outcome, row: Row | None) -> bool:
    """The same text to the same person twice: which message is whose was a guess; this is certain."""
    if row is None or row.state != "ACCEPTED" or row.attempt != outcome.attempt:
        return False
    other = table.with_sid(outcome.sid) if outcome.sid and outcome.sid != row.sid else None
    if other is None or (other.to, other.variables) != (row.to, row.variables):
        return False
    table.swap(row, other)
    return True


def _hold(table: Table, outcome: Outcome) -> None:
    """Another row has its message: a person has to look."""
    row = table.find(outcome.row)
    if row is not None and row.state == "UNKNOWN":
        table.apply(outcome_of(row, "HELD", outcome.at, error=_ANOTHERS))


def _misfit(outcome: Outcome, row: Row | None) -> tuple[Outcome | None, str]:
    """What to apply instead, and the event that it makes."""
    if row is None:
        return None, "no_such_row"
    same_attempt = (row.epoch, row.attempt) == (outcome.epoch, outcome.attempt)
    if same_attempt and row.state == outcome.before:  # it fits, so another row has its sid
        lost = replace(outcome, state="UNKNOWN", sid="") if row.state == "INTENT" else None
        return lost, "sid_twice"
    if same_attempt and _says_nothing_new(outcome, row):
        return None, ""
    if same_attempt and outcome.sid and row.state in UNSETTLED:
        return replace(outcome, before=row.state), ""
    return None, "late_outcome"


def _says_nothing_new(outcome: Outcome, row: Row) -> bool:
    if outcome.state == "ACCEPTED":
        return row.sid == outcome.sid
    return outcome.state == "UNKNOWN" and row.state == "ACCEPTED"


def take_receipt(table: Table, note: Note) -> None:
    """Take in a status callback; one without the row's token is no evidence and is dropped.

    It may come before the answer to the creation: then it is what accepts the row, and the answer
    says nothing new.
    """
    row = table.find(note.row)
    if row is None or not note.sid or row.token != note.token:
        return
    if row.state == "ACCEPTED" and row.sid == note.sid:
        _follow(table, row, note)
        return
    outcome = Outcome(
        row=row.row,
        epoch=row.epoch,
        attempt=row.attempt,
        before="UNKNOWN" if row.state not in {"INTENT", "HELD"} else row.state,
        state="ACCEPTED",
        at=note.at,
        sid=note.sid,
        status=note.status,
        code=note.code,
    )
    if take(table, outcome):
        table.update_status(row, note)
    elif (
        row.state == "READY" and row.attempt
    ):  # put back before its receipt came: once more would be twice
        table.withhold(row, _CAME_LATE, note.at)


def take_listed(table: Table, note: Note) -> None:
    """Take in a message as Twilio's list has it; one that no row has is no row's."""
    row = table.with_sid(note.sid)
    if row is None or row.state != "ACCEPTED":
        return
    _follow(table, row, note)
    if note.sender or note.segments or note.price is not None:
        table.update_bill(row, note)


def _follow(table: Table, row: Row, note: Note) -> None:
    """Keep what is newer by rank, in whatever order reports come; or a code that was missing."""
    late_code = note.status == row.status and row.code is None and note.code is not None
    if late_code or outranks(note.status, row.status or None):
        table.update_status(row, note)


def conclude(table: Table, change: Change, at: float) -> bool:
    """Write down what settling found out about an attempt; whether it still was as it was seen."""
    key, seen = key_of(change), change.attempt
    row, sid = table.find(key.row), "" if change.message is None else change.message.sid
    if row is None or (sid and table.claimed([sid])):
        return False
    if key.former:
        return bool(sid) and table.find_former(key.row, key.attempt, sid)
    state = "INTENT" if seen.live else "HELD" if seen.held else "UNKNOWN"
    if (row.state, row.attempt) != (state, key.attempt):
        return False
    if change.state is None:
        table.look(key.row, key.attempt, change)
        return True
    outcome = _found(row, change, change.state, at)
    if outcome.state == "READY" and change.negatives < ENOUGH:
        table.keep_open(outcome)
    return take(table, outcome)


def _found(row: Row, change: Change, state: State, at: float) -> Outcome:
    message = change.message
    if message is None:
        return outcome_of(row, state, at, code=row.code, error=change.why)
    return outcome_of(
        row,
        state,
        at,
        sid=message.sid,
        status=message.status,
        code=message.error_code,
        segments=message.num_segments or 0,
    )
