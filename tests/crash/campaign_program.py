"""One life of a campaign, as a program that tests kill: imports what is not imported, then runs.

    python campaign_program.py LEDGER SOURCE OPTIONS

OPTIONS is JSON: the template, the sender, the client's `attempt_timeout`, and what `Campaign.run`
takes. Where Twilio is, and who asks, comes by the environment. It prints `loaded`, `sealed` and how
the run ended, and ends with the command line's exit statuses.
"""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

import aiohttp  # noqa: F401 - loaded before the first sign, so that kills find the program at work

from async_messaging.campaigns.campaign import Campaign
from async_messaging.campaigns.reading import LedgerView
from async_messaging.cli.exits import Exit, status_of
from async_messaging.client import MessagingClient
from async_messaging.errors import LedgerError, MessagingError

ENDINGS = {"complete": Exit.OK, "stopped": Exit.STOPPED, "storage": Exit.STORAGE}


def say(text: str) -> None:
    print(text, flush=True)  # noqa: T201 - the test reads it


def is_sealed(path: Path) -> bool:
    try:
        with LedgerView(path) as view:
            return view.facts().rows is not None
    except LedgerError:  # not there, or killed while it was made
        return False


async def live(path: Path, source: Path, options: dict[str, Any]) -> Exit:
    """Import, unless that is done, and run; the exit status."""
    makes = {name: options.pop(name, None) for name in ("template", "sender")}
    repeats = bool(options.pop("repeats", False))
    only_import = bool(options.pop("only_import", False))
    only_run = bool(options.pop("only_run", False))
    timeout = options.pop("attempt_timeout", 0.5)
    if only_run or await asyncio.to_thread(is_sealed, path):
        campaign = Campaign.open(path)
    else:
        campaign = await Campaign.create(path, source, repeats=repeats, again=True, **makes)
    say("sealed")
    if only_import:
        return Exit.OK
    async with MessagingClient(attempt_timeout=timeout) as client:
        result = await campaign.run(client, pause_above=None, **options)
    say(json.dumps({"ending": result.ending, "reason": result.reason}))
    if result.ending == "complete" and result.counts.held:
        return Exit.HELD
    return ENDINGS.get(result.ending, Exit.PAUSED)


def main() -> int:
    say("loaded")
    try:
        return asyncio.run(live(Path(sys.argv[1]), Path(sys.argv[2]), json.loads(sys.argv[3])))
    except MessagingError as error:
        sys.stderr.write(f"{error}\n")
        return status_of(error)


if __name__ == "__main__":
    sys.exit(main())
