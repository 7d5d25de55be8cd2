"""What of a simulator's state goes into its file, and how it comes back from there.

Every request and every callback that changed something is written before anybody is told of it. Kept are messages,
records, opt-outs, balances, webhooks, credentials, the mint of sids, and what callbacks have still to tell. A callback
that was under way comes once more, with the same token. Counts of requests and the log of past callbacks are not kept.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from typing import Protocol

import msgspec

from async_messaging.simulator import changes
from async_messaging.simulator.accounts import Account
from async_messaging.simulator.departures import Departures, is_waiting
from async_messaging.simulator.identities import SimulatedAccount
from async_messaging.simulator.outgoing import Callback, Outgoing
from async_messaging.simulator.records import NOT_DEPARTED, UNQUEUED, StoredMessage
from async_messaging.simulator.shelves import Record
from async_messaging.simulator.state import StateFile, Statement
from async_messaging.simulator.traffic import Traffic
from async_messaging.simulator.webhooks import Webhook, Webhooks

_PUT_FACT = "INSERT OR REPLACE INTO facts VALUES (:name, :value)"
_PUT_ACCOUNT = """
    INSERT INTO accounts (sid, data) VALUES (:sid, :data) ON CONFLICT (sid) DO UPDATE SET data = excluded.data
"""
_PUT_SUMS = "UPDATE accounts SET balance = :balance, minted = :minted WHERE sid = :sid"
_FORGET: tuple[Statement, ...] = (
    ("DELETE FROM messages", {}),
    ("DELETE FROM opt_outs", {}),
    ("DELETE FROM plans", {}),
    ("DELETE FROM callbacks", {}),
)
_encode = msgspec.json.Encoder().encode
_read_account = msgspec.json.Decoder(SimulatedAccount).decode
_read_message = msgspec.json.Decoder(StoredMessage).decode
_read_record = msgspec.json.Decoder(Record).decode
_read_webhook = msgspec.json.Decoder(Webhook).decode
_read_callback = msgspec.json.Decoder(Callback).decode


class Remembered(msgspec.Struct, frozen=True):
    """Who the simulator was when the file was written last.

    Attributes:
        mint: what makes its sids its own (see `SidMint`).
    """

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

    def new_outgoing(self) -> Outgoing:
        """Callbacks whose changes are noted."""
        return changes.KeptOutgoing()

    def introduce(
        self, seed: int, accounts: Iterable[SimulatedAccount], mint: tuple[int, int]
    ) -> None:
        """Writes who the simulator is."""
        half, factor = mint
        facts = {"seed": str(seed), "half": f"{half:x}", "factor": f"{factor:x}"}
        statements: list[Statement] = [
            (_PUT_FACT, {"name": name, "value": value}) for name, value in facts.items()
        ]
        statements += [
            (_PUT_ACCOUNT, {"sid": account.sid, "data": _encode(account).decode()})
            for account in accounts
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
        """Writes what has changed since the last time.

        Raises:
            sqlite3.Error: It can't be written; the next time tries it again.
        """
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
            yield from _FORGET
        traffic = world.traffic
        sids = traffic.changed_since(self._changes) if traffic.changes > self._changes else []
        # What the traffic's log tells is bounded, and any number of messages may depart at once.
        sids += world.departures.touched
        for account in world.accounts.values():
            written = self._written.get(account.sid, 0)
            yield from changes.changed_messages(account, written, sids)
            yield from changes.changed_records(account)
            yield from changes.changed_opt_outs(account)
            yield from self._changed_sums(account)
        yield from changes.changed_webhooks(world.webhooks)
        if isinstance(world.outgoing, changes.KeptOutgoing):
            yield from changes.changed_callbacks(world.outgoing)

    def _changed_sums(self, account: Account) -> Iterator[Statement]:
        sums = (account.balance, account.minted)
        if self._sums.get(account.sid) != sums:
            yield _PUT_SUMS, {"sid": account.sid, "balance": sums[0], "minted": sums[1]}

    def _settle(self, world: KeptWorld) -> None:
        """Notes that everything is written."""
        self._changes = world.traffic.changes
        world.departures.touched.clear()
        world.webhooks.touched.clear()
        if isinstance(world.outgoing, changes.KeptOutgoing):
            world.outgoing.plans.clear()
            world.outgoing.posts.clear()
        for account in world.accounts.values():
            account.opt_outs.touched.clear()
            for _, shelf in account.shelves:
                shelf.touched.clear()

    def close(self) -> None:
        """Lets go of the file."""
        self._file.close()
