"""P5: whatever the wire does to a campaign's requests, none goes out twice after a possible write."""

from __future__ import annotations

import asyncio
import dataclasses
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from urllib.parse import parse_qs

import pytest

from async_messaging.campaigns.campaign import Campaign
from async_messaging.campaigns.options import RowEvent, RunOptions
from async_messaging.campaigns.reading import LedgerView
from async_messaging.campaigns.rows import Row
from async_messaging.client import MessagingClient
from async_messaging.settings import Limits
from async_messaging.settling.states import STATES
from tests.contract.wire_faults import FAULTS, WireFault
from tests.crash.arena import SENDER
from tests.integration.transport.wire import FaultServer

ROWS = 20
WRITTEN = [fault for fault in FAULTS if fault.written]


def people(folder: Path) -> Path:
    folder.mkdir()
    source = folder / "people.csv"
    source.write_text("phone\n" + "".join(f"+1312555{row:04}\n" for row in range(ROWS)))
    return source


async def faulty(fault: WireFault, source: Path) -> bool:
    """A campaign all of whose requests meet a fault: each row is sent once at most, and unknown.

    Returns:
        Whether any was sent.
    """
    path = source.with_name("spring.campaign")
    campaign = await Campaign.create(path, source, template="Hi", sender=SENDER)
    patience = dataclasses.replace(fault.timeout, total=min(1.0, fault.timeout.total))
    async with (
        FaultServer(fault) as server,
        MessagingClient(
            account_sid="AC" + "0" * 32,
            auth_token="0" * 32,
            base_url=server.url,
            ssl=server.ssl,
            limits=Limits(max_connections=2 * ROWS, in_flight=ROWS),
            attempt_timeout=patience,
            retries=0,
        ) as client,
    ):
        await left_alone(campaign, client)
        posted = Counter(map(recipient, server.requests))
    posted.pop("", None)
    with LedgerView(path) as view:
        assert view.check() == []
        rows = [row for state in STATES for row in view.rows(state)]
    return judge_rows(rows, posted, whole=bool(fault.read_whole))


async def left_alone(campaign: Campaign, client: MessagingClient) -> None:
    """Run until every row had its attempt, and on while the list is asked for unknown rows."""
    options = RunOptions(
        concurrency=ROWS,
        on_unknown="resend",
        settle=0.0,
        scan_interval=0.0,
        pause_above=None,
        grace=1.0,
    )
    async with campaign.run(client, options) as run:
        seen = 0
        async for event in run:
            seen += isinstance(event, RowEvent)
            if seen == ROWS:
                break
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(run.finish(), 0.25)


def recipient(request: bytes) -> str:
    """Whom a POST is for; empty for a GET."""
    head, _, body = request.partition(b"\r\n\r\n")
    return parse_qs(body.decode())["To"][0] if head.startswith(b"POST") else ""


def judge_rows(rows: list[Row], posted: Counter[str], *, whole: bool) -> bool:
    """A busy machine may not even have connected in time: such a row was put back, never sent."""
    assert {row.attempt for row in rows} == {1}
    unsent = {row.to for row in rows if row.state == "READY"}
    assert {row.state for row in rows} <= {"UNKNOWN", "HELD", "READY"}
    assert set(posted.values()) <= {1}
    assert set(posted) == ({row.to for row in rows} - unsent if whole else set())
    return len(unsent) < ROWS


@pytest.mark.parametrize("times", [1, pytest.param(25, marks=pytest.mark.crash)])
async def test_no_row_is_posted_twice_after_a_possible_write(
    tmp_path: Path, tell: Callable[[str], None], times: int
) -> None:
    start = time.monotonic()
    waiting = [(fault, number) for number in range(times) for fault in WRITTEN]

    async def work() -> None:
        while waiting:
            fault, number = waiting.pop()
            try:
                for again in range(5):
                    folder = tmp_path / f"{WRITTEN.index(fault)}-{number}-{again}"
                    if await faulty(fault, people(folder)):
                        break
                else:
                    raise AssertionError("five times no row was sent")
            except BaseException as error:
                error.add_note(fault.name)
                raise

    async with asyncio.TaskGroup() as group:
        for _ in range(6):
            group.create_task(work())
    tell(
        f"{len(WRITTEN)} wire faults x {ROWS * times} rows of campaigns: none posted twice,"
        f" {time.monotonic() - start:.0f} s"
    )
