"""P27's scenarios: one for each rule of safety, quick, and red as soon as the rule is taken out.

`test_rules` takes them out, one by one, in a copy of the package.
"""

from __future__ import annotations

import asyncio
import sqlite3
import time
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from async_messaging import MessagingClient
from async_messaging.campaigns.campaign import Campaign
from async_messaging.campaigns.file import LedgerFile
from async_messaging.campaigns.options import RowEvent, RunOptions, RunResult
from async_messaging.campaigns.reading import LedgerView
from async_messaging.campaigns.rows import Event, Row, outcome_of
from async_messaging.campaigns.sqlite import SQLiteLedger
from async_messaging.errors import LedgerError
from async_messaging.pipeline.events import LateAnswer
from async_messaging.settling.states import STATES
from async_messaging.simulator import Simulator
from async_messaging.testing import FakeClock
from async_messaging.transport import Request
from async_messaging.transport.wire_protocol import Connection, Pending
from tests.contract.wire_faults import Read, Send, Silence, answer
from tests.crash.arena import SENDER
from tests.integration.transport.wire import WireServer
from tests.unit.campaigns.ledgers import SQLiteKeeper, accepted, claimed, events_of, sealed

PATIENCE = 20.0
RESEND = RunOptions(on_unknown="resend", settle=1.0, scan_interval=1.0, pause_above=None)
HOLD = RunOptions(settle=0.0, scan_interval=0.05, pause_above=None, grace=1.0)


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "people.csv"
    path.write_text("phone\n" + "".join(f"+1312555{row:04}\n" for row in range(6)))
    return path


async def created(source: Path, template: str = "Hi") -> Campaign:
    path = source.with_name("spring.campaign")
    return await Campaign.create(path, source, template=template, sender=SENDER)


async def over(
    source: Path, sim: Simulator, options: RunOptions, template: str = "Hi", **client: Any
) -> RunResult:
    """Create a campaign and run it until it ends by itself."""
    campaign = await created(source, template)
    async with sim.client(attempt_timeout=0.3, **client) as one, asyncio.timeout(PATIENCE):
        return await campaign.run(one, options)


async def answered(source: Path, server: WireServer, count: int = 6, concurrency: int = 6) -> None:
    """Run a campaign against a server until so many rows have changed."""
    campaign = await created(source)
    options = replace(HOLD, concurrency=concurrency)
    async with (
        MessagingClient(
            account_sid="AC" + "0" * 32,
            auth_token="0" * 32,
            base_url=server.url,
            attempt_timeout=1.0,
            retries=0,
        ) as client,
        campaign.run(client, options) as run,
        asyncio.timeout(PATIENCE),
    ):
        seen = 0
        async for event in run:
            seen += isinstance(event, RowEvent)
            if seen == count:
                break


def looked_up(source: Path) -> tuple[list[Row], list[Event]]:
    with LedgerView(source.with_name("spring.campaign")) as view:
        assert view.check() == []
        return [row for state in STATES for row in view.rows(state)], view.events()


