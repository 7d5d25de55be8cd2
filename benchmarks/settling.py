"""How long does it take, and how much memory, to settle 10,000 unknown rows beside 1,000,000 messages?

A list without HTTP: its pages are made when they are asked for, so the time is that of reading,
deciding and keeping, not of Twilio's answers (one page of 1,000 takes Twilio about a second).
Half of the unknown messages are in the list; one recipient in ten has another message beside.

    python -m benchmarks.settling [--rows 10000] [--listed 1000000]
"""

from __future__ import annotations

import argparse
import asyncio
import datetime as dt
import resource
import time
from collections.abc import Callable, Collection, Sequence
from contextlib import AbstractAsyncContextManager
from email.utils import format_datetime
from typing import Any, TypeVar
from urllib.parse import parse_qs

from async_messaging.clock import SystemClock
from async_messaging.errors import NotFound
from async_messaging.models import Message
from async_messaging.operation import Answer, Call, Download, PageBody, last_answer
from async_messaging.resources.messages import Messages
from async_messaging.settling.attempts import Canary, Change, OpenAttempt, Standing
from async_messaging.settling.changes import Policy
from async_messaging.settling.contents import Contents
from async_messaging.settling.driver import Settler
from async_messaging.settling.likeness import PrintOf
from async_messaging.settling.server_clock import ServerClock

T = TypeVar("T")

SENDER = "+15005550006"
REALM = "AC1 us1"
BEGAN = dt.datetime(2026, 3, 2, 12, tzinfo=dt.UTC).timestamp()
CREATED = "Mon, 02 Mar 2026 12:00:05 +0000"


def _number(row: int) -> str:
    return f"+1415{row:07d}"


def _text(row: int) -> str:
    return f"Hello customer {row}, your order is ready to be collected at our shop."


class _Listed:
    """Twilio's list: foreign messages, with every other unknown row's among them."""

    def __init__(self, rows: int, listed: int, server: ServerClock) -> None:
        self.every = max(1, listed // max(1, rows))
        self.rows, self.listed, self.server = rows, listed, server
        self.pages = 0

    async def __call__(self, call: Call[T], /) -> Answer[T]:
        if call.operation != "ListMessage":
            raise NotFound("there is none", status=404)
        asked = {name: values[0] for name, values in parse_qs(call.query).items()}
        size, start = int(asked["PageSize"]), int(asked.get("Page", "0"))
        end = min(start + size, self.listed)
        items = tuple(map(self.message, range(start, end)))
        following = f"{call.path}?PageSize={size}&Page={end}" if end < self.listed else None
        self.pages += 1
        value: Any = PageBody(items, following)
        now = time.monotonic()
        date = format_datetime(dt.datetime.now(dt.UTC), usegmt=True)
        self.server.saw(date, now, now)
        answer: Answer[T] = Answer(value, 200, {"date": date}, b"", 1, 0.0)
        if (record := last_answer.get()) is not None:
            record.answer = answer
        return answer

    def message(self, place: int) -> Message:
        row, rest = divmod(place, self.every)
        own = rest == 0 and row < self.rows and row % 2 == 0
        beside = rest == 1 and row < self.rows and row % 10 == 1
        return Message(
            sid=f"SM{place:032x}",
            direction="outbound-api",
            to=_number(row) if own or beside else f"+1212{place:07d}",
            from_="+15005550009" if beside else SENDER,
            body=_text(row),
            num_media=0,
            date_created_text=CREATED,
        )


class _Rows:
    """Unknown rows in memory, as `Attempts`."""

    realm = REALM

    def __init__(self, count: int) -> None:
        prints = PrintOf()
        self.open = {
            row: OpenAttempt(
                key=row,
                to=_number(row),
                sender=SENDER,
                print=prints.text(_text(row)),
                earliest=BEGAN,
                latest=BEGAN + 10.0,
            )
            for row in range(count)
        }
        self.by_number = {one.to: row for row, one in self.open.items()}
        self.accepted: dict[object, str] = {}

    async def due(self, *, held: bool = False) -> Sequence[OpenAttempt]:
        return [one for one in self.open.values() if held or not one.held]

    async def canaries(self, since: float, until: float, limit: int) -> Sequence[Canary]:
        return ()

    async def conclude(
        self, to: Collection[str], decide: Callable[[Standing], Sequence[Change]]
    ) -> Sequence[Change]:
        keys = [self.by_number[one] for one in to]
        attempts = [self.open[key] for key in keys if key in self.open]
        changes = decide(Standing(attempts=attempts, claimed=lambda _sids: ()))
        for change in changes:
            if change.message is not None:
                self.accepted[change.attempt.key] = change.message.sid
                del self.open[self.by_number[change.attempt.to]]
        return changes


async def _measure(rows: int, listed: int) -> None:
    server = ServerClock(SystemClock())
    twilio, kept = _Listed(rows, listed, server), _Rows(rows)
    # What making the pages takes, alone.
    began = time.perf_counter()
    for start in range(0, listed, 1_000):
        tuple(map(twilio.message, range(start, min(start + 1_000, listed))))
    making = time.perf_counter() - began
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    settler = Settler(
        kept,
        Messages(twilio, _no_stream),
        Contents(),
        server,
        Policy(),
        realm=REALM,
    )
    began = time.perf_counter()
    step = await settler.step()
    took = time.perf_counter() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(
        f"{rows:,} unknown rows, {listed:,} messages listed: {took:.1f} s, of which the fake list's"
        f" pages {making:.1f} s; {twilio.pages:,} pages; {(peak - before) / 1024:.0f} MB more;"
        f" {len(kept.accepted):,} accepted, {len(step.changes):,} changes"
    )


def _no_stream(_call: Call[Any], /) -> AbstractAsyncContextManager[Download]:
    raise NotImplementedError


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--rows", type=int, default=10_000)
    parser.add_argument("--listed", type=int, default=1_000_000)
    given = parser.parse_args()
    asyncio.run(_measure(given.rows, given.listed))
