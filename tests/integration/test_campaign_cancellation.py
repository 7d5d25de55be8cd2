"""P13 for campaigns: cancelled at any await, a call leaves no task, thread, file, lock, slot, lane.

The call is cancelled at its first suspension, then at its second, and so on until it ends by itself.
After each the campaign can be gone on with, and every row is accepted exactly once.
"""

from __future__ import annotations

import asyncio
import gc
import threading
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from async_messaging import MessagingClient
from async_messaging.campaigns.campaign import Campaign
from async_messaging.campaigns.database import process_of
from async_messaging.campaigns.reading import LedgerView
from async_messaging.campaigns.rows import Claim, Counts, Outcome, Row
from async_messaging.campaigns.run import CampaignRun
from async_messaging.campaigns.sqlite import SQLiteLedger
from async_messaging.campaigns.writer import Asked
from async_messaging.clock import SystemClock
from async_messaging.errors import LedgerError
from async_messaging.storage.commits import Commits
from tests.contract.cancelled_at import CancelledAt
from tests.unit.campaigns.twilio import Form, Twilio
from tests.unit.pipeline.calls import scripted_client

ROWS = 4
Operation = Callable[["Stage"], Awaitable[object]]


class Stage:
    """A campaign of a few rows, and what was open before."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self.path = folder / "spring.campaign"
        self.source = folder / "people.csv"
        lines = "".join(f"+1415555{n:04},n{n}\n" for n in range(1, ROWS + 1))
        self.source.write_text(f"to,name\n{lines}", encoding="utf-8")
        self.twilio = Twilio(SystemClock(), self.behave)  # type: ignore[arg-type]  # real time
        self.twilio.latency = 0.001
        self.client: MessagingClient = scripted_client(self.twilio.answer, SystemClock())[0]
        self.loses = False
        self.threads = threads()
        self.runs: list[CampaignRun] = []

    def behave(self, number: int, _form: Form) -> str:
        return ("lost" if number % 2 else "lost after") if self.loses else "accept"

    async def create(self) -> Campaign:
        return await Campaign.create(
            self.path,
            self.source,
            template="Hi {name}",
            sender="+15017122661",
            durability="process",
        )

    def run(self, campaign: Campaign) -> CampaignRun:
        run = campaign.run(
            self.client,
            durability="process",
            settle=0.0,
            scan_interval=0.0,
            concurrency=2,
            rate=900,
        )
        self.runs.append(run)
        return run

    async def prepared(self, *, held: bool = False) -> Campaign:
        campaign = await self.create()
        if held:
            self.loses = True
            await self.run(campaign)
            self.loses = False
            assert campaign.counts() == Counts(accepted=ROWS // 2, held=ROWS // 2)
        return campaign

    def bodies(self) -> list[str]:
        return sorted(str(message["body"]) for _, message in self.twilio.messages)


def threads() -> int:
    return sum(thread.name == "campaign-ledger" for thread in threading.enumerate())


def descriptors(folder: Path) -> set[str]:
    gc.collect()
    found = set()
    for link in Path("/proc/self/fd").iterdir():
        try:
            found.add(str(link.readlink()))
        except OSError:
            continue
    return {name for name in found if name.startswith(str(folder))}


async def is_clean(stage: Stage) -> None:
    """Nothing of the call is left, at the latest when what it left behind has ended."""
    own = asyncio.current_task()
    others = {task for task in asyncio.all_tasks() if task is not own}
    if others:
        await asyncio.wait(others, timeout=5)
    assert {task for task in asyncio.all_tasks() if task is not own} == set()
    assert (stage.client.stats().in_flight, stage.client.stats().waiting) == (0, 0)
    assert "lanes=0 " in repr(stage.client._pipeline.lanes)  # noqa: SLF001 - nothing else tells
    assert threads() <= stage.threads  # those of tests before may have ended meanwhile
    assert descriptors(stage.path.parent) == set()
    if stage.path.exists():
        assert process_of(stage.path) is None


async def create(stage: Stage) -> object:
    return await stage.create()


async def finish(stage: Stage) -> object:
    return await stage.run(Campaign.open(stage.path))


async def within_a_block(stage: Stage) -> object:
    async with Campaign.open(stage.path) as campaign, stage.run(campaign) as run:
        return [event async for event in run]


async def listen(stage: Stage) -> object:
    async with Campaign.open(stage.path) as campaign:
        return [event async for event in stage.run(campaign)]


async def close(stage: Stage) -> object:
    run = stage.run(Campaign.open(stage.path))
    await run.start()
    await run.close()
    return None


async def reconcile(stage: Stage) -> object:
    return await Campaign.open(stage.path).reconcile(stage.client, settle=0.0, scan_interval=0.0)


async def cancel(stage: Stage) -> object:
    return await Campaign.open(stage.path).cancel()


async def resend(stage: Stage) -> object:
    return await Campaign.open(stage.path).resend(range(1, ROWS + 1))


async def take_in(stage: Stage) -> object:
    return await Campaign.open(stage.path).take_in()


async def send_a_test(stage: Stage) -> object:
    return await Campaign.open(stage.path).test(stage.client, "+14165550000")


async def everywhere(
    folder: Path, operation: Operation, after: Callable[[Stage], Awaitable[None]], **prepare: bool
) -> int:
    """Cancel at each suspension in turn; give their number."""
    at = 0
    while True:
        at += 1
        stage = Stage(folder / str(at))
        if operation is not create:
            await stage.prepared(**prepare)
        work = CancelledAt(operation(stage), at)

        async def call(work: CancelledAt = work) -> object:
            return await work

        task = asyncio.create_task(call())
        done, _ = await asyncio.wait((task,), timeout=20)
        assert done, f"it hangs when it is cancelled at suspension {at}"
        if not task.cancelled() and (error := task.exception()) is not None:
            raise error
        await is_clean(stage)
        await after(stage)
        await is_clean(stage)
        await stage.client.close()
        if work.suspensions < at:
            return at
        assert at < 200


async def all_go_out_once(stage: Stage) -> None:
    campaign = Campaign.open(stage.path)
    result = await stage.run(campaign)
    assert result.ending == "complete"
    assert result.counts == Counts(accepted=ROWS)
    assert stage.bodies() == [f"Hi n{n}" for n in range(1, ROWS + 1)]
    with LedgerView(stage.path) as view:
        assert view.check() == []


@pytest.mark.parametrize("operation", [finish, within_a_block, listen, close])
async def test_a_run(tmp_path: Path, operation: Operation) -> None:
    assert await everywhere(tmp_path, operation, all_go_out_once) > 3


async def test_an_import(tmp_path: Path) -> None:
    async def again(stage: Stage) -> None:
        try:
            await stage.create()
        except LedgerError:  # it had ended
            assert Campaign.open(stage.path).facts().rows == ROWS
        await all_go_out_once(stage)

    assert await everywhere(tmp_path, create, again) > 5


async def test_settling(tmp_path: Path) -> None:
    async def stays(stage: Stage) -> None:
        campaign = Campaign.open(stage.path)
        assert campaign.counts() == Counts(accepted=ROWS // 2, held=ROWS // 2)

    assert await everywhere(tmp_path, reconcile, stays, held=True) > 5


async def test_a_cancel(tmp_path: Path) -> None:
    async def once_more(stage: Stage) -> None:
        campaign = Campaign.open(stage.path)
        await campaign.cancel()
        assert campaign.counts() == Counts(skipped=ROWS)

    assert await everywhere(tmp_path, cancel, once_more) > 3


async def test_a_decision(tmp_path: Path) -> None:
    async def once_more(stage: Stage) -> None:
        await resend(stage)
        assert Campaign.open(stage.path).counts() == Counts(accepted=ROWS // 2, ready=ROWS // 2)
        result = await stage.run(Campaign.open(stage.path))
        assert result.counts == Counts(accepted=ROWS)

    assert await everywhere(tmp_path, resend, once_more, held=True) > 3


@pytest.mark.parametrize("operation", [take_in, send_a_test])
async def test_what_is_said_and_tried(tmp_path: Path, operation: Operation) -> None:
    async def untouched(stage: Stage) -> None:
        assert Campaign.open(stage.path).counts() == Counts(ready=ROWS)

    await everywhere(tmp_path, operation, untouched)


async def test_the_ledgers_right_to_write_is_given_back(tmp_path: Path) -> None:
    stage = Stage(tmp_path / "one")
    await stage.prepared()
    for at in range(1, 12):
        opening = CancelledAt(SQLiteLedger.open(stage.path), at)
        try:
            ledger = await asyncio.create_task(wrapped(opening))
        except asyncio.CancelledError:
            await is_clean(stage)
        else:
            assert isinstance(ledger, SQLiteLedger)
            await ledger.close()
    await stage.client.close()


async def wrapped(work: CancelledAt) -> object:
    return await work


async def test_an_intent_that_comes_with_the_cancellation_is_taken_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage = Stage(tmp_path / "one")
    await stage.prepared()
    queue = Commits.ask
    claiming: list[asyncio.Task[Claim | None]] = []

    def queued(commits: Commits[Asked, Outcome], item: Asked) -> None:
        what, future = item
        if isinstance(what, Row):
            future.add_done_callback(lambda _: claiming[0].cancel())
        queue(commits, item)

    monkeypatch.setattr(Commits, "ask", queued)
    async with await SQLiteLedger.open(stage.path) as ledger:
        row = (await ledger.ready(0))[0]
        claiming.append(asyncio.create_task(ledger.intend(row)))
        with pytest.raises(asyncio.CancelledError):
            await claiming[0]
        await ledger.drain()
        assert await ledger.counts() == Counts(ready=ROWS)
    await stage.client.close()
