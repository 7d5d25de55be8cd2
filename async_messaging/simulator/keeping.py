"""What of a simulator's state goes into its file, and how it comes back from there.

Every request and every callback that changed something is written before anybody is told of it. Kept are messages,
records, opt-outs, balances, webhooks, credentials, the mint of sids, and what callbacks have still to tell. A callback
that was under way comes once more, with the same token. Counts of requests and the log of past callbacks are not kept.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from typing import Protocol

import msgspec

from .accounts import Account
from .departures import Departures, is_waiting
from .identities import SimulatedAccount
from .outgoing import Callback, Outgoing
from .records import NOT_DEPARTED, UNQUEUED, Record, StoredMessage
from .state import StateFile, Statement
from .traffic import Traffic
from .webhooks import Webhook, Webhooks

_PUT_SUMS = "UPDATE accounts SET balance = :balance, minted = :minted WHERE sid = :sid"
_FORGOTTEN = ("messages", "opt_outs", "plans", "callbacks")
_encode = msgspec.json.Encoder().encode
_read_account = msgspec.json.Decoder(SimulatedAccount).decode
_read_message = msgspec.json.Decoder(StoredMessage).decode
_read_record = msgspec.json.Decoder(Record).decode
_read_webhook = msgspec.json.Decoder(Webhook).decode
_read_callback = msgspec.json.Decoder(Callback).decode


class Remembered(msgspec.Struct, frozen=True):
    """Who the simulator was when the file was written last; `mint` makes its sids its own (see `SidMint`)."""

    seed: int
    accounts: tuple[SimulatedAccount, ...]
    mint: tuple[int, int]


class KeptWorld(Protocol):
    """What is kept."""

    accounts: dict[str, Account]
    departures: Departures
    outgoing: Outgoing
    webhooks: Webhooks
    traffic: Traffic


class Keeper:
    """Writes what has changed, and reads what there is. `remembered` is None when the file is new."""

    def __init__(self, path: str) -> None:
        self._file = StateFile(path)
        self._written: dict[str, int] = {}
        self._sums: dict[str, tuple[int, int]] = {}
        self._changes = 0
        self._forgets = False
        self.remembered: Remembered | None = self._remember()

    def _remember(self) -> Remembered | None:
        facts = dict(self._file.read("SELECT name, value FROM facts"))
        if not facts:
            return None
        rows = self._file.read("SELECT data FROM accounts ORDER BY position")
        return Remembered(
            seed=int(facts["seed"]),
            accounts=tuple(_read_account(data) for (data,) in rows),
            mint=(int(facts["half"], 16), int(facts["factor"], 16)),
        )

    def introduce(
        self, seed: int, accounts: Iterable[SimulatedAccount], mint: tuple[int, int]
    ) -> None:
        """Writes who the simulator is."""
        half, factor = mint
        facts = {"seed": str(seed), "half": f"{half:x}", "factor": f"{factor:x}"}
        statements = [_row("facts", {"name": name}, value=value) for name, value in facts.items()]
        statements += [
            _row("accounts", {"sid": account.sid}, data=_text(account)) for account in accounts
        ]
        self._file.write(statements)

    def restore(self, world: KeptWorld) -> int:
        """Brings back what the file holds; how many sids were made."""
        told = self._restore_messages(world)
        self._restore_settings(world)
        for sid, at in self._file.read("SELECT sid, at FROM plans ORDER BY at"):
            world.outgoing.plan(at, told[sid])
        for (data,) in self._file.read("SELECT data FROM callbacks ORDER BY number"):
            world.outgoing.resume(_read_callback(data))
        made = 0
        for sid, balance, minted in self._file.read("SELECT sid, balance, minted FROM accounts"):
            account, made = world.accounts[sid], max(made, minted)
            account.balance = account.balance if balance is None else balance
            self._written[sid] = len(account.messages)
        self._settle(world)
        return made

    def _restore_messages(self, world: KeptWorld) -> dict[str, StoredMessage]:
        """Puts them back; those that have a callback, by sid."""
        told: dict[str, StoredMessage] = {}
        query = "SELECT account, data FROM messages ORDER BY account, serial"
        for sid, data in self._file.read(query):
            message, account = _read_message(data), world.accounts[sid]
            # One text for all messages, as when they came in.
            message.account, message.from_ = account.sid, sys.intern(message.from_)
            account.keep(message)
            if is_waiting(message):
                world.departures.add(message)
            elif message.wait != NOT_DEPARTED and message.fate not in UNQUEUED:
                begins = message.start + message.wait
                account.queues.resume(message.from_, message.segments, begins)
            if message.callback:
                told[message.sid] = message
        return told

    def _restore_settings(self, world: KeptWorld) -> None:
        query = "SELECT account, kind, data FROM records ORDER BY position"
        for sid, kind, data in self._file.read(query):
            world.accounts[sid].shelves[kind].put(_read_record(data))
        query = "SELECT account, handset, sender, since FROM opt_outs ORDER BY position"
        for sid, handset, sender, since in self._file.read(query):
            world.accounts[sid].opt_outs.stop(handset, [sender], since)
        for address, data in self._file.read("SELECT address, data FROM webhooks"):
            world.webhooks.put(address, _read_webhook(data))

    def forget(self) -> None:
        """With the next `save`, only what the accounts are set up with stays of what the file holds."""
        self._forgets = True
        self._written.clear()
        self._changes = 0

    def save(self, world: KeptWorld) -> None:
        """Writes what has changed since the last time; what can't be written is tried again the next time."""
        statements = list(self._changed(world))
        if not statements:
            return
        self._file.write(statements)
        self._forgets = False
        for account in world.accounts.values():
            self._written[account.sid] = len(account.messages)
            self._sums[account.sid] = (account.balance, account.minted)
        self._settle(world)

    def _changed(self, world: KeptWorld) -> Iterator[Statement]:
        if self._forgets:
            yield from ((f"DELETE FROM {table}", {}) for table in _FORGOTTEN)  # noqa: S608  # ours
        traffic = world.traffic
        sids = traffic.changed_since(self._changes) if traffic.changes > self._changes else []
        # What the traffic's log tells is bounded, and any number of messages may depart at once.
        sids += world.departures.touched
        for account in world.accounts.values():
            written = self._written.get(account.sid, 0)
            yield from _changed_messages(account, written, sids)
            yield from _changed_records(account)
            yield from _changed_opt_outs(account)
            sums = (account.balance, account.minted)
            if self._sums.get(account.sid) != sums:
                yield _PUT_SUMS, {"sid": account.sid, "balance": sums[0], "minted": sums[1]}
        known = world.webhooks.all()
        for address in world.webhooks.touched:
            yield _row("webhooks", {"address": address}, data=_text(known[address]))
        yield from _changed_callbacks(world.outgoing)

    def _settle(self, world: KeptWorld) -> None:
        """Notes that everything is written."""
        self._changes = world.traffic.changes
        world.departures.touched.clear()
        world.webhooks.touched.clear()
        world.outgoing.touched_plans.clear()
        world.outgoing.touched_posts.clear()
        for account in world.accounts.values():
            account.opt_outs.touched.clear()
            for shelf in account.shelves.values():
                shelf.touched.clear()

    def close(self) -> None:
        """Lets go of the file."""
        self._file.close()


