"""Receipts and STOPs on their way into campaigns: on the disk before Twilio is told that they came.

    mailbox = Mailbox("spring.campaign", "summer.campaign")

    @hooks.on_status
    async def track(status: StatusCallback) -> None:
        await mailbox.receipt(
            status.query, sid=status.sid, status=status.status, code=status.error_code
        )

Any process may do this, whether a run goes on or not: what comes is left in the ledger's spool. One
thread writes. It takes all that has come while its last flush ran into the next, so that many wait
for one flush together; who waits is answered when it is durable. What comes twice is kept once (see
`spool`), so whoever got no answer may send again.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Mapping
from os import PathLike
from pathlib import Path
from typing import Self

import msgspec

from ..clock import Clock, SystemClock
from ..errors import LedgerError
from .reading import LedgerView
from .rows import Note
from .spool import Spool

_LONGEST_GROUP = 2_000
_DIGITS = 18


class Mailbox:
    """Leaves what Twilio reports for campaigns. One loop uses it; also an async context manager.

    Raises:
        LedgerError: a ledger is missing or none.
    """

    def __init__(self, *ledgers: str | PathLike[str], clock: Clock | None = None) -> None:
        self._clock = clock or SystemClock()
        self._by_campaign: dict[str, Path] = {}
        self._senders: dict[Path, str | None] = {}
        for path in map(Path, ledgers):
            with LedgerView(path) as view:
                facts = view.facts()
            self._by_campaign[facts.campaign] = path
            self._senders[path] = facts.plan.sender
        self._waiting: list[tuple[Path, Note, asyncio.Future[None]]] = []
        self._writing: asyncio.Task[None] | None = None

    def __repr__(self) -> str:
        return f"<Mailbox of {len(self._senders)} campaigns, {len(self._waiting)} notes waiting>"

    async def receipt(
        self,
        query: Mapping[str, str],
        *,
        sid: str,
        status: str,
        code: int | None = None,
        sender: str = "",
        key: str = "",
    ) -> bool:
        """Leave a message's status; durable on return. Whether it is of one of these campaigns.

        Args:
            query: the parameters of the callback's own URL: they name campaign, row and token.
            key: what tells this report from every other.
        """
        path = self._by_campaign.get(query.get("campaign", ""))
        row = query.get("row", "")
        if path is None or not (row.isascii() and row.isdigit() and len(row) <= _DIGITS):
            return False
        note = Note(
            kind="receipt" if int(row) else "probe",
            at=self._clock.time(),
            row=int(row),
            token=query.get("token", ""),
            sid=sid,
            status=status,
            code=code,
            sender=sender,
            key=key or f"{sid}|{status}|{code or ''}",
        )
        await self._post({path}, note)
        return True

    async def stop(self, number: str, *, sender: str, service: str = "", key: str = "") -> None:
        """Leave word that somebody wants no more messages of this sender; durable on return.

        A campaign is told if it sends by this number or service, if its rows name their senders
        themselves, or if it sends by a service and nobody knows that the number is not its own.

        Args:
            service: the sender's messaging service, empty if it has none or that is not known.
            key: what tells this message from every other.
        """
        paths = {
            path
            for path, own in self._senders.items()
            if own in {None, sender, service} or (not service and own and own.startswith("MG"))
        }
        await self._post(paths, Note(kind="stop", at=self._clock.time(), to=number, key=key))

    async def _post(self, paths: set[Path], note: Note) -> None:
        msgspec.json.encode(note)  # what can't be written must not keep others from being written
        loop = asyncio.get_running_loop()
        futures = [loop.create_future() for _ in paths]
        self._waiting.extend(zip(paths, (note for _ in paths), futures, strict=True))
        if futures and self._writing is None:
            self._writing = loop.create_task(self._write())
        await asyncio.gather(*futures)

    async def _write(self) -> None:
        """Write until nothing waits; each flush takes what came during the last."""
        try:
            while self._waiting:
                group = self._waiting[:_LONGEST_GROUP]
                del self._waiting[:_LONGEST_GROUP]
                await self._write_group(group)
        finally:
            self._writing = None

    async def _write_group(self, group: list[tuple[Path, Note, asyncio.Future[None]]]) -> None:
        by_path: defaultdict[Path, list[Note]] = defaultdict(list)
        for path, note, _ in group:
            by_path[path].append(note)
        failed: dict[Path, Exception] = {}
        for path, notes in by_path.items():
            try:
                await asyncio.to_thread(_leave, path, notes)
            except Exception as error:  # noqa: BLE001 - who waits for it raises it
                failed[path] = error
        for path, _, future in group:
            if not future.done():
                if path in failed:
                    future.set_exception(failed[path])
                else:
                    future.set_result(None)

    async def close(self) -> None:
        """Wait until nothing is left to write."""
        while self._writing is not None:
            await asyncio.wait((self._writing,))

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()


def _leave(path: Path, notes: list[Note]) -> None:
    """Leave notes in the spool that is there; it is opened each time."""
    if not path.exists():
        raise LedgerError(f"the campaign {path.name} is gone")
    with Spool(path) as spool:
        spool.post(notes)
