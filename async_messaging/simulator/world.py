"""Everything the simulator knows, apart from sockets: accounts, credentials, clock, faults, counts."""

from __future__ import annotations

import random
import secrets
from collections.abc import Mapping
from decimal import Decimal

import msgspec

from . import departures, lifecycle
from .accounts import Account, SidMint
from .clock import Clock, WallClock
from .departures import Departures
from .faults import FaultDeck, Faults
from .identities import Identities, SimulatedAccount
from .keeping import Keeper, Remembered
from .outgoing import Outgoing
from .records import Accepted, Shelves, StoredMessage
from .throughput import TEN_HOURS, Loops, MessageRate, SenderQueues
from .traffic import Counters, Traffic
from .webhooks import Webhook, Webhooks

MILLION = 1_000_000


class Conditions(msgspec.Struct, frozen=True, kw_only=True):
    """How this Twilio behaves. Rates are per second, times in seconds; None means no limit."""

    account_sid: str | None = None
    auth_token: str | None = None
    api_keys: Mapping[str, str] = {}
    oauth_clients: Mapping[str, str] = {}
    accounts: tuple[SimulatedAccount, ...] = ()
    """Further ones, besides the one that the other fields describe."""
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
    state: str = ""
    """The file in which all of it is kept; empty for none."""


