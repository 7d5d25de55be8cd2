"""What a key allows: the rules, as functions that read and write keys within one transaction.

The states and the ways between them are those of every send (`settling.states`). To the next call an
ACCEPTED key gives the same result, a REJECTED one the same refusal; a READY one may be tried again;
UNKNOWN and HELD, where a person decides, never lead to a second POST.

* **One claim.** Whoever moves a key to INTENT sends; every other caller learns from the key.
* **Owners.** A claim names its owner, an outbox in a process. An INTENT whose owner lives is waited
  for; one whose owner is dead is UNKNOWN at once. Its attempt ended, at the latest, one attempt's
  time after the death was noticed: its socket may have outlived it.
* **Outcomes** are an attempt's: they count only if the key still is in that very attempt. One that
  comes late, after its owner was taken for dead, is still the truth about it.
* **Keys expire** a while after their call ended, by Twilio's clock and by this machine's, whichever
  is behind: a clock that runs ahead would forget a key, and have its message sent twice. They never
  expire while a message may be on its way. A forgotten key's sid is kept as long as Twilio keeps
  messages: settling could take its message for another key's.
* What was sent again though nobody knew (`repeat`, a person's word) leaves its first attempt behind:
  its message may exist, and is no other attempt's.
* What is on its way is counted by a policy; what was certainly not sent gives its count back.

Every store runs these functions; none has rules of its own. How Twilio's list decides what nobody
knows is in `settling`; `attempts` is what it sees of an outbox.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from msgspec.structs import replace

from ..settling.states import OPEN, UNSETTLED, State, may_go
from .entries import NO_EVIDENCE, Claim, Entry, Former, Wanted
from .file import Rows

DEAD = "its process ended before the answer came"
LEFT = "the outbox was left before the answer came"
NOT_OURS = "the answer names a message that is another key's"

_DOUBTFUL: Mapping[State, State] = {"INTENT": "UNKNOWN", "UNKNOWN": "HELD"}
"""What becomes of an attempt whose answer names another's message."""

_DAY = 86_400.0
_KEPT = 425 * _DAY
"""Seconds that Twilio may list a message: 13 months, and one to spare."""


def claim(rows: Rows, wanted: Wanted) -> Claim:
    """Decide what a caller may do, and write an INTENT where that is to send."""
    now = _now(rows, wanted.now, wanted.since)
    entry = rows.get(wanted.key)
    if entry is not None:
        entry = _as_it_is_now(rows, entry, wanted.now)
        if entry.state not in OPEN and entry.expires_at <= now:
            _forget(rows, entry)
            entry = _new(wanted, entry.attempt)
    else:
        entry = _new(wanted)
    if wanted.since is None and not wanted.asked and _needs_time(rows, entry, wanted.now):
        return Claim("time", entry)
    if entry.digest != wanted.digest:
        return Claim("reused", entry)
    if entry.state == "UNKNOWN" and wanted.repeat:
        leave_behind(rows, entry)
        entry = moved(rows, entry, replace(entry, state="READY"))
    match entry.state:
        case "READY":
            return _begin(rows, entry, wanted)
        case "INTENT":
            return Claim("under_way", entry)
        case "UNKNOWN" | "HELD":
            return Claim("unknown", entry)
        case _:
            return Claim("known", entry)


def _now(rows: Rows, now: float, since: float | None) -> float:
    """The time that it is at least: by this machine's clock and by what is known of Twilio's."""
    known = [at for at in (since, rows.seen()) if at is not None]
    return min(now, max(known)) if known else 0.0


def _needs_time(rows: Rows, entry: Entry, now: float) -> bool:
    """Whether Twilio's time is to be asked for before anything is done.

    This machine's clock says that the key has expired, which is not enough; or nobody here has seen
    Twilio's time ever: were this process to die, nobody could tell when it sent.
    """
    if entry.state == "READY" and rows.seen() is None:
        return True
    return entry.state not in OPEN and entry.expires_at <= now


def _new(wanted: Wanted, attempts: int = 0) -> Entry:
    return Entry(
        key=wanted.key,
        digest=wanted.digest,
        attempt=attempts,
        ttl=wanted.ttl,
        expires_at=max(wanted.now, wanted.since or 0.0) + wanted.ttl,
    )


