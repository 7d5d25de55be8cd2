"""The attempts to one number and the messages that they could have made, held against each other.

Edges say how far a message's text is an attempt's (`likeness`). Attempts that share edges are
decided together: texts that are the same make a multiset, of which as many as can be are matched.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Hashable, Iterable, Mapping, Sequence

from ..models import Message
from .attempts import OpenAttempt, Reading, SendOptions, Verdict, Why
from .candidates import created_at
from .likeness import Likeness, same_text

_RANK: Mapping[Likeness, int] = {"same": 2, "like": 1, "open": 0}


class Group:
    """One number's open attempts without a hint that was found, and candidates: messages that nobody claims.

    Args:
        edges: by attempt's key: candidates' sids, each with its likeness; none is `other`.
    """

    def __init__(
        self,
        attempts: Sequence[OpenAttempt],
        messages: Sequence[Message],
        edges: Mapping[Hashable, Mapping[str, Likeness]],
        reading: Reading,
        settle: float,
    ) -> None:
        # Own attempts first, and whose window ends first takes the earliest message: so as many as
        # can be have one each.
        self._attempts = sorted(attempts, key=lambda one: (not one.own, one.latest))
        order = {m.sid: (created_at(m) or 0.0, m.sid) for m in messages}
        self._order = sorted(order, key=order.__getitem__)
        self._edges = {key: dict(edges[key]) for key in edges}
        self._reading = reading
        self._settle = settle
        self._found: dict[Hashable, Verdict] = {}

    def is_due(self, attempt: OpenAttempt) -> bool:
        """Whether a message of this attempt must be listed by now."""
        return self._reading.date >= attempt.latest + self._settle

    def decided(self) -> dict[Hashable, Verdict]:
        """Verdicts on all attempts but those that have no candidate left."""
        if any(self._edges.values()):
            self._dominate()
            self._same()
            self._alike()
            self._left_over()
        return self._found

    def _dominate(self) -> None:
        """A better text takes a message from attempts whose text is known and fits worse."""
        best: dict[str, int] = {}
        for edges in self._edges.values():
            for sid, kind in edges.items():
                best[sid] = max(best.get(sid, 0), _RANK[kind])
        for attempt in self._attempts:
            if attempt.print.exact is not None and not attempt.options & SendOptions.CONTENT:
                edges = self._edges[attempt.key]
                self._edges[attempt.key] = {
                    sid: kind for sid, kind in edges.items() if _RANK[kind] == best[sid]
                }

    def _same(self) -> None:
        """E1: texts that are the same."""
        for joined, sids in self._components("same"):
            fitting = [one for one in joined if not one.hint and "same" in self._kinds(one, sids)]
            if (obstacle := self._obstacle(joined, sids)) is not None:
                for attempt in fitting:
                    self._found[attempt.key] = obstacle
            else:
                self._match(fitting, sids, "same text")

    def _alike(self) -> None:
        """E2: texts that are like."""
        for attempt in self._attempts:
            if attempt.key in self._found or not self._edges[attempt.key]:
                continue
            twins, sids = self._twins(attempt)
            if self._are_theirs_alone(twins, sids) and self._obstacle(twins, sids) is None:
                self._match(twins, sids, "like text")

    def _twins(self, attempt: OpenAttempt) -> tuple[list[OpenAttempt], set[str]]:
        """The attempt, those of the same text that it shares candidates with, and all of these."""
        equal = [
            one
            for one in self._attempts
            if one.key not in self._found and (one is attempt or same_text(one, attempt))
        ]
        twins, sids = [attempt], set(self._edges[attempt.key])
        while True:
            joined = [one for one in equal if one is attempt or sids & self._edges[one.key].keys()]
            if len(joined) == len(twins):
                return twins, sids
            twins, sids = joined, {sid for one in joined for sid in self._edges[one.key]}

    def _are_theirs_alone(self, twins: Sequence[OpenAttempt], sids: set[str]) -> bool:
        """Whether all candidates of these twins are like, and nobody else's."""
        keys = {one.key for one in twins}
        alike = all(
            kind == "like" or (kind == "open" and one.exclusive)
            for one in twins
            for kind in self._edges[one.key].values()
        )
        open_to = all(one.bounds == "server" and not one.hint for one in twins)
        others = (edges for key, edges in self._edges.items() if key not in keys)
        return alike and open_to and not any(sids & edges.keys() for edges in others)

    def _obstacle(self, joined: Sequence[OpenAttempt], sids: set[str]) -> Verdict | None:
        """Why attempts that share candidates can't be matched with them, if they can't."""
        due = all(map(self.is_due, joined))
        if any(one.bounds == "blind" for one in joined):
            return Verdict("undecided", why="blind", counts=due)
        if len(joined) > 1:
            if any(one.live for one in joined):
                return Verdict("wait", why="live")
            if not due:
                return Verdict("wait", why="not due")
            if not self._reading.complete or self._reading.canaries_missing:
                why: Why = "lags" if self._reading.complete else "incomplete"
                return Verdict("undecided", why=why, counts=True)
        if len(sids) > len(joined):
            return Verdict("undecided", why="surplus", counts=due)
        return None

    def _left_over(self) -> None:
        """Whoever has candidates and no verdict."""
        for attempt in self._attempts:
            edges = self._edges[attempt.key]
            if attempt.key in self._found or not edges:
                continue
            rivals = [one for one in self._attempts if edges.keys() & self._edges[one.key].keys()]
            if any(one.live for one in rivals):
                verdict = Verdict("wait", why="live")
            elif len(rivals) > 1 and not all(map(self.is_due, rivals)):
                verdict = Verdict("wait", why="not due")
            else:
                why: Why = "hint" if attempt.hint else "candidates"
                if attempt.bounds == "blind":
                    why = "blind"
                verdict = Verdict("undecided", why=why, counts=self.is_due(attempt))
            self._found[attempt.key] = verdict

    def _kinds(self, attempt: OpenAttempt, sids: set[str]) -> set[Likeness]:
        return {kind for sid, kind in self._edges[attempt.key].items() if sid in sids}

    def _components(self, kind: Likeness) -> Iterable[tuple[list[OpenAttempt], set[str]]]:
        """Attempts joined by candidates of this likeness, with these; all that have an edge to one."""
        pending = {
            sid for edges in self._edges.values() for sid, one in edges.items() if one == kind
        }
        while pending:
            sids = {pending.pop()}
            grew = True
            while grew:
                more = {
                    sid
                    for edges in self._edges.values()
                    if sids & {sid for sid, one in edges.items() if one == kind}
                    for sid, one in edges.items()
                    if one == kind
                }
                grew = not more <= sids
                sids |= more
            pending -= sids
            yield [one for one in self._attempts if sids & self._edges[one.key].keys()], sids

    def _match(self, attempts: Sequence[OpenAttempt], sids: set[str], why: Why) -> None:
        """Give each a message, as many as can be; a message is given once."""
        owner: dict[str, OpenAttempt] = {}
        fitting = {
            one.key: [sid for sid in self._order if sid in sids and self._fits(one, sid, why)]
            for one in attempts
        }
        for attempt in attempts:
            _augment(attempt, fitting, owner)
        for sid, attempt in owner.items():
            self._found[attempt.key] = Verdict("accepted", sid, why)
        for key, edges in self._edges.items():
            done = key in self._found
            self._edges[key] = {} if done else {s: k for s, k in edges.items() if s not in owner}

    def _fits(self, attempt: OpenAttempt, sid: str, why: Why) -> bool:
        kind = self._edges[attempt.key].get(sid)
        return kind == "same" if why == "same text" else kind is not None


def _augment(
    attempt: OpenAttempt,
    fitting: Mapping[Hashable, Sequence[str]],
    owner: dict[str, OpenAttempt],
) -> None:
    """One step of a maximum matching: find it a message, though others must then take another."""
    came_from: dict[str, OpenAttempt] = {}
    holds = {one.key: sid for sid, one in owner.items()}
    queue = deque([attempt])
    while queue:
        seeker = queue.popleft()
        for sid in fitting[seeker.key]:
            if sid in came_from:
                continue
            came_from[sid] = seeker
            if sid in owner:
                queue.append(owner[sid])
                continue
            free: str | None = sid
            while free is not None:  # back along the way: each takes the message that it reached
                taker = came_from[free]
                owner[free], free = taker, holds.get(taker.key)
            return
