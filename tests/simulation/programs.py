"""Programs with a memory on the disk, as users write them: campaigns, receivers, outboxes."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from async_messaging.audience.suppressions import SuppressionStore
from async_messaging.campaigns.campaign import Campaign
from async_messaging.campaigns.mailbox import Mailbox
from async_messaging.campaigns.reading import LedgerView
from async_messaging.client import MessagingClient
from async_messaging.errors import LedgerError, MessagingError, OutcomeUnknown
from async_messaging.outbox.outbox import Outbox

if TYPE_CHECKING:
    from .scene import Scene

__all__ = [
    "CALLBACK",
    "CampaignProgram",
    "Listener",
    "OutboxProgram",
    "Program",
    "client_of",
]

CALLBACK = "https://callbacks.example/"
"""Names the sender of a message to the world; no list shows it."""


class Program(Protocol):
    """Something that sends, in one process after another until it is done."""

    name: str
    done: bool

    async def live(self) -> None:
        """What one process of it does."""
        ...


def client_of(scene: Scene, account: str = "") -> MessagingClient:
    """A client as a program makes it."""
    account = account or scene.account
    return MessagingClient(
        account_sid=account,
        auth_token=scene.twilio.accounts[account],
        base_url="http://127.0.0.1:9",
        attempt_timeout=scene.attempt_timeout,
        transport="wire",
    )


class CampaignProgram:
    """A campaign from a file, run again and again until it is complete.

    Attributes:
        endings: how its runs ended.
        refusals: errors that a run raised.
        tidied: somebody removed the ledger's log.
        lost: it was refused for that.
        settling: it was cancelled, and what is unknown is settled.
    """

    def __init__(
        self, scene: Scene, name: str, people: list[tuple[str, str]], **options: Any
    ) -> None:
        self.scene = scene
        self.name = name
        self.people = people
        self.path = scene.folder / f"{name}.campaign"
        self.source = scene.folder / f"{name}.csv"
        self.options = options
        self.sender: str = options.pop("sender")
        self.template: str = options.pop("template")
        self.done = False
        self.cancelled = False
        self.adopt = False
        self.tidied = self.lost = self.settling = False
        self.endings: list[str] = []
        self.refusals: list[MessagingError] = []
        lines = ["to,name", *(f'{to},"{text}"' for to, text in people)]
        self.source.write_text("\n".join(lines) + "\n", encoding="utf-8")

    async def live(self) -> None:
        try:
            if await asyncio.to_thread(_is_sealed, self.path):
                campaign = Campaign.open(self.path)
            else:
                campaign = await Campaign.create(
                    self.path,
                    self.source,
                    again=True,
                    template=self.template,
                    sender=self.sender,
                    status_callback=CALLBACK + self.name,
                )
            store = SuppressionStore(self.scene.folder / "stop.suppressions")
            async with client_of(self.scene) as client:
                result = await campaign.run(
                    client, adopt=self.adopt, suppressions=store, pause_above=None, **self.options
                )
                if (process := self.scene.world.process) is not None:
                    process.ran_until = self.scene.world.now
                if result.ending == "cancelled":
                    self.settling = True
                    settles = {name: self.options[name] for name in ("on_unknown", "settle")}
                    await campaign.reconcile(client, **settles)
            self.endings.append(result.ending)
            self.scene.world.tell(f"{self.name}: {result.ending} {result.reason}")
            self.done = result.ending in ("complete", "cancelled")
        except MessagingError as error:
            self.refusals.append(error)
            self.scene.world.tell(f"{self.name}: {type(error).__name__}: {error}")
            if isinstance(error, LedgerError) and "adopt" in str(error):
                self.lost = self.done = self.tidied
                self.adopt = not self.lost


def _is_sealed(path: Path) -> bool:
    try:
        with LedgerView(path) as view:
            return view.facts().rows is not None
    except LedgerError:
        return False


class Listener:
    """Takes what Twilio reports, and leaves it for campaigns; Twilio repeats what it got no answer to.

    Attributes:
        kept: sid and status of reports that were answered, so are on the disk.
    """

    def __init__(self, scene: Scene, name: str) -> None:
        self.scene = scene
        self.name = name
        self.done = False
        self.kept: set[tuple[str, str]] = set()
        self._mailbox: Mailbox | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    async def live(self) -> None:
        self._mailbox = None
        campaigns = [one for one in self.scene.programs if isinstance(one, CampaignProgram)]
        while not all(_is_sealed(one.path) for one in campaigns):
            if all(one.done for one in self.scene.programs if one is not self):
                self.done = True  # a ledger that lost its log: nobody can leave anything there
                return
            await asyncio.sleep(2.0)
        async with Mailbox(*(one.path for one in campaigns)) as mailbox:
            self._mailbox, self._loop = mailbox, asyncio.get_running_loop()
            while not all(one.done for one in self.scene.programs if one is not self):
                await asyncio.sleep(5.0)
            self._mailbox = None
        self.done = True

    def hear(self, page: str, query: dict[str, str], sid: str, status: str, tries: int = 6) -> None:
        """Twilio calls: now, and again until it is answered."""
        world = self.scene.world
        if (sid, status) in self.kept or not tries:
            return
        process, mailbox = self.scene.running.get(self.name), self._mailbox
        if process is not None and process.alive and mailbox is not None:
            assert self._loop is not None
            self._loop.call_soon_threadsafe(self._begin, mailbox, query, sid, status)
        world.after(
            world.rng.choice((0.0, 1.0, 15.0, 60.0)) + world.rng.random(),
            lambda: self.hear(page, query, sid, status, tries - 1),
        )

    def _begin(self, mailbox: Mailbox, query: dict[str, str], sid: str, status: str) -> None:
        task = asyncio.create_task(self._keep(mailbox, query, sid, status))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _keep(self, mailbox: Mailbox, query: dict[str, str], sid: str, status: str) -> None:
        try:
            if await mailbox.receipt(query, sid=sid, status=status):
                self.kept.add((sid, status))
        except LedgerError:
            pass  # Twilio asks again


class OutboxProgram:
    """A process that sends keys through an outbox that others share, each until it has an outcome.

    Attributes:
        told: key to the sid that a caller was given.
        waiting: key to when the calls began that its callers still wait in.
    """

    def __init__(
        self,
        scene: Scene,
        name: str,
        path: Path,
        keys: dict[str, tuple[str, str, float]],
        **options: Any,
    ) -> None:
        self.scene = scene
        self.name = name
        self.path = path
        self.keys = keys
        self.options = options
        self.done = False
        self.told: dict[str, set[str]] = {}
        self.waiting: dict[str, list[float]] = {}
        self.over: set[str] = set()

    async def live(self) -> None:
        order = [key for key in self.keys if key not in self.over]
        self.scene.world.rng.shuffle(order)
        waiting = iter(order)
        async with (
            client_of(self.scene) as client,
            Outbox.open(self.path, client, **self.options) as outbox,
        ):
            settling = asyncio.create_task(outbox.run())
            workers = [asyncio.create_task(self._work(outbox, waiting)) for _ in range(3)]
            await asyncio.wait(workers)
            settling.cancel()
            for worker in workers:
                worker.result()
        self.done = True

    async def _work(self, outbox: Outbox, waiting: Any) -> None:
        for key in waiting:
            while key not in self.over:
                await self._send(outbox, key)

    async def _send(self, outbox: Outbox, key: str) -> None:
        to, text, ttl = self.keys[key]
        rng = self.scene.world.rng
        try:
            sending = outbox.send(
                key=key,
                ttl=ttl,
                timeout=rng.choice((3.0, 30.0)),
                to=to,
                from_=self.scene.sender,
                body=text,
                status_callback=f"{CALLBACK}outbox?key={key}",
            )
            if rng.random() < 0.1:  # a caller who gives up
                async with asyncio.timeout(rng.uniform(0.0, 3.0)):
                    result = await sending
            else:
                result = await sending
            if result.sid:  # there is none if a person said that it was sent
                self.told.setdefault(key, set()).add(result.sid)
            self.over.add(key)
        except TimeoutError:
            pass
        except MessagingError as error:
            if error.outcome == "refused":
                self.over.add(key)
            elif error.outcome == "unknown":
                await self._wait(outbox, error, key)
            else:
                await asyncio.sleep(rng.uniform(0.1, 5.0))

    async def _wait(self, outbox: Outbox, error: MessagingError, key: str) -> None:
        rng = self.scene.world.rng
        if key in {held.key for held in await outbox.held()}:
            self.over.add(key)
        elif isinstance(error, OutcomeUnknown) and rng.random() < 0.5:
            try:
                await error.settle()
            except MessagingError:
                await asyncio.sleep(1.0)
        else:
            await asyncio.sleep(rng.uniform(0.1, 30.0))
