"""Send to the rows of a CSV file of any size, which is read as it is sent.

The command line does the same, with a live display and a file of results:
`async-messaging bulk examples/data/recipients.csv --template "Hi {name}" --rate 100`.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections import Counter
from itertools import islice
from pathlib import Path

from async_messaging import MessagingClient
from async_messaging.bulk.sources import open_rows

FILE = Path(__file__).parent / "data" / "recipients.csv"
TEMPLATE = "Hi {name}, your order {order} leaves {city} today."
ROWS = int(sys.argv[1]) if len(sys.argv) > 1 else 100


async def main() -> None:
    """Send the first rows, and sum up why some were not accepted."""
    rows = open_rows(FILE, template=TEMPLATE, sender=os.environ["TWILIO_FROM"], warn=print)
    reasons: Counter[str] = Counter()
    async with MessagingClient() as client, client.bulk(islice(rows, ROWS), rate=200) as results:
        async for result in results:
            if result.error is not None:
                reasons[f"{result.outcome}: {result.error}"] += 1
        print(f"{results.summary.accepted} of {results.summary.rows} rows accepted")
    for reason, count in reasons.most_common(5):
        print(f"{count:4} {reason}")


asyncio.run(main())