def _as_it_is_now(rows: Rows, entry: Entry, now: float) -> Entry:
    """The key, of which the owner may have died."""
    if entry.state != "INTENT" or rows.lives(entry.owner):
        return entry
    return _buried(rows, entry, now)


def _buried(rows: Rows, entry: Entry, now: float) -> Entry:
    return moved(rows, entry, replace(entry, state="UNKNOWN", ended_at=now, error=DEAD))


def _begin(rows: Rows, entry: Entry, wanted: Wanted) -> Claim:
    if rule := wanted.forbidden or _exceeded(rows, wanted):
        return Claim("blocked", entry, rule)
    attempt = entry.attempt + 1
    for limit in wanted.limits:
        rows.count(limit.subject, wanted.now, wanted.now + limit.window, wanted.key, attempt)
    # Where this process has seen no answer yet, the latest time that any process here saw will do.
    earliest = rows.seen() if wanted.since is None else wanted.since
    claimed = Entry(
        key=entry.key,
        digest=entry.digest,
        state="INTENT",
        attempt=attempt,
        owner=rows.owner,
        ttl=entry.ttl,
        expires_at=entry.expires_at,
        intent_at=wanted.now,
        grace=wanted.attempt_time,
        evidence=replace(wanted.evidence, earliest=earliest),
    )
    rows.put(claimed)
    if wanted.since is not None:
        rows.see(wanted.since)
    return Claim("send", claimed)


def _exceeded(rows: Rows, wanted: Wanted) -> str:
    for limit in wanted.limits:
        if rows.counted(limit.subject, wanted.now - limit.window) >= limit.most:
            return limit.rule
    return ""


def moved(rows: Rows, before: Entry, after: Entry) -> Entry:
    """Write a key in another state; wipe what its new state needs no more, give counts back."""
    if not may_go(before.state, after.state):
        raise AssertionError(f"no key goes from {before.state} to {after.state}")
    if after.state not in OPEN:
        shows = after.state == "ACCEPTED" and after.evidence.print.exact is not None
        kept = replace(after.evidence, to="") if shows else NO_EVIDENCE
        after = replace(after, evidence=kept, hint="", negatives=0, looks=0, looked_at=None)
    if after.state == "READY":
        rows.give_back(after.key, after.attempt)
    rows.put(after)
    return after


def leave_behind(rows: Rows, entry: Entry) -> None:
    """The key is sent again though nobody knows: its attempt goes on competing for evidence."""
    former = Former(key=entry.key, attempt=entry.attempt, hint=entry.hint, evidence=entry.evidence)
    rows.leave(former)


def finish(rows: Rows, ended: Entry) -> bool:
    """Write down how an attempt *ended*; False if it can't be: the key says otherwise by now."""
    entry = rows.get(ended.key)
    if entry is None or (entry.owner, entry.attempt) != (ended.owner, ended.attempt):
        return False
    if ended.sid and entry.sid != ended.sid and rows.owned((ended.sid,)):
        doubtful: State | None = _DOUBTFUL.get(entry.state)
        if doubtful is not None:
            moved(rows, entry, _ended(entry, ended, doubtful, NOT_OURS))
        return False
    if ended.state == "INTENT" or not may_go(entry.state, ended.state):
        return False
    moved(rows, entry, _ended(entry, ended, ended.state, ended.error))
    return True


def _ended(entry: Entry, ended: Entry, state: State, error: str) -> Entry:
    """The key after its attempt, of which more may be known than when that was claimed."""
    first = entry.ended_at is None or state not in OPEN
    known, told = entry.evidence, ended.evidence
    if entry.state == "INTENT" or known.latest is None:
        known = replace(known, latest=told.latest)
    if told.earliest is not None and (known.earliest or 0.0) < told.earliest:
        known = replace(known, earliest=told.earliest)
    over = max(ended.ended_at or 0.0, told.earliest or 0.0)
    return replace(
        ended,
        state=state,
        expires_at=max(entry.expires_at, over + entry.ttl),
        ended_at=ended.ended_at if first else entry.ended_at,
        sid=ended.sid if state == "ACCEPTED" else "",
        hint=ended.hint or ended.sid or entry.hint,
        error=error,
        negatives=entry.negatives,
        looks=entry.looks,
        looked_at=entry.looked_at,
        evidence=known,
    )


