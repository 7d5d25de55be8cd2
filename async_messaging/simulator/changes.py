"""What has changed since it was written last, as statements for the state's file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec

from async_messaging.simulator.accounts import Account
from async_messaging.simulator.outgoing import Callback, Outgoing, State
from async_messaging.simulator.records import StoredMessage
from async_messaging.simulator.state import Statement
from async_messaging.simulator.webhooks import Webhooks

_PUT_MESSAGE = "INSERT OR REPLACE INTO messages VALUES (:account, :serial, :data)"
_PUT_RECORD = """
    INSERT INTO records (account, kind, sid, data) VALUES (:account, :kind, :sid, :data)
    ON CONFLICT (account, kind, sid) DO UPDATE SET data = excluded.data
"""
_DROP_RECORD = "DELETE FROM records WHERE account = :account AND kind = :kind AND sid = :sid"
_PUT_OPT_OUT = """
    INSERT INTO opt_outs (account, handset, sender, since) VALUES (:account, :handset, :sender, :since)
    ON CONFLICT (account, handset, sender) DO UPDATE SET since = excluded.since
"""
_DROP_OPT_OUT = """
    DELETE FROM opt_outs WHERE account = :account AND handset = :handset AND sender = :sender
"""
_PUT_WEBHOOK = "INSERT OR REPLACE INTO webhooks VALUES (:address, :data)"
_PUT_PLAN = "INSERT OR REPLACE INTO plans VALUES (:account, :sid, :at)"
_DROP_PLAN = "DELETE FROM plans WHERE sid = :sid"
_PUT_CALLBACK = "INSERT OR REPLACE INTO callbacks VALUES (:number, :data)"
_DROP_CALLBACK = "DELETE FROM callbacks WHERE number = :number"
_encode = msgspec.json.Encoder().encode


class KeptOutgoing(Outgoing):
    """Notes what has changed.

    Attributes:
        plans: messages by sid: their account, and when their status changes next; None when it changes no more.
        posts: callbacks by number.
    """

    __slots__ = ("plans", "posts")

    def __init__(self) -> None:
        super().__init__()
        self.plans: dict[str, tuple[str, float | None]] = {}
        self.posts: dict[int, Callback] = {}

    def plan(self, at: float, what: StoredMessage | Callback) -> None:
        """Notes when a message's status changes next, or when a callback that is held back goes."""
        super().plan(at, what)
        if isinstance(what, StoredMessage):
            self.plans[what.sid] = (what.account, at)

    def unplan(self, message: StoredMessage) -> None:
        """Forgets what was planned for a message."""
        super().unplan(message)
        self.plans[message.sid] = (message.account, None)

    def due(self, now: float) -> Iterator[tuple[float, StoredMessage | Callback]]:
        """Takes out what is due, in order of time; more may be planned in the meantime."""
        for at, what in super().due(now):
            if isinstance(what, StoredMessage):
                self.plans[what.sid] = (what.account, None)
            yield at, what

    def keep(self, callback: Callback) -> None:
        """Puts a callback that came about into the log."""
        super().keep(callback)
        self.posts[callback.number] = callback

    def settle(self, callback: Callback, state: State, error_code: int = 0) -> None:
        """Says what became of a callback."""
        super().settle(callback, state, error_code)
        self.posts[callback.number] = callback


def changed_messages(account: Account, written: int, sids: Iterable[str]) -> Iterator[Statement]:
    """The account's messages after the first `written`, and those before that somebody has changed."""
    serials = {serial for sid in sids if (serial := account.serial_of(sid)) is not None}
    for serial in sorted(serials):
        if serial <= written:
            yield _message(account.messages[serial - 1])
    for message in account.since(written):
        yield _message(message)


def _message(message: StoredMessage) -> Statement:
    data = _encode(message).decode()
    return _PUT_MESSAGE, {"account": message.account, "serial": message.serial, "data": data}


def changed_records(account: Account) -> Iterator[Statement]:
    """What was put on the account's shelves, or taken off."""
    for kind, shelf in account.shelves:
        for sid in shelf.touched:
            place = {"account": account.sid, "kind": kind, "sid": sid}
            record = shelf.get(sid)
            if record is None:
                yield _DROP_RECORD, place
            else:
                yield _PUT_RECORD, {**place, "data": _encode(record).decode()}


def changed_opt_outs(account: Account) -> Iterator[Statement]:
    """Who has opted out of what, or in again."""
    for handset, sender in account.opt_outs.touched:
        pair = {"account": account.sid, "handset": handset, "sender": sender}
        since = account.opt_outs.since(handset, sender)
        if since is None:
            yield _DROP_OPT_OUT, pair
        else:
            yield _PUT_OPT_OUT, {**pair, "since": since}


def changed_webhooks(webhooks: Webhooks) -> Iterator[Statement]:
    """Settings of numbers and services."""
    known = webhooks.all()
    for address in webhooks.touched:
        yield _PUT_WEBHOOK, {"address": address, "data": _encode(known[address]).decode()}


def changed_callbacks(outgoing: KeptOutgoing) -> Iterator[Statement]:
    """What is still to be told, and when."""
    for sid, (account, at) in outgoing.plans.items():
        if at is None:
            yield _DROP_PLAN, {"sid": sid}
        else:
            yield _PUT_PLAN, {"account": account, "sid": sid, "at": at}
    for number, callback in outgoing.posts.items():
        if callback.state == "waiting":
            yield _PUT_CALLBACK, {"number": number, "data": _encode(callback).decode()}
        else:
            yield _DROP_CALLBACK, {"number": number}
