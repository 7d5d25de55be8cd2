"""A program that sends many drafts from a generator, keeps no result, and says what memory it took.

The simulator runs elsewhere; `TWILIO_*` and `ASYNC_MESSAGING_BASE_URL` lead to it.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from async_messaging import Limits, MessageDraft, MessagingClient

_WARM_UP = 1000


def rss() -> float:
    """Resident memory of this process in MiB."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def drafts(count: int) -> Iterator[MessageDraft]:
    """As many drafts, none of them kept."""
    for n in range(count):
        body = f"Hello number {n}, your order has left."
        yield MessageDraft(to=f"+1415{2_000_000 + n}", from_="+15005550006", body=body)


async def measure(count: int) -> dict[str, float]:
    """Send them; memory at the start, after the first thousand, and at its highest."""
    start, warm, most, accepted = rss(), 0.0, 0.0, 0
    began = time.perf_counter()
    async with MessagingClient(limits=Limits(account=1_000_000)) as client:
        async with client.bulk(drafts(count), concurrency=64) as results:
            async for result in results:
                accepted += result.outcome == "accepted"
                if accepted == _WARM_UP:
                    warm = rss()
                elif not accepted % 100:
                    most = max(most, rss())
        most = max(most, rss())
    return {
        "accepted": accepted,
        "start": start,
        "warm": warm,
        "most": most,
        "seconds": time.perf_counter() - began,
    }


if __name__ == "__main__":
    print(json.dumps(asyncio.run(measure(int(sys.argv[1])))))  # noqa: T201  # its only output
