"""What a key allows: the rules, as functions that read and write keys within one transaction.

```text
                  claim, durable before a byte is sent
   new, READY ------------------------------------------> INTENT
   INTENT  -- 2xx and a sid ----------------------------> ACCEPTED    the same result again
   INTENT  -- refused ----------------------------------> REJECTED    the same refusal again
   INTENT  -- certainly not sent -----------------------> READY       may be tried again
   INTENT  -- anything else; its owner is dead ---------> UNKNOWN     never a second POST
   UNKNOWN -- evidence ---------------------------------> ACCEPTED
   UNKNOWN -- resend: two negatives; repeat: at once ---> READY
   UNKNOWN -- unresolved -------------------------------> HELD        a person decides
```

* **One claim.** Whoever moves a key to INTENT sends; every other caller learns from the key.
* **Owners.** A claim names its owner, an outbox in a process. An INTENT whose owner lives is waited
  for; one whose owner is dead is UNKNOWN at once. Its attempt ended, at the latest, one attempt's
  time after the death was noticed: its socket may have outlived it.
* **Outcomes** are an attempt's: they count only if the key still is in that very attempt. One that
  comes late, after its owner was taken for dead, is still the truth about it.
* **Keys expire**, but never while a message may be on its way. The sid of a key that is forgotten
  is kept as long as settling could take its message for another key's.
* What is on its way is counted by a policy; what was certainly not sent gives its count back.

Every store runs these functions; none has rules of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from msgspec.structs import replace

from .entries import NO_EVIDENCE, Claim, Entry, Outcome, Wanted
from .states import OPEN, UNSETTLED, may_go
from .store import Rows

__all__ = [
    "DEAD",
    "bury",
    "claim",
    "finish",
    "forget_expired",
    "give_up",
    "is_under_way",
    "move",
    "note_scan",
    "withdraw",
]

DEAD = "its process ended before the answer came"
LEFT = "the outbox was left before the answer came"

_OVERLAP = 3600.0
"""Seconds before an attempt in which a message may be taken for its own: clocks differ."""


def claim(rows: Rows, wanted: Wanted) -> Claim:
    """Decide what a caller may do, and write an INTENT where that is to send."""
    entry = rows.get(wanted.key)
    if entry is not None:
        entry = _as_it_is_now(rows, entry, wanted.now)
    if entry is not None and entry.state not in OPEN and entry.expires_at <= wanted.now:
        _keep_sid(rows, entry, _oldest(rows, wanted.now))
        entry = Entry(
            key=wanted.key,
            digest=wanted.digest,
            attempt=entry.attempt,
            expires_at=wanted.now + wanted.ttl,
        )
    if entry is None:
        entry = Entry(key=wanted.key, digest=wanted.digest, expires_at=wanted.now + wanted.ttl)
    if entry.digest != wanted.digest:
        return Claim("reused", entry)
    if entry.state == "UNKNOWN" and wanted.repeat:
        entry = _moved(rows, entry, replace(entry, state="READY"))
    match entry.state:
        case "READY":
            return _begin(rows, entry, wanted)
        case "INTENT":
            return Claim("under_way", entry)
        case "UNKNOWN" | "HELD":
            return Claim("unknown", entry)
        case _:
            return Claim("known", entry)


def _as_it_is_now(rows: Rows, entry: Entry, now: float) -> Entry:
    """The key, of which the owner may have died."""
    if entry.state != "INTENT" or rows.lives(entry.owner):
        return entry
    return _buried(rows, entry, now)


def _buried(rows: Rows, entry: Entry, now: float) -> Entry:
    return _moved(rows, entry, replace(entry, state="UNKNOWN", ended_at=now, error=DEAD))


def _begin(rows: Rows, entry: Entry, wanted: Wanted) -> Claim:
    if rule := wanted.forbidden or _exceeded(rows, wanted):
        return Claim("blocked", entry, rule)
    attempt = entry.attempt + 1
    for limit in wanted.limits:
        rows.count(limit.subject, wanted.now, wanted.now + limit.window, wanted.key, attempt)
    claimed = Entry(
        key=entry.key,
        digest=entry.digest,
        state="INTENT",
        attempt=attempt,
        owner=rows.owner,
        expires_at=entry.expires_at,
        intent_at=wanted.now,
        grace=wanted.attempt_time,
        evidence=wanted.evidence,
    )
    rows.put(claimed)
    return Claim("send", claimed)


def _exceeded(rows: Rows, wanted: Wanted) -> str:
    for limit in wanted.limits:
        if rows.counted(limit.subject, wanted.now - limit.window) >= limit.most:
            return limit.rule
    return ""


def _moved(rows: Rows, before: Entry, after: Entry) -> Entry:
    """Write a key in another state; wipe what its new state needs no more, give counts back."""
    if not may_go(before.state, after.state):
        raise AssertionError(f"no key goes from {before.state} to {after.state}")
    if after.state not in OPEN:
        wiped = {"negatives": 0, "looks": 0, "looked_at": 0.0}
        after = replace(after, evidence=NO_EVIDENCE, hint="", **wiped)
    if after.state == "READY":
        rows.give_back(after.key, after.attempt)
    rows.put(after)
    return after


def finish(rows: Rows, outcome: Outcome) -> bool:
    """Write down how an attempt ended; False if it can't be: the key says otherwise by now."""
    entry = rows.get(outcome.key)
    if entry is None or (entry.owner, entry.attempt) != (outcome.owner, outcome.attempt):
        return False
    return _take(rows, entry, outcome)


