"""What Twilio's list says about sends of which nobody knows. Pure: no I/O, no clock.

After a time-out or a 5xx a message may have been accepted. Twilio's list shows it, late, and not
always as it was sent. All open attempts to one recipient are decided together, whoever keeps them:

```text
accepted   E0  the answer or a callback named its sid (a hint)
           E1  a candidate has the same text, and no other attempt has an edge to it: at once.
               Attempts joined by such candidates are a multiset: matched, as many as can be, once
               each of them is due, none is live or blind, and no more candidates than attempts
           E2  every candidate of it and its twins has a text like theirs, none is a candidate of
               anything else open, and there are not more of them than twins; due as in E1
wait       a live attempt could own a candidate, or the attempts it competes with are not due
undecided  any other candidate is left; or a sid is known; numbers are hidden; it is too old; the
           list was not read to its end, or lags
absent     no candidate is left: a negative, if the list was asked `settle` after the latest end
```

* **A candidate is never evidence by its mere existence** (`open`), unless the sender or service was
  declared `exclusive`: then it counts as `like`.
* **Absence alone is a negative, never a differing text**, but for a text that a witness excludes
  (see `likeness`).
* **Dominance**: a message that has the same text as one attempt is no candidate of attempts with
  another known text; one that has a text like it, of none for which nothing can be told.
* A text that is not known may be a twin of any: such an attempt holds its neighbours up until it is
  due, and counts beside them.

One negative is not enough: whoever uses this asks twice (see `driver`). Where this is weaker than
reality: somebody outside sends the same person the same text, from the same sender, at the same
time. A surplus is noticed; a single one is taken for ours.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from typing import TypeAlias

from ..models import Message
from .attempts import OpenAttempt, Reading, SendOptions, Sent, Verdict
from .candidates import created_at, has_other_forms, is_candidate, is_masked, reaches
from .group import Group
from .likeness import ENOUGH, Likeness, has_link, likeness

TOO_OLD = 30 * 86_400.0
"""Seconds after which Twilio's list may have lost a message: records are deleted and archived."""

_OURS = frozenset({"outbound-api", ""})
"""Directions of what the API sent; an answer that has none excludes nothing."""

_Route: TypeAlias = tuple[str | None, str | None, SendOptions, bool]
"""Sender, service, options, and whether the stored text has a link."""


def verdicts(
    attempts: Sequence[OpenAttempt],
    reading: Reading,
    claimed: Collection[str],
    witnesses: Mapping[str, Sent],
    *,
    settle: float,
    allowance: float = 2.0,
) -> Mapping[Hashable, Verdict]:
    """Hold open attempts against one reading of Twilio's list; a verdict for each, by its key.

    Args:
        attempts: all open attempts to the numbers that were read, in whatever store.
        claimed: of its sids, those that belong to any send, present or former.
        witnesses: of its sids, the messages of ours whose text is known.
        settle: seconds until an accepted message is listed for sure.
        allowance: by how many seconds `date_created` may differ from the `Date` of answers.
    """
    routes = _witnessed_routes(reading.messages, witnesses)
    by_number: dict[str, list[Message]] = defaultdict(list)
    masked: list[Message] = []
    for message in reading.messages:
        if message.direction in _OURS and message.sid not in claimed:
            if message.to is None or is_masked(message.to):
                masked.append(message)
            else:
                by_number[message.to].append(message)
    together: dict[str, list[OpenAttempt]] = defaultdict(list)
    for attempt in attempts:
        together[attempt.to].append(attempt)
    found: dict[Hashable, Verdict] = {}
    for to, same in together.items():
        messages = by_number.get(to, []) + [m for m in masked if reaches(to, m.to)]
        found |= _of_number(same, messages, reading, routes, settle, allowance)
    return found


def _witnessed_routes(
    messages: Iterable[Message], witnesses: Mapping[str, Sent]
) -> dict[_Route, float]:
    """Since when each route has shown that its texts are stored as they are sent, or like it."""
    since: dict[_Route, float] = {}
    if not witnesses:
        return since
    for message in messages:
        witness, created = witnesses.get(message.sid), created_at(message)
        # Few letters may pass a rewriting unchanged, and would then speak for texts that don't.
        if witness is None or created is None or witness.print.letters.length < ENOUGH:
            continue
        if likeness(witness, message) in {"same", "like"}:
            route = _route(witness, message)
            since[route] = min(created, since.get(route, created))
    return since


def _route(sent: Sent, message: Message) -> _Route:
    options = sent.options & ~SendOptions.HIDDEN
    return sent.sender, sent.service, options, has_link(message.body or "")


def _of_number(
    attempts: list[OpenAttempt],
    messages: list[Message],
    reading: Reading,
    routes: Mapping[_Route, float],
    settle: float,
    allowance: float,
) -> dict[Hashable, Verdict]:
    """Verdicts on all open attempts to one number."""
    found = _hinted(attempts, messages)
    taken = {verdict.sid for verdict in found.values()}
    left = [attempt for attempt in attempts if attempt.key not in found]
    messages = [message for message in messages if message.sid not in taken]
    edges = {attempt.key: _edges(attempt, messages, routes, allowance) for attempt in left}
    group = Group(left, messages, edges, reading, settle)
    found |= group.decided()
    for attempt in left:
        if attempt.key not in found:
            found[attempt.key] = _without(attempt, reading, due=group.is_due(attempt))
    return found


def _hinted(
    attempts: Sequence[OpenAttempt], messages: Sequence[Message]
) -> dict[Hashable, Verdict]:
    """E0: attempts whose sid is known and listed; a sid that two of them name is nobody's."""
    named = [attempt.hint for attempt in attempts if attempt.hint]
    sids = {message.sid for message in messages}
    return {
        attempt.key: Verdict("accepted", attempt.hint, "hint")
        for attempt in attempts
        if attempt.hint in sids and named.count(attempt.hint) == 1
    }


def _edges(
    attempt: OpenAttempt,
    messages: Sequence[Message],
    routes: Mapping[_Route, float],
    allowance: float,
) -> dict[str, Likeness]:
    """The attempt's candidates, each with how far its text is the attempt's."""
    edges: dict[str, Likeness] = {}
    for message in messages:
        if is_candidate(attempt, message, allowance):
            since, created = routes.get(_route(attempt, message)), created_at(message)
            witnessed = since is not None and created is not None and since <= created
            kind = likeness(attempt, message, witnessed=witnessed)
            if kind != "other":
                edges[message.sid] = kind
    return edges


def _without(attempt: OpenAttempt, reading: Reading, *, due: bool) -> Verdict:
    """A verdict on an attempt that has no candidate left."""
    if attempt.live:
        return Verdict("wait", why="live")
    hides = reading.hides or attempt.options & SendOptions.HIDDEN
    if attempt.hint:
        return Verdict("undecided", why="hint", counts=due)
    if hides or has_other_forms(attempt.to):
        return Verdict("undecided", why="hidden", counts=due)
    if reading.date - attempt.latest > TOO_OLD:
        return Verdict("undecided", why="old", counts=due)
    if not reading.complete:
        return Verdict("undecided", why="incomplete", counts=due)
    if reading.canaries_missing:
        return Verdict("undecided", why="lags", counts=due)
    return Verdict("absent", why="not listed", counts=due)
