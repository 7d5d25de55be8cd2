"""A worker that reads a queue: whatever is not certain goes back into the queue, and is never doubled.

This example has a simulator of its own, which accepts each tenth message and loses the answer, and
fails before accepting another tenth. With Twilio leave `settle` and `scan_interval` as they are.
"""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path

from async_messaging import MessagingError, Outbox, Simulator

FROM = "+15005550006"
FAULTS = "drop_after=10%,500_before=10%"

Jobs = asyncio.Queue[int]


async def work(jobs: Jobs, outbox: Outbox) -> None:
    """Take jobs; the job's number is the key."""
    while True:
        job = await jobs.get()
        try:
            await outbox.send(
                key=f"alert:{job}", to=f"+1415555{job:04}", from_=FROM, body=f"Alert {job}"
            )
        except MessagingError as error:
            if error.outcome == "refused":  # for good: drop it, or tell somebody
                print("refused:", error.code)
            else:
                await asyncio.sleep(0.1)
                jobs.put_nowait(job)
        jobs.task_done()


async def main() -> None:
    """Send 100 alerts with eight workers."""
    jobs: Jobs = asyncio.Queue()
    for job in range(100):
        jobs.put_nowait(job)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "alerts.outbox"
        async with (
            Simulator(faults=FAULTS, seed=1) as sim,
            sim.client() as client,
            Outbox.open(file, client, on_unknown="resend", settle=0.3, scan_interval=0.1) as outbox,
        ):
            tasks = [asyncio.create_task(work(jobs, outbox)) for _ in range(8)]
            tasks.append(asyncio.create_task(outbox.run()))
            await jobs.join()
            for task in tasks:
                task.cancel()
            print(f"{(await outbox.status()).accepted} alerts, {sim.requests} requests")
            print(f"the phones got {sim.accepted} messages, {sim.duplicates} of them twice")


asyncio.run(main())
