"""A task that is redelivered: its worker is killed while it sends, and again before it says "done".

Task queues deliver at least once: what was not acknowledged comes again. The first worker dies while
the answer is on its way, the second finds the message and dies too, the third learns of it.
"""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
from pathlib import Path

from async_messaging import MessagingClient, Outbox, OutcomeUnknown, Simulator

PROGRAM = Path(__file__).resolve()
TO, FROM = "+14155550100", "+15005550006"


async def task(delivery: int) -> None:
    """Send an invoice; its number is the key."""
    async with (
        MessagingClient(attempt_timeout=1) as client,
        Outbox.open("invoices.outbox", client, settle=0.3, scan_interval=0.1) as outbox,
    ):
        try:
            sent = await outbox.send(key="invoice:7", to=TO, from_=FROM, body="Invoice 7 is due.")
            print(f"delivery {delivery}: accepted, by an earlier one: {sent.again}", flush=True)
        except OutcomeUnknown as error:
            message = await error.settle()
            print(f"delivery {delivery}: found: {message is not None}", flush=True)
        if delivery == 2:
            os._exit(1)


async def main() -> None:
    """Deliver the task until its worker ends well."""
    with tempfile.TemporaryDirectory() as folder:
        async with Simulator(faults="hang@1") as sim:
            account = {"TWILIO_ACCOUNT_SID": sim.account_sid, "TWILIO_AUTH_TOKEN": sim.auth_token}
            environment = {**os.environ, **account, "ASYNC_MESSAGING_BASE_URL": sim.url}
            for delivery in (1, 2, 3):
                worker = await asyncio.create_subprocess_exec(
                    sys.executable, PROGRAM, str(delivery), cwd=folder, env=environment
                )
                while delivery == 1 and not sim.accepted:  # noqa: ASYNC110 - it has no event
                    await asyncio.sleep(0.01)
                if delivery == 1:
                    worker.kill()
                died = await worker.wait() != 0
                print(f"delivery {delivery}:", "its worker died" if died else "done", flush=True)
            print("requests:", sim.requests, "the phone got:", sim.accepted)


if __name__ == "__main__":
    asyncio.run(task(int(sys.argv[1])) if sys.argv[1:] else main())