def _take(rows: Rows, entry: Entry, outcome: Outcome) -> bool:
    if outcome.state == "INTENT" or not may_go(entry.state, outcome.state):
        return False
    if outcome.sid and rows.owned((outcome.sid,)):
        return False
    first = entry.ended_at is None or outcome.state not in OPEN
    after = replace(
        entry,
        state=outcome.state,
        ended_at=outcome.at if first else entry.ended_at,
        grace=outcome.grace if entry.state == "INTENT" else entry.grace,
        sid=outcome.sid,
        hint=outcome.hint or entry.hint,
        status=outcome.status,
        http=outcome.http,
        code=outcome.code,
        kind=outcome.kind,
        error=outcome.error,
    )
    _moved(rows, entry, after)
    return True


def withdraw(rows: Rows, key: str, now: float) -> None:
    """Whoever made a claim here is gone, and has sent nothing."""
    entry = rows.get(key)
    if entry is not None and entry.state == "INTENT" and entry.owner == rows.owner:
        _moved(rows, entry, replace(entry, state="READY", ended_at=now))


def give_up(rows: Rows, key: str, now: float) -> None:
    """Nobody here waits any more for what a claim that was made here has come to."""
    entry = rows.get(key)
    if entry is not None and entry.state == "INTENT" and entry.owner == rows.owner:
        _moved(rows, entry, replace(entry, state="UNKNOWN", ended_at=now, error=LEFT))


def is_under_way(rows: Rows, key: str) -> bool:
    """Whether a key's call goes on, so that waiting for it makes sense."""
    entry = rows.get(key)
    return entry is not None and entry.state == "INTENT" and rows.lives(entry.owner)


def bury(rows: Rows, now: float) -> int:
    """Attempts of dead owners are unknown; how many there were."""
    under_way = rows.in_states(("INTENT",))
    dead = {owner for owner in {entry.owner for entry in under_way} if not rows.lives(owner)}
    found = [entry for entry in under_way if entry.owner in dead]
    for entry in found:
        _buried(rows, entry, now)
    return len(found)


def move(rows: Rows, seen: Entry, outcome: Outcome) -> bool:
    """Settle a key, if it still is as it was *seen*: other processes settle too."""
    entry = rows.get(seen.key)
    if entry is None or not _is_as_seen(entry, seen):
        return False
    return _take(rows, entry, outcome)


def note_scan(rows: Rows, seen: Entry, at: float, *, absent: bool) -> bool:
    """Count a scan that did not find a key's message, or decided nothing."""
    entry = rows.get(seen.key)
    if entry is None or not _is_as_seen(entry, seen):
        return False
    rows.put(
        replace(
            entry,
            negatives=entry.negatives + absent,
            looks=entry.looks + (not absent),
            looked_at=at,
        )
    )
    return True


def _is_as_seen(entry: Entry, seen: Entry) -> bool:
    def facts(one: Entry) -> tuple[object, ...]:
        return one.state, one.owner, one.attempt, one.negatives, one.looks, one.looked_at

    return entry.state in UNSETTLED and facts(entry) == facts(seen)


def _keep_sid(rows: Rows, entry: Entry, oldest: float) -> None:
    """A forgotten key's message is listed, and could be taken for that of an open key."""
    ended = entry.ended_at or 0.0
    if entry.sid and ended > oldest:
        rows.spend(entry.sid, ended)


def _oldest(rows: Rows, now: float) -> float:
    """No key that is open now, or later, can have a message from before this moment."""
    intents = (entry.intent_at for entry in rows.in_states(tuple(OPEN)))
    return min(now, min(intents, default=now)) - _OVERLAP


def forget_expired(rows: Rows, entries: Iterable[Entry], now: float) -> int:
    """Drop those of these keys that have expired; how many there were."""
    expired: Sequence[Entry] = [
        entry for entry in entries if entry.state not in OPEN and entry.expires_at <= now
    ]
    oldest = _oldest(rows, now)
    for entry in expired:
        _keep_sid(rows, entry, oldest)
        rows.remove(entry.key)
    rows.forget_counts(now, spent_before=oldest)
    return len(expired)
