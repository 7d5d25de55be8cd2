"""How long does it take to list 10,000 messages as typed objects, and to decode one?"""

from __future__ import annotations

from itertools import product

from benchmarks.bench import Bench
from benchmarks.figures import Spread, table
from benchmarks.jobs import Job, Told
from benchmarks.peers.base import PEERS

__all__ = ["listings"]

_PEERS = ("ours", "twilio", "naive", "pyreqwest", "httptools")


def listings(bench: Bench) -> None:
    """CPU time to list the whole log in pages of 1,000 and of 50, as multiples of ours.

    The time that passes is kept beside it: the origin's share of that is the same for all.
    """
    rows: dict[str, list[Spread | None]] = {}
    for size in (1_000, 50):
        told: dict[str, list[Told | None]] = {peer: [] for peer in _PEERS}
        for _, peer in product(range(bench.rounds), _PEERS):
            job = Job(kind="listing", peer=peer, page_size=size, seconds=bench.seconds)
            told[peer].append(bench.run(job))
        for kind, cost in (("CPU", _cpu), ("time", _time)):
            costs = {
                peer: [cost(one) if one else None for one in own] for peer, own in told.items()
            }
            for peer in _PEERS:
                figure = f"list {size} {kind} {peer}/ours"
                found = bench.figures.ratio(figure, costs[peer], costs["ours"])
                rows.setdefault(PEERS[peer], []).append(found)
    table(
        "listing 10,000 messages, as a multiple of ours (ours and twilio's: typed objects)",
        ["CPU, pages of 1,000", "time", "CPU, pages of 50", "time"],
        rows,
    )
    decoded = [bench.run(Job(kind="decode", peer="ours")) for _ in range(bench.rounds)]
    each = [one.cpu_each * 1e6 for one in decoded if one]
    found = bench.figures.keep("decode us", each)
    table("bytes of a page of 1,000 to typed messages", ["us a message"], {"ours": [found]})


def _cpu(told: Told) -> float:
    return told.cpu_each


def _time(told: Told) -> float:
    return told.wall / told.count
