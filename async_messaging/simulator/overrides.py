"""How a webhook is connected to and retried, as the fragment of its URL says: `https://h/p#rc=3&rp=all`.

| key | meaning | range | default |
|---|---|---|---|
| `ct` | connect timeout in ms | 100-10000 | 5000 |
| `rt` | read timeout in ms | 100-15000 | 15000 |
| `tt` | all time in ms, retries included | 100-15000 | 15000 |
| `rc` | retries | 0-5 | 1 |
| `rp` | what is retried: `4xx`, `5xx`, `ct`, `rt`, `all`, with commas | | `ct` |

Other keys, and values outside of their range, are ignored. How long Twilio waits between attempts isn't documented;
the simulator waits 100 ms, then twice as long each time. Source: Twilio's page "Webhooks (HTTP callbacks): Connection
Overrides".
"""

from __future__ import annotations

from functools import lru_cache
from urllib.parse import parse_qsl

import msgspec

_POLICIES = frozenset({"4xx", "5xx", "ct", "rt"})
_FIRST_PAUSE = 0.1


class Overrides(msgspec.Struct, frozen=True):
    """How to connect and retry; times in seconds."""

    connect: float = 5.0
    read: float = 15.0
    total: float = 15.0
    retries: int = 1
    policy: frozenset[str] = frozenset({"ct"})

    def pause(self, failure: str, attempts: int) -> float | None:
        """Seconds until the next attempt after `attempts` of them, the last of which ended so; None for none."""
        if failure not in self.policy or attempts > self.retries:
            return None
        return float(_FIRST_PAUSE * 2 ** (attempts - 1))


@lru_cache(maxsize=256)
def read_overrides(fragment: str) -> Overrides:
    """Reads the fragment of a webhook's URL."""
    given = dict(parse_qsl(fragment))
    policy = frozenset(given.get("rp", "ct").split(","))
    return Overrides(
        connect=_within(given.get("ct"), 100, 10_000, 5_000) / 1000,
        read=_within(given.get("rt"), 100, 15_000, 15_000) / 1000,
        total=_within(given.get("tt"), 100, 15_000, 15_000) / 1000,
        retries=_within(given.get("rc"), 0, 5, 1),
        policy=_POLICIES if "all" in policy else policy & _POLICIES,
    )


def _within(text: str | None, low: int, high: int, default: int) -> int:
    if text is None or not (text.isascii() and text.isdigit() and len(text) < 6):
        return default
    return int(text) if low <= int(text) <= high else default
