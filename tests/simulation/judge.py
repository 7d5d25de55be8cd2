"""Holds what programs say against what Twilio accepted."""

from __future__ import annotations

from collections import defaultdict
from itertools import pairwise
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

from async_messaging.campaigns.reading import LedgerView
from async_messaging.errors import LedgerError
from async_messaging.settling.states import STATES

from .programs import (
    BulkSender,
    CampaignProgram,
    Housekeeper,
    Listener,
    OutboxProgram,
    SingleSender,
)

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
        f"{process.name} was paused and ran for {process.ended_at - said:.0f} s more"
        for process, said in scene.wishes
        if process.ended_at > said + _HEEDED and process.frozen < said
    ]
    return wrong


def _brief(program: object) -> list[str]:
    """Keys that are forgotten after a while, and may be used for another message then."""
    keys = program.keys if isinstance(program, OutboxProgram) else {}
    return [key for key, (_, _, ttl) in keys.items() if ttl < 3600]


def _campaign(
    scene: Scene, program: CampaignProgram, accepted: dict[tuple[str, str], list[Sent]]
) -> list[str]:
    wrong: list[str] = []
    if program.lost:
        return []
    try:
        with LedgerView(program.path) as view:
            wrong += [f"{program.name}: {fault}" for fault in view.check()]
            rows = [row for state in STATES for row in view.rows(state)]
    except LedgerError as error:
        return [f"{program.name}: {error}"]
    if len(rows) != len(program.people):
        wrong.append(f"{program.name} has {len(rows)} rows of {len(program.people)}")
    for row in rows:
        found = accepted.get((program.name, str(row.row)), [])
        name = f"{program.name} row {row.row}"
        if row.state == "ACCEPTED" and scene.audited:
            wrong += [
                f"{name} is {row.status}, and was reported {status}"
                for sid, status in _kept(scene)
                if sid == row.sid and status != "sent" and row.status != status
            ]
        if row.state == "ACCEPTED":
            if [sent.sid for sent in found] != [row.sid]:
                wrong.append(f"{name} has a sid that is not its message's")
            elif found[0].to != row.to:
                wrong.append(f"{name} went to somebody else")
        elif row.state in ("REJECTED", "SKIPPED", "READY") and found:
            wrong.append(f"{name} is {row.state} and was sent")
        elif row.state in ("INTENT", "UNKNOWN", "READY") and program.done:
            wrong.append(f"{name} is left {row.state}")
        elif row.state == "SKIPPED" and not program.cancelled and row.to not in scene.stops:
            wrong.append(f"{name} was skipped: {row.error}")
    return wrong


def _kept(scene: Scene) -> set[tuple[str, str]]:
    listeners = (one for one in scene.programs if isinstance(one, Listener))
    return next((one.kept for one in listeners), set())


def _outbox(program: OutboxProgram, accepted: dict[tuple[str, str], list[Sent]]) -> list[str]:
    wrong: list[str] = []
    for key, sids in program.told.items():
        found = [sent.sid for sent in accepted.get(("outbox", key), [])]
        if not sids <= set(found):
            wrong.append(f"{program.name} {key} was told a sid that is not its message's")
    return wrong


def _singles(program: SingleSender, accepted: dict[tuple[str, str], list[Sent]]) -> list[str]:
    wrong: list[str] = []
    for number, outcome in program.outcomes.items():
        found = [sent.sid for sent in accepted.get((program.name, str(number)), [])]
        if outcome in ("absent", "refused", "not sent"):
            if found:
                wrong.append(f"{program.name} {number} is {outcome} and was sent")
        elif outcome != "unknown" and [outcome] != found:
            wrong.append(f"{program.name} {number} has a sid that is not its message's")
    return wrong


_SLACK = 120.0
_UNDER_WAY = 5.0
_HEEDED = 60.0


def _stops(scene: Scene) -> list[str]:
    """Nobody is sent a campaign's message who had said STOP before it was claimed."""
    return [
        f"{sent.program.partition('?')[0]} wrote to somebody {sent.at - scene.stops[sent.to]:.0f} s after STOP"
        for sent in scene.twilio.sent
        if sent.program.startswith("campaign")
        and sent.to in scene.stops
        and sent.at > scene.stops[sent.to] + _SLACK + scene.world.stood
    ]
