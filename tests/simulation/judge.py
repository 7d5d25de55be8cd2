"""Holds what programs say against what Twilio accepted."""

from __future__ import annotations

from collections import defaultdict
from itertools import pairwise
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

from async_messaging.campaigns.reading import LedgerView
from async_messaging.campaigns.rows import Row
from async_messaging.errors import LedgerError
from async_messaging.settling.states import STATES

from .programs import CampaignProgram, Listener, OutboxProgram
from .senders import BulkSender, Housekeeper, SingleSender

if TYPE_CHECKING:
    from .scene import Scene
    from .twilio import Sent

__all__ = ["judge"]


def judge(scene: Scene) -> list[str]:
    """All that is wrong, in sentences; empty if nothing is."""
    accepted: dict[tuple[str, str], list[Sent]] = defaultdict(list)
    for sent in scene.twilio.sent:
        page, _, query = sent.program.partition("?")
        asked = parse_qs(query)
        accepted[page, asked.get("row", asked.get("key", [""]))[0]].append(sent)
    brief = {key for program in scene.programs for key in _brief(program)}
    wrong = [
        f"{page} {which} was sent {len(found)} times"
        for (page, which), found in accepted.items()
        if len(found) > 1 and page not in ("foreign", "old") and which not in brief
    ]
    wrong += [
        f"{page} {which} was sent again while a send was under way"
        for (page, which), found in accepted.items()
        if which in brief
        for one, other in pairwise(found)
        if other.at < min(one.heard, one.at + _UNDER_WAY)
    ]
    for program in scene.programs:
        if isinstance(program, CampaignProgram):
            wrong += _campaign(scene, program, accepted)
        elif isinstance(program, OutboxProgram):
            wrong += _outbox(program, accepted)
        elif isinstance(program, (SingleSender, BulkSender)):
            wrong += _singles(program, accepted)
        elif isinstance(program, Housekeeper):
            wrong += [
                f"{program.name}: {sid} is {outcome} and was deleted"
                for sid, outcome in program.outcomes.items()
                if outcome in ("refused", "not_sent") and sid in scene.twilio.deleted
            ]
        if not program.done:
            wrong.append(f"{program.name} did not come to its end")
    wrong += _stops(scene)
    wrong += [
        f"{process.name} was paused and ran for {process.ran_until - said:.0f} s more"
        for process, said in scene.wishes
        if process.ran_until > said + _HEEDED and process.frozen < said
    ]
    return wrong


def _brief(program: object) -> list[str]:
    """Keys that are forgotten after a while, and may be used for another message then."""
    keys = program.keys if isinstance(program, OutboxProgram) else {}
    return [key for key, (_, _, ttl) in keys.items() if ttl < 3600]


def _campaign(
    scene: Scene, program: CampaignProgram, accepted: dict[tuple[str, str], list[Sent]]
) -> list[str]:
    if program.lost:
        return []
    try:
        with LedgerView(program.path) as view:
            wrong = [f"{program.name}: {fault}" for fault in view.check()]
            rows = [row for state in STATES for row in view.rows(state)]
    except LedgerError as error:
        return [f"{program.name}: {error}"]
    if len(rows) != len(program.people):
        wrong.append(f"{program.name} has {len(rows)} rows of {len(program.people)}")
    for row in rows:
        found = accepted.get((program.name, str(row.row)), [])
        if (fault := _row(scene, program, row, found)) is not None:
            wrong.append(f"{program.name} row {row.row} {fault}")
    return wrong


def _row(scene: Scene, program: CampaignProgram, row: Row, found: list[Sent]) -> str | None:
    """What is wrong with a row, of which Twilio has these messages."""
    match row.state:
        case "ACCEPTED":
            if [sent.sid for sent in found] != [row.sid]:
                return "has a sid that is not its message's"
            if found[0].to != row.to:
                return "went to somebody else"
            told = _kept(scene).get(row.sid)
            if scene.audited and told not in (None, row.status):
                return f"is {row.status}, and was reported {told}"
        case "REJECTED" if found:
            return "is refused and was sent"
        case "SKIPPED" if found and row.error != "assumed sent":
            return f"is skipped ({row.error}) and was sent"
        case "SKIPPED" if not (program.cancelled or row.to in scene.stops or found):
            if row.error != "assumed sent":
                return f"was skipped: {row.error}"
        case "READY" | "INTENT" | "UNKNOWN":
            return f"is left {row.state}"
        case _:
            pass
    return None


def _kept(scene: Scene) -> dict[str, str]:
    """By sid: the last status that was reported and is on the disk."""
    listeners = (one for one in scene.programs if isinstance(one, Listener))
    kept = next((one.kept for one in listeners), set[tuple[str, str]]())
    return {sid: status for sid, status in kept if status != "sent"}


def _outbox(program: OutboxProgram, accepted: dict[tuple[str, str], list[Sent]]) -> list[str]:
    wrong: list[str] = []
    for key, sids in program.told.items():
        found = [sent.sid for sent in accepted.get(("outbox", key), [])]
        if not sids <= set(found):
            wrong.append(f"{program.name} {key} was told a sid that is not its message's")
    return wrong


def _singles(program: SingleSender, accepted: dict[tuple[str, str], list[Sent]]) -> list[str]:
    """Equal sends to one person can't be told apart: they are judged together."""
    wrong: list[str] = []
    equal: dict[tuple[str, str], list[int]] = defaultdict(list)
    for number, send in enumerate(program.sends):
        equal[send].append(number)
    for numbers in equal.values():
        found = {sent.sid for n in numbers for sent in accepted.get((program.name, str(n)), [])}
        outcomes = [program.outcomes[n] for n in numbers if n in program.outcomes]
        given = [outcome for outcome in outcomes if outcome not in _NOT_ACCEPTED]
        name = f"{program.name} {', '.join(map(str, numbers))}"
        if len(given) > len(set(given)) or not found.issuperset(given):
            wrong.append(f"{name}: a sid that is another message's")
        negatives = sum(outcome in _NEGATIVE for outcome in outcomes)
        if negatives > len(numbers) - len(found):
            wrong.append(f"{name}: {negatives} were not sent, and Twilio has {len(found)}")
    return wrong


_NEGATIVE = frozenset({"absent", "refused", "not sent"})
_NOT_ACCEPTED = _NEGATIVE | {"unknown"}
_SLACK = 120.0
_UNDER_WAY = 5.0
_HEEDED = 90.0


def _stops(scene: Scene) -> list[str]:
    """Nobody is sent a campaign's message who had said STOP before it was claimed."""
    return [
        f"{sent.program.partition('?')[0]} wrote to somebody {sent.at - scene.stops[sent.to]:.0f} s after STOP"
        for sent in scene.twilio.sent
        if sent.program.startswith("campaign")
        and sent.to in scene.stops
        and sent.at > scene.stops[sent.to] + _SLACK + scene.world.stood
    ]