async def test_an_intent_is_durable_before_the_first_byte(
    source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    flush, write = LedgerFile.flush, Connection.write
    announced: list[bool] = []

    def slow_flush(self: LedgerFile, *group: Any) -> Any:
        time.sleep(0.05)
        return flush(self, *group)

    def checked_write(self: Connection, request: Request, *block: Any) -> Pending:
        if request.method == "POST":
            rows, _ = looked_up(source)
            posted = request.body.decode()
            announced.append(any(row.to[1:] in posted and row.state == "INTENT" for row in rows))
        return write(self, request, *block)

    monkeypatch.setattr(LedgerFile, "flush", slow_flush)
    monkeypatch.setattr(Connection, "write", checked_write)
    async with Simulator() as sim:
        await over(source, sim, RESEND)
    assert announced == [True] * 6


async def test_an_outcome_of_another_run_changes_nothing(tmp_path: Path, clock: FakeClock) -> None:
    ledger = await sealed(await SQLiteKeeper(tmp_path, clock).create(), 1)
    claim = await claimed(ledger)
    ledger.record(replace(accepted(claim, 1), epoch=claim.epoch + 1))
    await ledger.drain()
    assert len(await ledger.rows_in("INTENT")) == 1
    assert [event.kind for event in await events_of(ledger)] == ["late_outcome"]
    await ledger.close()


async def test_a_run_whose_ledger_was_taken_over_sends_no_more(source: Path) -> None:
    campaign = await created(source)
    async with Simulator(faults="latency=100ms") as sim, sim.client() as client:
        options = replace(RESEND, concurrency=1)
        run = campaign.run(client, options)
        await run.start()
        await sim.wait_until(lambda: sim.accepted >= 2)
        campaign.path.with_name("spring.campaign.lock").unlink()
        async with await SQLiteLedger.open(campaign.path):
            with pytest.raises(LedgerError, match="another run"):
                async with asyncio.timeout(PATIENCE):
                    await run
            assert sim.accepted < 6
    rows, _ = looked_up(source)
    assert {row.epoch for row in rows} <= {0, 2}


async def test_no_two_rows_get_one_sid(tmp_path: Path, clock: FakeClock) -> None:
    """As from a cache that answers a creation with another's message."""
    ledger = await sealed(await SQLiteKeeper(tmp_path, clock).create(), 2)
    for _ in range(2):
        ledger.record(accepted(await claimed(ledger), 1))
    await ledger.drain()
    assert len(await ledger.rows_in("ACCEPTED")) == 1
    assert [event.kind for event in await events_of(ledger)] == ["sid_twice"]
    await ledger.close()


@pytest.mark.parametrize(
    ("settle", "interval"), [(5.0, 1.0), (1.0, 4.0)], ids=["settle time", "second scan"]
)
async def test_messages_that_are_listed_late_are_not_sent_again(
    source: Path, settle: float, interval: float
) -> None:
    faults = "drop_after@1-3,list_lag=3500ms"
    async with Simulator(faults=faults) as sim:
        options = replace(RESEND, settle=settle, scan_interval=interval)
        result = await over(source, sim, options)
        assert (result.counts.accepted, sim.accepted, sim.duplicates) == (6, 6, 0)


async def test_a_commit_that_failed_ends_the_run(
    source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    flush = LedgerFile.flush
    groups: list[None] = []

    def failing(self: LedgerFile, outcomes: Any, intents: Any, now: float, *server: Any) -> Any:
        groups.extend([None] * bool(intents))
        if len(groups) > 2:
            raise sqlite3.OperationalError("disk I/O error")
        return flush(self, outcomes, intents, now, *server)

    async with Simulator() as sim:
        monkeypatch.setattr(LedgerFile, "flush", failing)
        with pytest.raises(LedgerError, match="disk I/O error"):
            await over(source, sim, replace(RESEND, concurrency=1))
        rows, _ = looked_up(source)
        assert sim.accepted == sum(row.attempt for row in rows) == 2


async def test_what_is_final_stays(tmp_path: Path, clock: FakeClock) -> None:
    ledger = await sealed(await SQLiteKeeper(tmp_path, clock).create(), 1)
    claim = await claimed(ledger)
    ledger.record(accepted(claim, 1))
    await ledger.drain()
    ledger.record(outcome_of(claim, "REJECTED", clock.time(), code=21610))
    await ledger.drain()
    assert len(await ledger.rows_in("ACCEPTED")) == 1
    assert [event.kind for event in await events_of(ledger)] == ["late_outcome"]
    await ledger.close()


async def test_another_text_is_no_absence(source: Path) -> None:
    async with Simulator(faults="drop_after@1-3", alter="links") as sim:
        result = await over(source, sim, RESEND, "Read https://example.com/the/whole/story")
        assert (result.counts.accepted, result.counts.held) == (3, 3)
        assert (sim.accepted, sim.duplicates) == (6, 0)


async def test_a_401_stops_the_campaign(source: Path) -> None:
    campaign = await created(source)
    async with Simulator() as sim:
        async with (
            MessagingClient(
                account_sid=sim.account_sid, auth_token="0" * 32, base_url=sim.url
            ) as client,
            asyncio.timeout(PATIENCE / 2),
        ):
            result = await campaign.run(client, replace(RESEND, concurrency=2))
        assert result.ending == "stopped"
        assert (result.counts.ready, sim.requests <= 2) == (6, True)


async def test_a_redirect_is_not_followed(source: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASYNC_MESSAGING_TRANSPORT", "pool")  # the other one can't follow any
    async with WireServer((Read(), Send(answer()))) as elsewhere:
        moved = b"HTTP/1.1 302 Found\r\nLocation: %b/\r\nContent-Length: 0\r\n\r\n"
        async with WireServer((Read(), Send(moved % elsewhere.url.encode()))) as server:
            await answered(source, server, count=1, concurrency=1)
        assert elsewhere.connections == 0
    rows, _ = looked_up(source)
    assert {row.state for row in rows} == {"UNKNOWN", "READY"}


@pytest.mark.parametrize("fault", ["500_after", "hang"], ids=["a 500", "a read that timed out"])
async def test_a_creation_is_not_repeated_after(source: Path, fault: str) -> None:
    async with Simulator(faults=f"{fault}@1-3") as sim:
        result = await over(source, sim, HOLD)
        assert result.counts.accepted == 6
        assert (sim.requests, sim.duplicates) == (6, 0)


async def test_a_429_is_waited_out_and_is_no_attempt(source: Path) -> None:
    async with Simulator(faults="429@1-3") as sim:
        async with sim.client(retries=0) as client:
            raw = client.with_raw_response(
                client.messages.create(to="+13125550000", from_=SENDER, body="Hi")
            )
            assert (await raw).attempts == 1
        sim.faults = "429@1-4"
        result = await over(source, sim, RESEND, retries=0)
        assert result.counts.accepted == 6
    rows, _ = looked_up(source)
    assert {row.attempt for row in rows} == {1}


async def test_a_post_outlives_its_caller() -> None:
    told: list[LateAnswer] = []
    async with Simulator(faults="latency=200ms") as sim:
        async with sim.client() as client:
            client.events.on_late_answer(told.append)
            create = client.messages.create(to="+13125550000", from_=SENDER, body="Hi")
            call = asyncio.ensure_future(create)
            await sim.wait_until(lambda: sim.accepted == 1)
            call.cancel()
            await asyncio.wait([call])
        assert [late.sid for late in told] == [sim.messages[0].sid]


async def test_an_answer_is_read_up_to_a_cap(source: Path) -> None:
    endless = answer(b" " * (18 << 20))
    async with WireServer((Read(), Send(endless), Silence())) as server:
        await answered(source, server, count=1, concurrency=1)
    rows, _ = looked_up(source)
    assert [("longer than" in row.error) for row in rows if row.state == "UNKNOWN"] == [True]
