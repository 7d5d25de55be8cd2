"""Everything the simulator knows, apart from sockets: accounts, credentials, clock, faults, counts."""

from __future__ import annotations

import random
import secrets
from base64 import b64encode
from collections.abc import Mapping
from decimal import Decimal

import msgspec

from async_messaging.simulator import lifecycle
from async_messaging.simulator.accounts import Account, SidMint
from async_messaging.simulator.clock import Clock, WallClock
from async_messaging.simulator.counters import Counters
from async_messaging.simulator.faults import FaultDeck, Faults
from async_messaging.simulator.gate import MessageRate
from async_messaging.simulator.optout import OptOuts
from async_messaging.simulator.outgoing import Outgoing
from async_messaging.simulator.records import Accepted, StoredMessage
from async_messaging.simulator.shelves import Shelves
from async_messaging.simulator.throughput import TEN_HOURS, SenderQueues
from async_messaging.simulator.traffic import Traffic
from async_messaging.simulator.webhooks import Webhook, Webhooks

MILLION = 1_000_000


class Conditions(msgspec.Struct, frozen=True, kw_only=True):
    """How this Twilio behaves. Rates are per second, times in seconds; None means no limit."""

    account_sid: str | None = None
    auth_token: str | None = None
    api_keys: Mapping[str, str] = {}
    numbers: tuple[str, ...] = ()
    opted_out: frozenset[str] = frozenset()
    landlines: frozenset[str] = frozenset()
    throughput: Mapping[str, float] = {}
    queue_seconds: float = TEN_HOURS
    concurrency: int | None = None
    rate: float | None = None
    retry_after: int | None = None
    balance: str = "10000.00"
    speed: float = 1.0
    seed: int | None = None
    alter: frozenset[str] = frozenset()
    webhooks: Mapping[str, Webhook] = {}
    callback_hosts: frozenset[str] = frozenset()


class World:
    """The simulated Twilio. It is synchronous: nothing can come between deciding and storing."""

    def __init__(self, conditions: Conditions, clock: Clock | None = None) -> None:
        if conditions.concurrency is not None and conditions.concurrency < 1:
            raise ValueError("concurrency must be at least 1")
        if conditions.speed <= 0:
            raise ValueError("speed must be above 0")
        self.conditions = conditions
        self.clock: Clock = clock or WallClock()
        self.seed: int = secrets.randbits(32) if conditions.seed is None else conditions.seed
        identity = random.Random(f"{self.seed} identity")
        self.account_sid: str = conditions.account_sid or f"AC{identity.getrandbits(128):032x}"
        self.auth_token: str = conditions.auth_token or f"{identity.getrandbits(128):032x}"
        self._mint = SidMint(identity)
        self._shelves = Shelves()
        self.credentials: dict[str, str] = self._credentials()
        self.webhooks: Webhooks = Webhooks()
        for address, webhook in conditions.webhooks.items():
            self.webhooks.put(address, webhook)
        self.deck: FaultDeck = FaultDeck(Faults(), random.Random())
        self.outgoing: Outgoing = Outgoing()
        self.set_faults(Faults())
        self.reset()

    def _credentials(self) -> dict[str, str]:
        users = {self.account_sid: self.auth_token, **self.conditions.api_keys}
        return {
            b64encode(f"{user}:{secret}".encode()).decode(): self.account_sid
            for user, secret in users.items()
        }

    def reset(self) -> None:
        """Forgets messages, callbacks, opt-outs and counts; numbers the requests that faults count from 1 again.

        What the account is set up with stays: services, senders, templates.
        """
        conditions = self.conditions
        queues = SenderQueues(conditions.throughput, conditions.queue_seconds)
        balance = int(Decimal(conditions.balance) * MILLION)
        account = Account(
            self.account_sid, conditions.numbers, queues, balance, self._mint, self._shelves
        )
        self.accounts: dict[str, Account] = {account.sid: account}
        self.counters: Counters = Counters()
        self.outgoing.abandon()
        self.outgoing = Outgoing()
        self.opt_outs: OptOuts = OptOuts()
        self.traffic: Traffic = Traffic()
        self.message_rate: MessageRate | None = (
            None if conditions.rate is None else MessageRate(conditions.rate)
        )
        self.set_faults(self.deck.faults)

    def set_faults(self, faults: Faults) -> None:
        """Puts faults in force; counting and drawing start anew."""
        self.deck = FaultDeck(faults, random.Random(f"{self.seed} faults"), self.seed)

    def moment(self, message: StoredMessage, now: float | None = None) -> lifecycle.Moment:
        """The state of a message now."""
        return lifecycle.moment(
            message, self.clock.time() if now is None else now, self.conditions.speed
        )

    def is_listed(self, message: StoredMessage, now: float) -> bool:
        """Whether lists and fetches show the message already (`list_lag`)."""
        return message.created + self.deck.faults.list_lag <= now

    def stored(self) -> list[StoredMessage]:
        """Every message accepted from the API, deleted ones too, in the order of acceptance."""
        return [
            message
            for account in self.accounts.values()
            for message in account.messages
            if message.direction == "outbound-api"
        ]

    def duplicates(self) -> int:
        """How many accepted messages repeat the recipient and the text of an earlier one."""
        stored = self.stored()
        return len(stored) - len(
            {(message.to, message.body, message.template) for message in stored}
        )

    def describe(self, message: StoredMessage, now: float) -> Accepted:
        """The judge's view of a stored message."""
        state = self.moment(message, now)
        return Accepted(
            number=message.serial,
            sid=message.sid,
            to=message.to,
            from_=message.from_,
            messaging_service_sid=message.service,
            body=message.body,
            num_media=len(message.media),
            num_segments=message.segments,
            status=state.status,
            error_code=state.error,
            created=message.created,
        )
