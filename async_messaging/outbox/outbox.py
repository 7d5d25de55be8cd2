"""`Outbox`: one key, one message, whatever its caller repeats.

A user clicks twice, a task queue redelivers, a process dies between the send and its note of it: the
caller repeats, and Twilio has no key by which it would notice. An outbox gives a send one:

    outbox = Outbox.open("codes.outbox", client)
    result = await outbox.send(key="login:42:7f3a", to=..., from_=..., body=..., timeout=8)

The key is durable before a byte is sent. Each call under it, in any process of this machine, now or
after a crash, gets the outcome of the one message, or `OutcomeUnknown` while nobody knows it.

Texts are kept as keyed hashes alone; recipients' numbers only while an outcome is open. So an outbox can't send
by itself: where `on_unknown="resend"` frees a key, the next call under it sends.
"""

from __future__ import annotations

import logging
from collections.abc import Collection
from contextlib import suppress
from functools import partial
from os import PathLike
from typing import Literal, Self, Unpack

from ..client import ClientView
from ..errors import InvalidInput, MessagingError, OutcomeUnknown, SettingsError
from ..models import Message, MessageDraft
from ..settling.changes import Policy
from ..settling.states import OnUnknown, State
from .attempts import OutboxAttempts
from .delivery import Delivery
from .fields import DraftFields
from .file import Rows
from .policy import SendPolicy
from .results import HeldKey, OutboxCounts, OutboxResult, Settled
from .rules import bury, decide, forget_expired
from .store import Store

Decision = Literal["resend", "assume_sent"]
"""What a person decides of a held key: it may be sent again, or counts as sent."""

logger: logging.Logger = logging.getLogger("async_messaging")

_DAY = 86_400.0
_INFINITE = float("inf")
_NAP = 30.0
_SHORTEST_NAP = 0.05
_CHUNK = 1000
_COLUMNS: dict[State, str] = {
    "ACCEPTED": "accepted",
    "REJECTED": "refused",
    "READY": "ready",
    "INTENT": "under_way",
    "UNKNOWN": "unknown",
    "HELD": "held",
    "SKIPPED": "assumed_sent",
}


