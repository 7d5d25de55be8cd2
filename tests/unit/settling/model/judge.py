"""What settling said of each send, held against what became of it."""

from __future__ import annotations

from collections import defaultdict

import msgspec

from .folder import Entry
from .world import Send, World

__all__ = ["Score", "judged"]


class Score(msgspec.Struct):
    """Sends of which nobody knew, and what settling said of them.

    Attributes:
        unknown: how many there were.
        wrong: those that got the sid of another text's message, of another program's, or of another send.
        lost: those counted as accepted that Twilio never took.
        doubled: those called absent that Twilio took: `resend` sends them again.
        held: those left to a person.
        open: those that have no outcome at the end.
        stories: seeds of scenarios with a fault in them.
    """

    unknown: int = 0
    wrong: int = 0
    lost: int = 0
    doubled: int = 0
    held: int = 0
    open: int = 0
    stories: list[int] = []

    @property
    def faults(self) -> int:
        """Wrong, lost, doubled or open."""
        return self.wrong + self.lost + self.doubled + self.open

    def add(self, other: Score) -> None:
        """Add up."""
        for name in ("unknown", "wrong", "lost", "doubled", "held", "open"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.stories += other.stories


def judged(world: World) -> Score:
    """The score of one scenario that was run.

    Sends of one text may have each other's sids: the person gets the same. So they are counted
    together: never more accepted than Twilio took, never more absent than it did not take.
    """
    score = Score()
    owners = {each.message.sid: each.owner for each in world.twilio.accepted}
    took = set(owners.values())
    equal: dict[str, list[tuple[Entry, Send]]] = defaultdict(list)
    for entry in world.folder.entries:
        send = world.sends[entry.number]
        equal[send.text].append((entry, send))
        if not entry.settled and entry.state == "ACCEPTED":
            continue
        score.unknown += 1
        score.held += entry.state == "HELD"
        score.open += entry.state in {"INTENT", "UNKNOWN"}
        if entry.state == "ACCEPTED":
            owner = owners[entry.sid]
            score.wrong += owner is None or world.sends[owner].text != send.text
    sids = [entry.sid for entry in world.folder.entries if entry.sid]
    score.wrong += len(sids) - len(set(sids))
    for group in equal.values():
        taken = sum(send.number in took for _, send in group)
        said = sum(entry.state == "ACCEPTED" for entry, _ in group)
        absent = sum(entry.state == "READY" for entry, _ in group)
        score.lost += max(0, said - taken)
        score.doubled += max(0, absent - (len(group) - taken))
    return score
