"""Who wants no more messages: kept for good, asked before each message.

A person is suppressed towards a sender, on a channel, or towards whoever sends: who wrote STOP to one
number may still want what another sends. Twilio keeps such a list too and refuses with 21610 what
goes against it, but only for what it knows itself, and after the message was made. Three things
suppress:

* STOP: towards the sender that was written to and its messaging service. START lifts that again,
  and nothing else does; each message counts once, however often and late it is delivered again.
* 21610: Twilio has refused the person, so a STOP has been missed. START does not lift it, since
  nobody here knows what set it: `remove` does.
* By hand: towards whoever sends, or on one channel, for good or until a moment. `remove` lifts it.

The file has no number in it: people are keyed hashes, see `people`. Its key stands beside it in
``FILE-key``. It is a SQLite file with a rollback journal: what is written is on the disk on return,
any number of processes may use it, and all can be read by their owner alone.

**It fails closed.** Without its key nobody can be found any more; a file that was emptied, replaced or
moved while it was used, or is gone though its key is there, may lack who said STOP since. Then
nobody is told that anybody may be written to: every question and every change is a `LedgerError`.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import sqlite3
import time
from collections.abc import Collection, Iterable
from contextlib import suppress
from os import PathLike
from pathlib import Path
from typing import Literal

import msgspec

from ..storage.sqlite import is_busy, renamed
from .people import person_hash
from .suppressions_file import NAME, SQL, OpenFile, SuppressionsFile

Reason = Literal["stop", "refused", "hand"]
"""What suppressed somebody: a STOP, a refusal (21610), or you."""

Scope = Literal["anyone", "sender", "channel"]
"""Towards whom: whoever sends, one sender or messaging service, or all senders of a channel."""


class Suppression(msgspec.Struct, frozen=True, kw_only=True):
    """Why a person gets no messages.

    Attributes:
        scope: towards whom.
        name: of scope ``sender``: it; of ``channel``: ``sms``, ``whatsapp`` and so on.
        reason: what suppressed them.
        count: how often that was said.
        first: when it was said first, UTC.
        last: when it was said last, UTC.
        expires: from when on it suppresses no more; None for good.
    """

    scope: Scope
    name: str
    reason: Reason
    count: int
    first: dt.datetime
    last: dt.datetime
    expires: dt.datetime | None


def channel_of(address: str) -> str:
    """The channel of an address: ``sms`` for a number, else what stands before the colon."""
    channel, colon, _ = address.partition(":")
    return channel if colon else "sms"


class SuppressionStore:
    """The people who want no more messages. Nothing is made before somebody is suppressed.

    Its `stop` and `start` are what `webhooks.Webhooks` takes as ``suppressions``.

    Args:
        path: the file; it need not be there.
    """

    def __init__(self, path: str | PathLike[str]) -> None:
        self.path: Path = Path(path)
        self._file = SuppressionsFile(self.path)

    def __repr__(self) -> str:
        return f"<SuppressionStore {self.path.name!r}>"

    async def blocked(self, pairs: Collection[tuple[str, str]]) -> set[tuple[str, str]]:
        """Those of these people who want no more messages, each with who is about to write.

        Sees what any process has written before. It reads a file and takes some microseconds a
        pair; while another process writes, it waits beside the event loop.

        Args:
            pairs: the person's number or address, and a sender: number, name or messaging service;
                empty where nobody knows who will send.

        Raises:
            LedgerError: the file or its key can't be read or trusted.
        """
        with renamed("read", NAME), suppress(_Busy):
            return self._at_once(pairs)
        return await asyncio.to_thread(self._in_time, pairs)

    def holds(self, number: str, *senders: str) -> bool:
        """What `blocked` says of one person, for programs without an event loop: it may wait.

        Args:
            number: the person's number, or an address on a channel.
            senders: number, name or messaging service, as the message names them.

        Raises:
            LedgerError: the file or its key can't be read or trusted.
        """
        return bool(self._in_time([(number, sender) for sender in senders or ("",)]))

    def _at_once(self, pairs: Collection[tuple[str, str]]) -> set[tuple[str, str]]:
        try:
            return _blocked(self._file.reader(), pairs)
        except sqlite3.OperationalError as error:
            raise _Busy if is_busy(error) else error from None

    def _in_time(self, pairs: Collection[tuple[str, str]]) -> set[tuple[str, str]]:
        with renamed("read", NAME):
            with suppress(_Busy):
                return self._at_once(pairs)
            with self._file.patient() as opened:
                return _blocked(opened, pairs)

    def about(self, number: str) -> list[Suppression]:
        """What suppresses one person now.

        Raises:
            LedgerError: the file or its key can't be read or trusted.
        """
        with renamed("read", NAME), self._file.patient() as opened:
            if opened is None:
                return []
            found = opened.connection.execute(SQL["about"], _person(opened, number)).fetchall()
        return [
            Suppression(
                scope=scope,
                name=name,
                reason=reason,
                count=count,
                first=_moment(first),
                last=_moment(last),
                expires=None if expires is None else _moment(expires),
            )
            for scope, name, reason, count, first, last, expires in found
        ]

    async def stop(self, *, number: str, sender: str, service: str, account: str, sid: str) -> None:
        """Note that somebody wrote STOP; on the disk on return. The same message counts once.

        Args:
            number: who wrote.
            sender: the number that was written to.
            service: its messaging service's sid, empty for none.
            account: the account's sid.
            sid: of the message that says so.

        Raises:
            LedgerError: it can't be written.
        """
        await asyncio.to_thread(self._heed, number, (sender, service), sid, stops=True)

    async def start(
        self, *, number: str, sender: str, service: str, account: str, sid: str
    ) -> None:
        """Note that somebody wrote START: lifts what a STOP has set. Arguments as of `stop`."""
        await asyncio.to_thread(self._heed, number, (sender, service), sid, stops=False)

    async def knows(self, sid: str) -> bool:
        """Whether this message was heeded before.

        Raises:
            LedgerError: the file can't be read.
        """
        return await asyncio.to_thread(self._knows, sid)

    def _knows(self, sid: str) -> bool:
        with renamed("read", NAME), self._file.patient() as opened:
            return opened is not None and bool(
                opened.connection.execute(SQL["heeded"], (sid,)).fetchone()
            )

    def _heed(self, number: str, senders: tuple[str, ...], sid: str, *, stops: bool) -> None:
        with renamed("written", NAME), self._file.writing() as opened:
            run = opened.connection.execute
            if not run(SQL["heed"], (sid,)).rowcount:
                return
            for sender in filter(None, senders):
                if stops:
                    _suppress(opened, number, "sender", sender, "stop")
                else:
                    run(SQL["lift_stop"], (person_hash(opened.key, number), sender))

    async def learn(self, pairs: Iterable[tuple[str, str]]) -> None:
        """Do what `refused` does, beside the event loop.

        Raises:
            LedgerError: it can't be written.
        """
        await asyncio.to_thread(self.refused, list(pairs))

    def refused(self, pairs: Iterable[tuple[str, str]]) -> None:
        """Note people whom Twilio refused with 21610, each with the sender; on the disk on return.

        Raises:
            LedgerError: it can't be written.
        """
        with renamed("written", NAME), self._file.writing() as opened:
            for number, sender in pairs:
                _suppress(opened, number, "sender" if sender else "anyone", sender, "refused")

    def add(
        self,
        numbers: Iterable[str],
        *,
        sender: str = "",
        channel: str = "",
        expires: dt.datetime | None = None,
    ) -> int:
        """Suppress people by hand; give how many had not been, in this way.

        Args:
            numbers: numbers, or addresses on a channel.
            sender: towards this sender or messaging service only.
            channel: on this channel only: ``sms``, ``whatsapp``.
            expires: from when on it suppresses no more, with a time zone; None for good.

        Raises:
            LedgerError: it can't be written.
            ValueError: both a sender and a channel, or a moment without a time zone.
        """
        if (sender and channel) or (expires is not None and expires.tzinfo is None):
            raise ValueError("a sender or a channel, and a moment with its time zone")
        scope: Scope = "sender" if sender else "channel" if channel else "anyone"
        with renamed("written", NAME), self._file.writing() as opened:
            return sum(
                _suppress(opened, number, scope, sender or channel, "hand", expires)
                for number in numbers
            )

    def remove(self, numbers: Iterable[str]) -> int:
        """Lift whatever suppresses these people; give how many of them were suppressed.

        Raises:
            LedgerError: it can't be written.
        """
        with renamed("written", NAME), self._file.writing() as opened:
            run = opened.connection.execute
            people = (person_hash(opened.key, number) for number in numbers)
            return sum(run(SQL["lift"], (person,)).rowcount > 0 for person in people)

    def counts(self) -> dict[Reason, int]:
        """How many people each reason suppresses; who wrote STOP to two senders counts once.

        Raises:
            LedgerError: the file can't be read.
        """
        counted: dict[Reason, int] = {"stop": 0, "refused": 0, "hand": 0}
        with renamed("read", NAME), self._file.patient() as opened:
            if opened is not None:
                found = opened.connection.execute(SQL["counts"], {"now": _now()})
                counted.update(found.fetchall())
        return counted

    def close(self) -> None:
        """Close the file; asking again opens it again."""
        self._file.close()


class _Busy(Exception):
    """Another process is just writing."""


def _now() -> int:
    return round(time.time() * 1000)


def _moment(milliseconds: int) -> dt.datetime:
    return dt.datetime.fromtimestamp(milliseconds / 1000, dt.UTC)


def _person(opened: OpenFile, number: str) -> dict[str, object]:
    return {"person": person_hash(opened.key, number), "now": _now()}


def _blocked(opened: OpenFile | None, pairs: Collection[tuple[str, str]]) -> set[tuple[str, str]]:
    if opened is None:
        return set()
    found: set[tuple[str, str]] = set()
    for to, sender in pairs:
        for scope, name, *_ in opened.connection.execute(SQL["about"], _person(opened, to)):
            if scope == "anyone" or name == (sender if scope == "sender" else channel_of(to)):
                found.add((to, sender))
    return found


def _suppress(
    opened: OpenFile,
    number: str,
    scope: Scope,
    name: str,
    reason: Reason,
    expires: dt.datetime | None = None,
) -> bool:
    """Suppress somebody; whether they were not before, in this way."""
    person = _person(opened, number)
    run = opened.connection.execute
    known = (scope, name, reason) in {row[:3] for row in run(SQL["about"], person)}
    until = None if expires is None else round(expires.timestamp() * 1000)
    said = {"scope": scope, "name": name, "reason": reason, "expires": until}
    run(SQL["suppress"], person | said)
    return not known