class Outbox:
    """Single sends under keys. `open` makes one on a file.

    Args:
        store: keeps the keys: a `SqliteStore`, a `MemoryStore`, for this outbox alone.
        client: sends, and reads Twilio's list.
        on_unknown: what becomes of a key of which two scans of Twilio's list show no message:
            ``hold`` leaves it to a person, ``resend`` lets the next call send it, ``repeat`` lets
            the next call send it at once, which may double it.
        policy: what may be sent at all.
        settle: seconds until an accepted message is in Twilio's list for sure.
        scan_interval: seconds between two scans of the list.
        exclusive: senders and services of yours by which nothing is sent but from this machine: a
            Messaging Service of this program's own. What goes by them is found in Twilio's list
            though its text can't be told.

    Raises:
        SettingsError: a value can't be used.
    """

    def __init__(
        self,
        store: Store,
        client: ClientView,
        *,
        on_unknown: OnUnknown = "hold",
        policy: SendPolicy | None = None,
        settle: float = 120.0,
        scan_interval: float = 60.0,
        exclusive: Collection[str] = (),
    ) -> None:
        if on_unknown not in ("hold", "resend", "repeat"):
            raise SettingsError("on_unknown must be hold, resend or repeat")
        if not (0 <= settle < _INFINITE and 0 <= scan_interval < _INFINITE):
            raise SettingsError("settle and scan_interval must not be negative or endless")
        self._store = store
        self._client = client
        self._clock = client.clock
        self._delivery = Delivery(
            store, client, policy or SendPolicy(), self._settles, repeat=on_unknown == "repeat"
        )
        if isinstance(exclusive, str):
            raise SettingsError("exclusive must be a collection of senders and services")
        realm = client.sends.realm
        self._attempts = OutboxAttempts(store, realm, self._clock.time, frozenset(exclusive))
        self._settler = client.settler(self._attempts, Policy(on_unknown, settle, scan_interval))
        self._nap = max(_SHORTEST_NAP, min(_NAP, scan_interval / 2, max(settle, 1.0) / 2))

    @classmethod
    def open(
        cls,
        path: str | PathLike[str],
        client: ClientView,
        *,
        on_unknown: OnUnknown = "hold",
        policy: SendPolicy | None = None,
        settle: float = 120.0,
        scan_interval: float = 60.0,
        exclusive: Collection[str] = (),
    ) -> Self:
        """An outbox in a file, which is made on first use and shared by all that open it.

        What else is given is as of `Outbox`. It has to be closed by nobody: its thread ends with the process. ``async with`` or `aclose`
        waits for what is under way.

        Raises:
            SettingsError: a value can't be used.
        """
        from .sqlite import SqliteStore

        return cls(
            SqliteStore(path),
            client,
            on_unknown=on_unknown,
            policy=policy,
            settle=settle,
            scan_interval=scan_interval,
            exclusive=exclusive,
        )

    def __repr__(self) -> str:
        return f"<Outbox on {self._store!r}, {self._delivery.under_way} under way>"

    async def send(
        self,
        *,
        key: str,
        ttl: float = _DAY,
        timeout: float | None = None,  # noqa: ASYNC109 - by the client's clock
        **fields: Unpack[DraftFields],
    ) -> OutboxResult:
        """Send one message under a key, or learn what became of it.

        Takes the fields of `MessageDraft` as keywords. A call that is cancelled goes on without its
        caller: what it learns is kept under the key.

        Args:
            key: what this message is, of up to 255 characters: ``login:42:7f3a``. It is kept in the
                open, and stands in no log.
            ttl: seconds, from the first call, after which the key is forgotten and may be used for
                another message. Twilio's ``validity_period`` is another matter.
            timeout: seconds that the caller waits at most; None takes the client's.

        Returns:
            The message as Twilio accepted it, now or earlier.

        Raises:
            KeyReused: the key is another message's.
            Blocked: the policy forbids it; `.rule` names its rule.
            InvalidInput: a field is wrong; nothing was sent.
            NotSent: certainly not sent, and may be tried again under the key.
            OutcomeUnknown: it may have been sent. It never is a second time, unless `on_unknown`
                says so; ``await error.settle()`` waits until it is known.
            APIError: Twilio refused it, now or earlier.
            LedgerError: the store failed, and nothing was sent by this call.
        """
        return await self.send_draft(MessageDraft(**fields), key=key, ttl=ttl, timeout=timeout)

    async def send_draft(
        self,
        draft: MessageDraft,
        *,
        key: str,
        ttl: float = _DAY,
        timeout: float | None = None,  # noqa: ASYNC109 - by the client's clock
    ) -> OutboxResult:
        """Send a prepared message under a key; else the same as `send`."""
        return await self._delivery.deliver(draft, key, ttl, timeout)

    # Settling.

    async def settle(self) -> Settled:
        """Look in Twilio's list, now, for all that is unknown or held, and draw what follows.

        Once is rarely enough: that a message is not there counts only when it should be, and twice.
        `run` asks as often as it takes.

        Returns:
            What was found out, and how long until something more is due.

        Raises:
            LedgerError: the store failed.
            MessagingError: the list can't be read.
        """
        return await self._step(at_once=True)

    async def adopt(self) -> int:
        """Take open keys of version 0.1, which did not keep the account, for this client's account.

        Until then nothing is settled: the list of another account would say that they were never
        accepted, and their messages would go out twice. Look whose they are before.

        Returns:
            How many there were.

        Raises:
            LedgerError: the store failed.
        """
        return await self._attempts.adopt()

    async def _step(self, *, at_once: bool = False) -> Settled:
        server, now = self._client.sends.server, self._clock.time()
        if server.now_low() is None and (await self.status()).unknown:
            with suppress(MessagingError):  # the list can be read, or that error is told
                await self._client.balance.fetch()
        await self._delivery.date()
        await self._store.write(partial(bury, now=now, until=server.now_high()))
        step = await self._settler.step(at_once=at_once, held=at_once)
        done = [change.state for change in step.changes]
        counts = await self.status()
        return Settled(
            accepted=done.count("ACCEPTED"),
            ready=done.count("READY"),
            held=done.count("HELD"),
            unknown=counts.unknown,
            wait=step.wait,
        )

    async def run(self) -> None:
        """Settle and tidy up for as long as the program runs: a background task for a lifespan.

        What fails is logged and tried again. Any number of processes may run it.
        """
        tidy = self._clock.monotonic()
        while True:
            try:
                done = await self._step()
                wait = self._nap if done.wait is None else min(self._nap, done.wait)
                if self._clock.monotonic() >= tidy:
                    tidy += 3600.0
                    await self.purge()
            except MessagingError as error:
                logger.warning("outbox: settling failed, it goes on: %s", error)
                wait = self._nap
            await self._clock.sleep(max(_SHORTEST_NAP, wait))

    def _settles(self, error: OutcomeUnknown, key: str) -> None:
        error.settles(partial(self._settled, error, key))

    async def _settled(
        self, error: OutcomeUnknown, key: str, *, settle: float, scan_interval: float
    ) -> Message | None:
        """What became of a key; the outbox's own times hold."""
        while True:
            entry = await self._store.read(lambda rows: rows.get(key))
            match entry.state if entry is not None else "HELD":
                case "ACCEPTED":
                    assert entry is not None
                    return await self._client.messages.fetch(entry.sid)
                case "READY" | "REJECTED":
                    return None
                case "UNKNOWN" | "INTENT":
                    done = await self._step()
                case _:
                    raise error
            nap = self._nap if done.wait is None else min(self._nap, done.wait)
            await self._clock.sleep(max(_SHORTEST_NAP, nap))

    # What is there.

    async def held(self) -> list[HeldKey]:
        """The keys that a person has to decide, and why."""
        found = await self._store.read(lambda rows: rows.in_states(("HELD",)))
        return [
            HeldKey(key=entry.key, reason=entry.error, since=entry.intent_at) for entry in found
        ]

    async def decide(self, key: str, decision: Decision) -> None:
        """Decide what becomes of a held key.

        Args:
            key: the key.
            decision: ``resend``: the next call under it sends, though the first may have been sent;
                ``assume_sent``: it counts as sent.

        Raises:
            InvalidInput: the key is not held, or there is no such decision.
        """
        if decision not in ("resend", "assume_sent"):
            raise InvalidInput("must be resend or assume_sent", field="decision")
        state: State = "READY" if decision == "resend" else "SKIPPED"
        if not await self._store.write(
            partial(decide, key=key, state=state, now=self._clock.time())
        ):
            raise InvalidInput("is not held", field="key")

    async def status(self) -> OutboxCounts:
        """How many keys there are, by what is known of them."""
        counts = await self._store.read(Rows.by_state)
        return OutboxCounts(**{_COLUMNS[state]: number for state, number in counts.items()})

    async def purge(self) -> int:
        """Forget keys that have expired, never one whose outcome is open; how many there were."""
        forgotten, mark = 0, 0
        while True:
            entries, mark = await self._store.read(partial(Rows.some, after=mark, limit=_CHUNK))
            if not entries:
                return forgotten
            now, since = self._clock.time(), self._client.sends.server.now_low()
            work = partial(forget_expired, entries=entries, now=now, since=since)
            forgotten += await self._store.write(work)

    # The end.

    async def aclose(self, grace: float = 10.0) -> None:
        """Take no more messages, wait for what is under way, let the store go.

        What is under way after that is unknown, and settled by whoever opens the store next.

        Args:
            grace: seconds to wait.
        """
        await self._delivery.finish(grace)
        await self._store.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()