class World:
    """The simulated Twilio. It is synchronous: nothing can come between deciding and storing."""

    def __init__(self, conditions: Conditions, clock: Clock | None = None) -> None:
        if conditions.concurrency is not None and conditions.concurrency < 1:
            raise ValueError("concurrency must be at least 1")
        if conditions.speed <= 0:
            raise ValueError("speed must be above 0")
        self.conditions = conditions
        self.clock: Clock = clock or WallClock()
        self.keeper: Keeper | None = Keeper(conditions.state) if conditions.state else None
        try:
            self._found(conditions, self.keeper)
        except BaseException:
            self.close()
            raise

    def _found(self, conditions: Conditions, keeper: Keeper | None) -> None:
        past = keeper.remembered if keeper else None
        self.seed: int = past.seed if past else secrets.randbits(32)
        if conditions.seed is not None:
            self.seed = conditions.seed
        identity = random.Random(f"{self.seed} identity")
        self.identities: Identities = Identities(_accounts_of(conditions, identity, past))
        self._mint = SidMint(identity)
        self._shelves = {sid: Shelves() for sid in self.identities.accounts}
        self.webhooks: Webhooks = Webhooks(self._shelves.values())
        self.deck: FaultDeck = FaultDeck(Faults(), random.Random())
        self.outgoing: Outgoing = Outgoing()
        self._begin()
        if keeper:
            self._resume(keeper, past)
        for address, webhook in conditions.webhooks.items():
            if webhook != Webhook() or address not in self.webhooks.all():
                self.webhooks.put(address, webhook)
        self.save()

    def _resume(self, keeper: Keeper, past: Remembered | None) -> None:
        mint = past.mint if past else self._mint.secrets
        keeper.introduce(self.seed, self.identities.accounts.values(), mint)
        made = keeper.restore(self)
        self._mint.resume(mint, made)
        self.counters.accepted = len(self.stored())

    def save(self) -> None:
        """Writes what has changed into the state's file, if there is one; to be called before anybody is told of it."""
        if self.keeper is not None:
            self.keeper.save(self)

    def close(self) -> None:
        """Lets go of the state's file."""
        if self.keeper is not None:
            self.keeper.close()

    @property
    def account_sid(self) -> str:
        """The sid of the account that is meant when none is named."""
        return self.identities.first

    @property
    def auth_token(self) -> str:
        """The token of that account."""
        return self.token_of(self.identities.first)

    def token_of(self, account_sid: str) -> str:
        """The token of an account."""
        return self.identities.accounts[account_sid].auth_token

    def reset(self) -> None:
        """Forgets messages, callbacks, opt-outs and counts, not services, senders, templates; requests count from 1 again."""
        self.outgoing.abandon()
        self._begin()
        if self.keeper is not None:
            self.keeper.forget()
            self.save()

    def _begin(self) -> None:
        conditions = self.conditions
        self.accounts: dict[str, Account] = {
            identity.sid: self._open(identity) for identity in self.identities.accounts.values()
        }
        self.counters: Counters = Counters()
        self.outgoing = Outgoing(kept=self.keeper is not None)
        self.traffic: Traffic = Traffic()
        self.departures: Departures = Departures(kept=self.keeper is not None)
        self.loops: Loops = Loops()
        self.message_rate: MessageRate | None = (
            None if conditions.rate is None else MessageRate(conditions.rate)
        )
        self.set_faults(self.deck.faults)

    def _open(self, identity: SimulatedAccount) -> Account:
        conditions = self.conditions
        queues = SenderQueues(conditions.throughput, conditions.queue_seconds)
        balance = int(Decimal(identity.balance) * MILLION)
        shelves = self._shelves[identity.sid]
        return Account(identity.sid, identity.numbers, queues, balance, self._mint, shelves)

    def set_faults(self, faults: Faults) -> None:
        """Puts faults in force; counting and drawing start anew."""
        self.deck = FaultDeck(faults, random.Random(f"{self.seed} faults"), self.seed)

    def depart(self, now: float) -> None:
        """Lets scheduled messages depart whose time has come; to be called before anything else happens."""
        for message in self.departures.due(now):
            departures.depart(self.accounts[message.account], self.conditions.opted_out, message)
            self.traffic.touch(message.sid)

    def moment(self, message: StoredMessage, now: float | None = None) -> lifecycle.Moment:
        """The state of a message now."""
        at = self.clock.time() if now is None else now
        if message.wait < 0:
            self.depart(at)
        return lifecycle.moment(message, at, self.conditions.speed)

    def is_listed(self, message: StoredMessage, now: float) -> bool:
        """Whether lists and fetches show the message already (`list_lag`)."""
        return message.created + self.deck.faults.list_lag <= now

    def stored(self, account_sid: str = "") -> list[StoredMessage]:
        """Every message accepted from the API, or of one account; deleted ones too, oldest first in each account."""
        return [
            message
            for sid, account in self.accounts.items()
            if account_sid in ("", sid)
            for message in account.messages
            if message.direction == "outbound-api"
        ]

    def duplicates(self) -> int:
        """How many accepted messages repeat the recipient and the text of an earlier one."""
        stored = self.stored()
        return len(stored) - len(
            {(message.account, message.to, message.body, message.template) for message in stored}
        )

    def describe(self, message: StoredMessage, now: float) -> Accepted:
        """The judge's view of a stored message."""
        state = self.moment(message, now)
        return Accepted(
            number=message.serial,
            sid=message.sid,
            account_sid=message.account,
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


def _accounts_of(
    conditions: Conditions, identity: random.Random, past: Remembered | None
) -> list[SimulatedAccount]:
    """The accounts that were given; what was not given, and accounts that were not, as the state's file has them."""
    known = past.accounts if past else ()
    old = known[0] if known else None
    if old and conditions.account_sid not in (None, old.sid):
        raise ValueError("state: the file belongs to another account than the one given")
    sid, token = (f"{prefix}{identity.getrandbits(128):032x}" for prefix in ("AC", ""))
    first = SimulatedAccount(
        sid=conditions.account_sid or (old.sid if old else sid),
        auth_token=conditions.auth_token or (old.auth_token if old else token),
        api_keys=conditions.api_keys or (old.api_keys if old else {}),
        oauth_clients=conditions.oauth_clients or (old.oauth_clients if old else {}),
        numbers=conditions.numbers or (old.numbers if old else ()),
        balance=conditions.balance,
    )
    given = {account.sid for account in conditions.accounts}
    return [first, *conditions.accounts, *(old for old in known[1:] if old.sid not in given)]
