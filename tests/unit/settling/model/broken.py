"""Each rule of settling, removed: what the model is there to notice."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from typing import Any
from unittest.mock import patch

from msgspec.structs import replace

from async_messaging.models import Message
from async_messaging.settling import changes, group, likeness, rules
from async_messaging.settling.attempts import OpenAttempt, Standing

from . import folder, process, world

__all__ = ["FOR_CLONES", "FOR_LOST_PAGES", "FOR_STALLS", "RULES"]

_standing = folder.Folder.standing
_likeness = likeness.likeness
_open = folder._open  # noqa: SLF001 - the model's own
_obstacle = group.Group._obstacle  # noqa: SLF001 - a rule that has no name outside


def _seen(change: Callable[[Standing], Standing]) -> AbstractContextManager[Any]:
    def standing(own: folder.Folder, store: str, to: Any) -> Standing:
        return change(_standing(own, store, to))

    return patch.object(folder.Folder, "standing", standing)


def _attempts(keep: Callable[[OpenAttempt], bool]) -> AbstractContextManager[Any]:
    return _seen(
        lambda standing: Standing(
            attempts=[one for one in standing.attempts if keep(one)],
            claimed=standing.claimed,
            witnesses=standing.witnesses,
        )
    )


def _no_claims() -> AbstractContextManager[Any]:
    return _seen(
        lambda standing: Standing(
            attempts=standing.attempts, claimed=lambda _sids: (), witnesses=standing.witnesses
        )
    )


def _always_witnessed() -> AbstractContextManager[Any]:
    def always(sent: Any, message: Message, *, witnessed: bool = False) -> Any:
        return _likeness(sent, message, witnessed=True)

    return patch.object(rules, "likeness", always)


def _existence_is_enough() -> AbstractContextManager[Any]:
    def opened(entry: folder.Entry, store: str) -> OpenAttempt:
        return replace(_open(entry, store), exclusive=True)

    return patch.object(folder, "_open", opened)


def _surplus() -> AbstractContextManager[Any]:
    def obstacle(self: group.Group, joined: Any, sids: Any) -> Any:
        found = _obstacle(self, joined, sids)
        return None if found is not None and found.why == "surplus" else found

    return patch.object(group.Group, "_obstacle", obstacle)


RULES: Mapping[str, Callable[[], AbstractContextManager[Any]]] = {
    "claims": _no_claims,
    "live attempts block": lambda: _attempts(lambda one: not one.live),
    "others' open attempts compete": lambda: _attempts(lambda one: one.own),
    "held ones go on competing": lambda: _attempts(lambda one: not one.held),
    "a witness is needed to exclude a text": _always_witnessed,
    "existence is no evidence": _existence_is_enough,
    "twins wait until all are due": lambda: patch.object(
        group.Group, "is_due", lambda _self, _one: True
    ),
    "settle time": lambda: patch.object(world, "SETTLE", 0.0),
    "server's clock": lambda: patch.object(process.Process, "wall", new=True),
}
"""By what the rule says."""

FOR_CLONES: Mapping[str, Callable[[], AbstractContextManager[Any]]] = {
    "a surplus is undecided": _surplus,
}
"""Rules that soften it where others send our texts to the same people."""

FOR_LOST_PAGES: Mapping[str, Callable[[], AbstractContextManager[Any]]] = {
    "the second scan": lambda: patch.object(changes, "ENOUGH", 1),
}
"""Rules that soften it where Twilio's list lacks a message now and then."""

FOR_STALLS: Mapping[str, Callable[[], AbstractContextManager[Any]]] = {
    "canaries": lambda: patch.object(folder.Store, "canaries", lambda *_: _none()),
}
"""Rules that soften it where Twilio's list stands still."""


async def _none() -> tuple[()]:
    return ()
