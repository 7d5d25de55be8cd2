"""What the other stores of a folder say of sends to some numbers, as settling compares it.

A ledger keeps a plan and what each row fills into it, an outbox keyed hashes; `storage.folder` reads
both as they stand. Here a text is made of them, if that can be done: a row whose text can't be made
competes as one whose text is not known, which may be any.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Collection, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Self

import msgspec

from ..codec.sids import pack
from ..codec.template import Template
from ..errors import InvalidInput
from ..storage.commits import entered
from ..storage.folder import Folder, Neighbour, StoredAttempt, settle_lock
from .attempts import OpenAttempt, Print, SendOptions, Sent, open_attempt
from .likeness import PrintOf

_PLAIN = PrintOf()
_decode_print = msgspec.json.Decoder(Print).decode


@asynccontextmanager
async def neighbours(own: Path, to: Collection[str], realm: str) -> AsyncGenerator[Neighbours]:
    """The other stores of a folder, while its one lock is held; both are waited for in threads, a minute at most."""
    async with entered(settle_lock(own)):
        with await asyncio.to_thread(Neighbours, own, to, realm) as others:
            yield others


class Neighbours:
    """The other stores of a folder. Use it in ``with``, while the folder's lock is held.

    Args:
        own: the store that settles; None for one in memory.
        realm: the account and region, or origin, whose list is read: what was sent in another
            says nothing, and what may have been sent in any competes.
    """

    def __init__(self, own: Path | None, to: Collection[str], realm: str) -> None:
        self._folder = Folder(own)
        self.attempts: list[OpenAttempt] = [
            _attempt(neighbour, stored)
            for neighbour in self._folder.open_attempts(to)
            if neighbour.facts.realm in {realm, "", None}
            for stored in neighbour.attempts
        ]

    @property
    def readable(self) -> bool:
        """Whether all could be read; else nothing can be concluded."""
        return not self._folder.unreadable

    def claimed(self, sids: Collection[str]) -> set[str]:
        """Those of these sids that are theirs."""
        forms: dict[bytes | str, str] = {}
        for sid in sids:
            packed = pack(sid)
            forms[sid] = forms[packed if isinstance(packed, str) else bytes(packed)] = sid
        return {forms[found] for found in self._folder.claimed(forms)}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._folder.close()


def _attempt(neighbour: Neighbour, stored: StoredAttempt) -> OpenAttempt:
    facts = neighbour.facts
    options = SendOptions(stored.options or 0)
    known, secret = Print(), b""
    if stored.print is not None and facts.secret is not None:
        known, secret = _decode_print(stored.print), facts.secret
    elif facts.plan is not None and stored.options is not None:
        known = _PLAIN.text(_text(json.loads(facts.plan), stored), options)
    sent = Sent(
        to=stored.recipient,
        sender=stored.sender or None,
        service=stored.service or None,
        options=options,
        print=known,
        secret=secret,
        media=stored.media,
    )
    return open_attempt(
        sent,
        (neighbour.path.name, stored.key, stored.attempt),
        _seconds(stored.earliest),
        _seconds(stored.latest),
        wall=bool(stored.wall),
        exclusive=json.loads(facts.exclusive or "[]"),
        live=stored.state == "INTENT",
        held=stored.state == "HELD",
        own=False,
        hint=stored.hint or "",
        negatives=stored.negatives or 0,
        looks=stored.looks or 0,
        looked_at=_seconds(stored.looked_at),
    )


def _seconds(milliseconds: int | None) -> float | None:
    return None if milliseconds is None else milliseconds / 1000


def _text(plan: Mapping[str, Any], stored: StoredAttempt) -> str | None:
    """A row's text: its plan's template, or its own cell; None if that can't be told."""
    cells = json.loads(stored.variables or "{}")
    template = plan.get("template")
    if template is None:
        texts = [cell for name, cell in cells.items() if name.lower() == "body"]
        return texts[0] if len(texts) == 1 and isinstance(texts[0], str) else None
    try:
        return Template.parse(template).render(cells)
    except InvalidInput:
        return None
