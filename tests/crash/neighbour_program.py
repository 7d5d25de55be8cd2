"""What other processes do to a campaign that runs: look at it, and tell it things, without end.

python neighbour_program.py LEDGER REPORT SEED
"""

from __future__ import annotations

import random
import sys
from pathlib import Path

from async_messaging.campaigns.campaign import Campaign


def main() -> None:
    ledger, report, chance = Path(sys.argv[1]), Path(sys.argv[2]), random.Random(sys.argv[3])
    campaign = Campaign.open(ledger)
    print("loaded", flush=True)  # noqa: T201 - the test reads it
    while True:
        match chance.randrange(5):
            case 0:
                campaign.set_rate(chance.uniform(150, 400))
            case 1:
                if chance.random() < 0.1:
                    campaign.pause()
            case 2:
                counts = campaign.counts()
                assert counts.total == campaign.facts().rows
            case 3:
                assert campaign.report(report) == campaign.facts().rows
            case _:
                campaign.reasons()
                campaign.moving()


if __name__ == "__main__":
    main()
