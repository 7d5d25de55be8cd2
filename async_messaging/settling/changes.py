"""What a verdict makes of an attempt: negatives and looks are counted here, once for every store."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import msgspec

from .attempts import Change, OpenAttempt, Reading, Standing, Verdict, Why
from .candidates import is_masked
from .listing import UNDATED
from .rules import verdicts
from .states import OnUnknown, State

ENOUGH = 2
"""Negatives that settle an attempt, and looks that hold it."""

_REASONS: Mapping[Why, str] = {
    "hint": "the message that an answer named can't be found",
    "not listed": "not in Twilio's list: perhaps never accepted",
    "live": "another call to this number is under way",
    "candidates": "the list decides nothing: other messages could be it",
    "surplus": "the list has more messages with this text than were sent from here",
    "hidden": "numbers are hidden, so the list decides nothing",
    "old": "too old: Twilio's list may have lost it",
    "blind": "when it was sent is not known, so the list decides nothing",
    "incomplete": "the list could not be read to its end",
    "lags": "the list lacks messages that were accepted",
    "unreadable": "another ledger here could not be read",
    "undated": "the list's answers carry no date",
}


class Policy(msgspec.Struct, frozen=True):
    """What becomes of attempts, and when.

    Attributes:
        settle: seconds until an accepted message is listed for sure.
        scan_interval: seconds between two looks that count.
    """

    on_unknown: OnUnknown = "hold"
    settle: float = 120.0
    scan_interval: float = 60.0


def due_at(attempt: OpenAttempt, policy: Policy) -> float:
    """When a look may count for this attempt, by Twilio's clock."""
    due = attempt.latest + policy.settle
    return due if attempt.looked_at is None else max(due, attempt.looked_at + policy.scan_interval)


def changes_by(
    reading: Reading,
    standing: Standing,
    to: Collection[str],
    keys: Collection[object],
    policy: Policy,
    allowance: float,
) -> list[Change]:
    """What a reading makes of own attempts."""
    attempts = [one for one in standing.attempts if one.to in to]
    near = [m.sid for m in reading.messages if is_masked(m.to) or m.to in to]
    found = verdicts(
        attempts,
        reading,
        standing.claimed(near),
        standing.witnesses([message.sid for message in reading.messages]),
        settle=policy.settle,
        allowance=allowance,
    )
    by_sid = {message.sid: message for message in reading.messages}
    changes: list[Change] = []
    for attempt in attempts:
        if attempt.own and attempt.key in keys:
            verdict = _guarded(attempt, found[attempt.key], reading, standing, policy)
            if verdict.finding == "accepted" and verdict.sid is not None:
                why, message = f"found by its {verdict.why}", by_sid[verdict.sid]
                changes.append(Change(attempt=attempt, state="ACCEPTED", message=message, why=why))
            elif verdict.counts and not attempt.held:
                changes += _looked(attempt, verdict, reading, policy)
    return changes


def unread(attempt: OpenAttempt, why: str, at: float) -> Change:
    """What becomes of an attempt for which the list may not be read: a look that decides nothing."""
    looks = attempt.looks + 1
    return Change(
        attempt=attempt,
        state="HELD" if looks >= ENOUGH else None,
        why=why,
        negatives=attempt.negatives,
        looks=looks,
        looked_at=at,
    )


def _guarded(
    attempt: OpenAttempt, verdict: Verdict, reading: Reading, standing: Standing, policy: Policy
) -> Verdict:
    """The verdict, but for what no rule knows: a store that can't be read, answers without dates."""
    if not standing.readable:
        due = reading.date >= attempt.latest + policy.settle
        return Verdict("undecided", why="unreadable", counts=due)
    if reading.date == UNDATED and reading.complete and verdict.finding != "accepted":
        return Verdict("undecided", why="undated", counts=not attempt.live)
    return verdict


def _looked(
    attempt: OpenAttempt, verdict: Verdict, reading: Reading, policy: Policy
) -> list[Change]:
    """A negative, or a look that decided nothing; the second one ends it."""
    looked = attempt.looked_at
    if looked is not None and reading.date != UNDATED:
        if reading.date < looked + policy.scan_interval:
            return []
        looked = max(looked, reading.date)
    elif reading.date != UNDATED:
        looked = reading.date
    absent = verdict.finding == "absent"
    negatives, looks = attempt.negatives + absent, attempt.looks + (not absent)
    state: State | None = None
    why = _REASONS.get(verdict.why, "")
    if looks >= ENOUGH:
        state = "HELD"
    elif negatives >= ENOUGH:
        # Times of a wall clock may be those of another hour: then absence proves nothing.
        sure = policy.on_unknown == "resend" and attempt.bounds != "wall"
        state = "READY" if sure else "HELD"
        why = "not in Twilio's list" if sure else why
    return [
        Change(
            attempt=attempt,
            state=state,
            why=why,
            negatives=negatives,
            looks=looks,
            looked_at=looked,
        )
    ]