def _row(table: str, key: Mapping[str, object], **values: object) -> Statement:
    """Puts the row with this key in its place, or changes it there; a value of None takes it away."""
    if None in values.values():
        wanted = " AND ".join(f"{name} = :{name}" for name in key)
        return f"DELETE FROM {table} WHERE {wanted}", {**key}  # noqa: S608  # names of our own
    row = {**key, **values}
    places = ", ".join(f":{name}" for name in row)
    changes = ", ".join(f"{name} = excluded.{name}" for name in values)
    text = f"INSERT INTO {table} ({', '.join(row)}) VALUES ({places})"  # noqa: S608  # as above
    return f"{text} ON CONFLICT ({', '.join(key)}) DO UPDATE SET {changes}", row


def _text(value: msgspec.Struct) -> str:
    return _encode(value).decode()


def _changed_messages(account: Account, written: int, sids: Iterable[str]) -> Iterator[Statement]:
    """The account's messages after the first `written`, and those before that somebody has changed."""
    serials = {serial for sid in sids if (serial := account.serial_of(sid)) is not None}
    old = (account.messages[serial - 1] for serial in sorted(serials) if serial <= written)
    for message in chain(old, account.since(written)):
        key = {"account": message.account, "serial": message.serial}
        yield _row("messages", key, data=_text(message))


def _changed_records(account: Account) -> Iterator[Statement]:
    """What was put on the account's shelves, or taken off."""
    for kind, shelf in account.shelves.items():
        for sid in shelf.touched:
            record = shelf.get(sid)
            key = {"account": account.sid, "kind": kind, "sid": sid}
            yield _row("records", key, data=None if record is None else _text(record))


def _changed_opt_outs(account: Account) -> Iterator[Statement]:
    """Who has opted out of what, or in again."""
    for handset, sender in account.opt_outs.touched:
        key = {"account": account.sid, "handset": handset, "sender": sender}
        yield _row("opt_outs", key, since=account.opt_outs.since(handset, sender))


def _changed_callbacks(outgoing: Outgoing) -> Iterator[Statement]:
    """What is still to be told, and when."""
    for sid, (account, at) in outgoing.touched_plans.items():
        yield _row("plans", {"sid": sid}, account=account, at=at)
    for number, callback in outgoing.touched_posts.items():
        waits = callback.state == "waiting"
        yield _row("callbacks", {"number": number}, data=_text(callback) if waits else None)
