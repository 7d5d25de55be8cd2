"""What all pipelines of a client share: connections, events, counts, and the end of it all."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial

import msgspec

from ..clock import Clock
from ..errors import ClientClosed
from ..settings import Settings
from ..transport.base import Transport
from .account import Account
from .admission import Admission
from .carrying import Carrier
from .events import Counters, Events, Stats
from .retry import Quota
from .sends import Sends
from .stop import Stop


class Shared:
    """What a client has once, however many accounts it calls on."""

    def __init__(self, transport: Transport, clock: Clock, sends: Sends) -> None:
        self.transport: Transport = transport
        self.clock: Clock = clock
        self.events: Events = Events()
        self.counts: Counters = Counters()
        self.quota: Quota = Quota()
        self.stop: Stop = Stop()
        self._sends: Sends = sends
        self._accounts: dict[str, Account] = {}

    def account(self, settings: Settings, probe: Callable[[], Awaitable[int]]) -> Account:
        """The account that the settings name. Its limits are kept while the client lives."""
        sid = settings.credentials.account_sid
        account = self._accounts.get(sid)
        if account is None:
            admission = Admission(settings.limits, probe, self.clock)
            sends = self._sends.of_account(sid) if self._accounts else self._sends
            account = Account(
                admission, partial(self._new_carrier, sends), self.clock, self.stop, sends
            )
            self._accounts[sid] = account
        return account

    def _new_carrier(self, sends: Sends) -> Carrier:
        return Carrier(self.transport, self.clock, self.counts, self.events, sends)

    @property
    def loop(self) -> asyncio.AbstractEventLoop | None:
        """The loop on which it was used last, for whatever account; None before."""
        loops = (account.here.loop for account in self._accounts.values())
        return next(filter(None, loops), None)

    def stats(self) -> Stats:
        """Counters, and what is going on now."""
        heres = [account.here for account in self._accounts.values()]
        admissions = [here.admission for here in heres]
        return Stats(
            **msgspec.structs.asdict(self.counts),
            in_flight=sum(one.in_flight.count for one in admissions),
            in_flight_limit=sum(one.in_flight.limit for one in admissions),
            waiting=sum(one.lanes.waiting + one.in_flight.waiting for one in admissions),
            pending_late=sum(len(here.carrier.late) for here in heres),
            retry_quota=self.quota.tokens,
            breakers_open=sum(b.is_open for one in admissions for b in one.breakers.values()),
        )

    async def close(self, grace: float) -> None:
        """Take no more calls, wait for those under way, close the transport."""
        self.stop.set(ClientClosed)
        await asyncio.gather(*(account.drain(grace) for account in self._accounts.values()))
        await self.transport.close()
