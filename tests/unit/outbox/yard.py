"""Outboxes that share their keys, and a Twilio without a network, by a clock that tests drive."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Coroutine
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar

from async_messaging import MemoryStore, Outbox, SqliteStore
from async_messaging.errors import MessagingError
from async_messaging.outbox.entries import Entry
from async_messaging.outbox.store import Store
from async_messaging.settling.states import State
from async_messaging.testing import FakeClock
from tests.unit.campaigns.twilio import Behaviour, Twilio, accept
from tests.unit.pipeline.calls import scripted_client

T = TypeVar("T")

TO, SENDER = "+14155550100", "+15017122661"
SETTLE, SCAN = 10.0, 5.0
STEP = 0.5


class _Watch(FakeClock):
    """A machine's clocks, of which the wall clock can be set."""

    def __init__(self, yard: Yard) -> None:
        super().__init__()
        self._yard = yard

    def time(self) -> float:
        return super().time() + self._yard.wall


class Yard:
    """Outboxes on one set of keys, as processes have them.

    Attributes:
        clock: everybody's.
        twilio: what all send to.
    """

    def __init__(self, kind: str, folder: Path) -> None:
        self.kind = kind
        self.path = folder / "codes.outbox"
        self.wall = 0.0
        self.clock = _Watch(self)
        self.twilio = Twilio(self.clock)
        self.twilio.dates_all = True
        self._first = MemoryStore()
        self._stores: list[Store] = []

    def store(self) -> Store:
        made: Store = (
            MemoryStore(beside=self._first) if self.kind == "memory" else SqliteStore(self.path)
        )
        self._stores.append(made)
        return made

    def outbox(self, behave: Behaviour = accept, **options: Any) -> tuple[Outbox, Store]:
        self.twilio.behave = behave
        client = scripted_client(
            self.twilio.answer, self.clock, retries=0, attempt_timeout=options.pop("attempt", 45.0)
        )[0]
        client_options = options.pop("client_options", {})
        store = options.pop("store", None) or self.store()
        if store not in self._stores:
            self._stores.append(store)
        times = {"settle": SETTLE, "scan_interval": SCAN}
        view = client.with_options(**client_options)
        return Outbox(store, view, **{**times, **options}), store

    def other_account(self) -> Outbox:
        """An outbox on the same keys, of a client of another account."""
        own = scripted_client(self.twilio.answer, self.clock)[0]
        client = own.for_account("AC" + "9" * 32, auth_token="9" * 32)
        return Outbox(self.store(), client, on_unknown="resend", settle=SETTLE, scan_interval=SCAN)

    def opened(
        self, behave: Behaviour = accept, **options: Any
    ) -> AbstractAsyncContextManager[Outbox]:
        return _closed_by_driving(self, self.outbox(behave, **options)[0])

    async def drive(self, work: Coroutine[Any, Any, T], *, step: float = STEP) -> T:
        """Await something; time passes while nobody is at work."""
        task = asyncio.ensure_future(work)
        try:
            while not task.done():
                await self.quiet()
                if not task.done():
                    await self.clock.advance(step)
        finally:
            task.cancel()
        return task.result()

    async def quiet(self) -> None:
        """Return when nobody has anything to do but to wait for time."""
        calm = 0
        while calm < 40:
            await asyncio.sleep(0)
            calm = 0 if any(store.pending for store in self._stores) else calm + 1

    async def pass_time(self, seconds: float) -> None:
        """Let time pass, with all that happens in it."""
        await self.drive(self.clock.sleep(seconds))

    async def send(self, outbox: Outbox, key: str = "a", **fields: Any) -> Any:
        """Send; the result, or the error."""
        given = {"to": TO, "from_": SENDER, "body": "Code 1", **fields}
        try:
            return await self.drive(outbox.send(key=key, **given))
        except MessagingError as error:
            return error

    async def entry(self, key: str = "a") -> Entry:
        found = await self._looker().read(lambda rows: rows.get(key))
        assert found is not None
        return found

    async def state(self, key: str = "a") -> State:
        return (await self.entry(key)).state

    def _looker(self) -> Store:
        return self._stores[0] if self._stores else self.store()

    async def aclose(self) -> None:
        for store in self._stores:
            await store.aclose()


@asynccontextmanager
async def _closed_by_driving(yard: Yard, outbox: Outbox) -> AsyncGenerator[Outbox]:
    try:
        yield outbox
    finally:
        await yard.drive(outbox.aclose(grace=0))