def withdraw(rows: Rows, key: str, now: float) -> None:
    """Whoever made a claim here is gone, and has sent nothing."""
    entry = rows.get(key)
    if entry is not None and entry.state == "INTENT" and entry.owner == rows.owner:
        moved(rows, entry, replace(entry, state="READY", ended_at=now))


def give_up(rows: Rows, key: str, now: float, until: float | None) -> None:
    """Nobody here waits any more for what a claim that was made here has come to.

    Args:
        until: Twilio's time now, at most; the attempt may go on for its grace.
    """
    entry = rows.get(key)
    if entry is not None and entry.state == "INTENT" and entry.owner == rows.owner:
        latest = None if until is None else until + entry.grace
        evidence = replace(entry.evidence, latest=latest)
        left = replace(entry, state="UNKNOWN", ended_at=now, error=LEFT, evidence=evidence)
        moved(rows, entry, left)


def is_under_way(rows: Rows, key: str) -> bool:
    """Whether a key's call goes on, so that waiting for it makes sense."""
    entry = rows.get(key)
    return entry is not None and entry.state == "INTENT" and rows.lives(entry.owner)


def bury(rows: Rows, now: float, until: float | None) -> int:
    """Attempts of dead owners are unknown; how many there were.

    Args:
        until: Twilio's time now, at most, if it is known: attempts that are over, and whose end is
            not known yet, were so then, their grace added. Whoever made them may live and never
            learn it: a machine that slept meanwhile does not know when that was.
    """
    under_way = rows.in_states(("INTENT",))
    dead = {owner for owner in {entry.owner for entry in under_way} if not rows.lives(owner)}
    found = [entry for entry in under_way if entry.owner in dead]
    for entry in found:
        _buried(rows, entry, now)
    if until is not None:
        for entry in rows.in_states(("UNKNOWN", "HELD")):
            if entry.evidence.latest is None:
                evidence = replace(entry.evidence, latest=until + entry.grace)
                rows.put(replace(entry, evidence=evidence))
    return len(found)


def date(rows: Rows, key: str, attempt: int, earliest: float, latest: float) -> None:
    """Twilio's time of an attempt is known now, which was not when it ended."""
    entry = rows.get(key)
    if entry is None or entry.attempt != attempt or entry.state not in UNSETTLED:
        return
    known = entry.evidence
    evidence = replace(
        known,
        earliest=max(earliest, known.earliest or earliest),
        latest=latest if known.latest is None else known.latest,
    )
    rows.put(replace(entry, evidence=evidence))


def decide(rows: Rows, key: str, state: State, now: float) -> bool:
    """A person decides what becomes of a held key; whether it is one."""
    entry = rows.get(key)
    if entry is None or entry.state != "HELD":
        return False
    if state == "READY":
        leave_behind(rows, entry)
    moved(rows, entry, replace(entry, state=state, ended_at=now, error="a person decided"))
    return True


def _forget(rows: Rows, entry: Entry) -> None:
    if entry.sid:
        rows.spend(entry.sid, entry.ended_at or 0.0)
    rows.remove(entry.key)


def forget_expired(rows: Rows, entries: Iterable[Entry], now: float, since: float | None) -> int:
    """Drop those of these keys that have expired, and what shows how old ones are stored; how many keys.

    Args:
        since: Twilio's time now, at least, if it is known.
    """
    least = _now(rows, now, since)
    forgotten = 0
    for entry in entries:
        if entry.state in OPEN:
            continue
        if entry.expires_at <= least:
            _forget(rows, entry)
            forgotten += 1
        elif entry.evidence != NO_EVIDENCE and (entry.ended_at or 0.0) + _DAY <= least:
            rows.put(replace(entry, evidence=NO_EVIDENCE))
    rows.tidy(now, spent_before=least - _KEPT)
    return forgotten
