"""A campaign: sent once each whatever crashes, because each message is written down before it goes."""

from __future__ import annotations

import asyncio
import os
import tempfile
from pathlib import Path

from async_messaging import Campaign, MessagingClient, RowEvent

RECIPIENTS = Path(__file__).parent / "data" / "recipients.csv"


async def main() -> None:
    """Pause in the middle, as a crash would end it, and go on: nothing is lost or sent twice."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "spring.campaign"
        await Campaign.create(
            path, RECIPIENTS, template="Hi {name}", sender=os.environ["TWILIO_FROM"]
        )
        async with MessagingClient() as client, Campaign.open(path) as campaign:
            plan = campaign.estimate()
            print(f"{plan.to_send} to send, {plan.segments} segments, {plan.skipped} skipped")
            run = campaign.run(client, rate=1000, max_messages=500)
            refused = 0
            async for event in run:
                refused += isinstance(event, RowEvent) and event.state == "REJECTED"
            assert run.result is not None
            print(f"{run.result.ending}: {run.result.reason}")

            result = await campaign.run(client, rate=1000)
            print(f"{result.ending}: {result.counts.accepted} accepted of {result.counts.total}")
            print(f"report: {campaign.report(Path(folder) / 'report.csv')} rows")


asyncio.run(main())
